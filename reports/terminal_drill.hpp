#pragma once

#include "harness/verdict/result.hpp"
#include "reports/terminal_page.hpp"

namespace watertight::reports {

/// The phases of a drill against their budgets, and what came of it; nothing if none ran.
void write_drill(verdict::run_result const& r, page& out);

} // namespace watertight::reports
