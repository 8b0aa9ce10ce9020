#include "tests/unit/house/include_rules.hpp"

#include <gtest/gtest.h>

namespace watertight::house {

struct arrow {
    char const* from;
    char const* to;
};

static faults check(arrow const& a)
{
    return check_includes(a.from, "#include \"" + std::string{a.to} + "\"\n");
}

TEST(HouseIncludes, DependenciesMayPointDownwards)
{
    static constexpr arrow table[] = {
        {"harness/net/a.cpp", "harness/net/a.hpp"},
        {"harness/net/a.cpp", "harness/base/error.hpp"},
        {"harness/tenants/a.cpp", "harness/stores/postgres.hpp"},
        {"harness/drill/a.cpp", "harness/verdict/result.hpp"},
        {"harness/cli/a.cpp", "probes/catalogue.hpp"},
        {"harness/cli/a.cpp", "reports/reports.hpp"},
        {"harness/cli/a.cpp", "harness/scenario/scenario.hpp"},
        {"probes/api/object_read/probe.cpp", "harness/probe/context.hpp"},
        {"probes/api/object_read/probe.cpp", "probes/api/object_read/judge.hpp"},
        {"probes/catalogue.cpp.in", "harness/base/text.hpp"},
        {"probes/api/object_read/probe_test.cpp", "probes/testing.hpp"},
        {"scenarios/lab/core/server.cpp", "harness/net/task_group.hpp"},
        {"scenarios/lab/core/server.cpp", "scenarios/lab/core/http.hpp"},
        {"reports/junit.cpp", "harness/verdict/result.hpp"},
        {"reports/junit.cpp", "reports/text.hpp"},
        {"tests/unit/net/a_test.cpp", "harness/cli/options.hpp"},
    };
    for (auto const& a : table) EXPECT_TRUE(check(a).empty()) << a.from << " -> " << a.to;
}

TEST(HouseIncludes, NoDependencyPointsUpOrSideways)
{
    static constexpr arrow table[] = {
        {"harness/base/a.cpp", "harness/net/asio.hpp"},
        {"harness/stores/a.cpp", "harness/evidence/finding.hpp"},
        {"harness/traffic/a.cpp", "harness/tenants/plan.hpp"},
        {"harness/probe/a.cpp", "harness/drill/run.hpp"},
        {"harness/scenario/a.cpp", "harness/cli/options.hpp"},
        {"harness/drill/a.cpp", "probes/catalogue.hpp"},
        {"harness/cli/a.cpp", "scenarios/lab/core/server.hpp"},
        {"harness/net/a.cpp", "tests/support/temp_dir.hpp"},
        {"harness/novel/a.cpp", "harness/base/error.hpp"},
        {"probes/api/object_read/probe.cpp", "harness/net/http.hpp"},
        {"probes/api/object_read/probe.cpp", "probes/api/other/judge.hpp"},
        {"probes/api/object_read/probe.cpp", "probes/testing.hpp"},
        {"scenarios/lab/core/server.cpp", "harness/evidence/canary.hpp"},
        {"scenarios/lab/core/server.cpp", "harness/probe/spec.hpp"},
        {"reports/junit.cpp", "harness/drill/run.hpp"},
        {"harness/net/a.cpp", "a.hpp"},
    };
    for (auto const& a : table) EXPECT_EQ(check(a).size(), 1U) << a.from << " -> " << a.to;
}

TEST(HouseIncludes, NamesTheLine)
{
    auto const found =
        check_includes("harness/base/a.cpp", "\n#include <map>\n#include \"harness/net/b.hpp\"\n");

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].line, 3);
}

} // namespace watertight::house
