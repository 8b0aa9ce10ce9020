#include "tests/unit/reports/golden.hpp"

#include "harness/base/text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

using namespace watertight;

void expect_golden(std::string const& name, std::string const& actual)
{
    auto const path = std::string{WT_GOLDEN_DIR} + "/" + name;
    if (std::getenv("WT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, actual)) << path;
        return;
    }
    auto const expected = read_file(path);
    ASSERT_TRUE(expected) << path << ": make it with WT_UPDATE_GOLDEN=1";
    if (*expected == actual) return;
    auto const old_lines = split(*expected, '\n');
    auto const new_lines = split(actual, '\n');
    std::size_t at = 0;
    while (at < std::min(old_lines.size(), new_lines.size()) && old_lines[at] == new_lines[at])
        ++at;
    auto const line = [&](auto const& lines) {
        return at < lines.size() ? std::string{lines[at]} : std::string{"(no line)"};
    };
    ADD_FAILURE() << name << ":" << at + 1 << " differs; if that is meant, run with "
                  << "WT_UPDATE_GOLDEN=1\n  golden: " << line(old_lines)
                  << "\n  actual: " << line(new_lines);
}
