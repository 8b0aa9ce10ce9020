#pragma once

#include "harness/verdict/result.hpp"

#include <string>

/// The parts of the page, each a pure function of the result; empty where there is nothing to show.
namespace watertight::reports::sections {

using verdict::run_result;

std::string banner(run_result const& r);
std::string criteria(run_result const& r);
std::string findings(run_result const& r);
std::string matrix(run_result const& r);
std::string changes(run_result const& r);
std::string probes(run_result const& r);
std::string tables(run_result const& r);
std::string coverage(run_result const& r);
std::string latency(run_result const& r);
std::string operations(run_result const& r);
std::string tenants(run_result const& r);
std::string experiments(run_result const& r);
std::string drill(run_result const& r);
std::string metrics(run_result const& r);
std::string provenance(run_result const& r);

} // namespace watertight::reports::sections
