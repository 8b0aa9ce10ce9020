#pragma once

#include <string>

/// Compares `actual` with tests/golden/<name>; with WT_UPDATE_GOLDEN=1 in the environment it writes
/// that file instead. The first line that differs is in the test's message.
void expect_golden(std::string const& name, std::string const& actual);
