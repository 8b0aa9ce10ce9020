#pragma once

#include "harness/verdict/result.hpp"

#include <string>
#include <vector>

namespace watertight::reports {

/// A criterion, a probe or a finding of no probe, as formats for test results have it.
struct test_case {
    std::string classname = {};
    std::string name = {};
    std::string file = {};
    /// 0: not known.
    int line = 0;
    double seconds = 0;
    /// "failure", "error" (could not be decided), "skipped" or empty: passed.
    std::string verdict = {};
    /// The status in the words of the result: "not_met", "inconclusive".
    std::string status = {};
    std::string message = {};
    std::string type = {};
    std::string text = {};
    std::string output = {};
    /// What it is about: the guarantee, the CWE.
    std::vector<std::string> tags = {};
};

struct suite {
    std::string name;
    std::vector<test_case> cases;
};

/// One suite for the criteria, one for the probes of each layer, one for findings of no probe.
/// Classname and name together are unique.
std::vector<suite> suites_of(verdict::run_result const& r);

/// Everything about a finding but its exchanges, a line each.
std::string finding_text(evidence::finding const& f);

} // namespace watertight::reports
