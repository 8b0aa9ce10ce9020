#pragma once

#include "harness/verdict/result.hpp"

#include <string>
#include <vector>

/// What an attacker of a report would have a target answer, or name a tenant: markup, the syntax of
/// each format, control characters, bytes that are no UTF-8.
std::vector<std::string> const& hostile_texts();

/// `text` in every field of `c` that may hold foreign text.
void fill_comparison(watertight::verdict::baseline_comparison& c, std::string const& text);

/// The sample with `text` in every field that may hold foreign text.
watertight::verdict::run_result hostile_result(std::string const& text);
