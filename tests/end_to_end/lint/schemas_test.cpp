// How: each case of layouts.sql is a schema of another kind, made in an empty database: what names
// the tenant has to be discovered before anything can be said of it.
#include "tests/end_to_end/lint/case_file.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

TEST(LintLayouts, TenantsAreDiscoveredInSchemasOfAnyKind)
{
    lint_world const world;
    auto const cases = read_cases(WT_LINT_DIR "/layouts.sql");
    EXPECT_GE(cases.size(), 8U);
    for (auto const& c : cases) {
        auto const url = world.make("layout", c.sql, "template1");
        auto const r =
            world.look({.url = url, .tenant_columns = c.tenant_columns, .app_roles = c.app_roles});
        expect_case(c, r);
        if (!c.undo.empty()) world.run(url, c.undo);
    }
}

} // namespace watertight::test
