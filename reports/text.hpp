#pragma once

#include "harness/verdict/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// How values and foreign text look in every report.

namespace watertight::reports {

/// "1,234,567".
std::string number(std::uint64_t n);
/// "212 ms".
std::string micros(double us);
/// "4.2 s".
std::string lasting(double s);
/// "12%"; "+12%" if `sign`.
std::string percent(double share, bool sign = false);
/// "480/s".
std::string per_second(double rate);
/// "2 findings", "1 criterion": the plural is given where it is not the noun and an s.
std::string counted(std::uint64_t n, std::string_view one, std::string_view many = {});

/// `text` fit for a terminal or a form that knows no control characters: each (but a line's end) is
/// shown as \x1b, bytes that are no UTF-8 as U+FFFD.
std::string visible(std::string_view text);
/// Code points; reports reckon one column for each.
std::size_t columns(std::string_view utf8);
/// `text` in lines of at most `width` columns, broken between words; a word that is wider than a
/// line is broken behind one of /-_.,:;&?= where it has one. Line ends in `text` stay.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// How many of each there are, as every report's head shows it.
struct head_counts {
    std::uint64_t met = 0;
    std::uint64_t not_met = 0;
    std::uint64_t undecided = 0;
    std::uint64_t attested = 0;
    std::uint64_t unsigned_ = 0;
    std::uint64_t waived = 0;
    std::uint64_t probes_passed = 0;
    std::uint64_t probes_failed = 0;
    std::uint64_t probes_inconclusive = 0;
    std::uint64_t probes_not_applicable = 0;
    std::uint64_t findings = 0;
    std::uint64_t requests = 0;
    /// Criteria and probes that apply here (neither unsigned nor not applicable), and those of them
    /// that were met, attested or passed.
    std::uint64_t checks = 0;
    std::uint64_t checks_passed = 0;
};
head_counts count(verdict::run_result const& r);

/// Criteria in the order in which a reader wants them: not met, undecided, the rest as written.
std::vector<verdict::criterion_outcome const*> by_urgency(verdict::run_result const& r);
bool is_waived(verdict::run_result const& r, evidence::finding const& f);
/// "met", "not met", "not applicable": a status for a person.
std::string words(std::string_view status);

/// Recovery time and point of a drill, the stage at which its roll-out stopped, answers of the new
/// version after the rollback; what is not known is left out. May be empty.
std::vector<std::string> recovery_facts(verdict::drill_outcome const& d);

/// "latency -62.0% (95% interval -66.1% to -57.9%)".
std::string change(std::string_view of, verdict::experiment_change const& c);

} // namespace watertight::reports
