// How: each pack's drill against its dialect of the lab with one defect of a migration or its way
// back; what finds it is the part of the drill that the defect is meant for.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace watertight::test {

struct rollback_case {
    char const* pack;
    char const* fault;
    char const* probe;
    /// How its channel begins.
    char const* channel;
};

class RollbackFault : public testing::TestWithParam<rollback_case> {};

TEST_P(RollbackFault, IsFoundByTheDrill)
{
    auto const& [pack, fault, probe, channel] = GetParam();
    temp_dir const folder;
    auto const scenario = fmt::format("{}/scenarios/{}/scenario.yaml", source_root(), pack);

    auto const o =
        run({"watertight", "drill", scenario, "--lab-fault", fault, "--out", folder.path().string()}
        );

    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(std::ranges::any_of(r.findings, [&](auto const& f) {
        auto const is_the_part = *probe == 0 || f.probe == probe;
        return f.kind == evidence::guarantee::rollback && is_the_part &&
               f.channel.starts_with(channel);
    })) << o.output;
}

INSTANTIATE_TEST_SUITE_P(
    InEachPack,
    RollbackFault,
    testing::Values(
        rollback_case{"mis", "R3", "drill.detection", "drill detection"},
        rollback_case{"mis", "R4", "drill.budget", "drill execution"},
        rollback_case{"mis", "R5", "drill.catalogue", "classic catalogue"},
        rollback_case{"proptech", "R2", "drill.step", "drill execution"},
        rollback_case{"proptech", "R5", "drill.catalogue", "classic catalogue"},
        rollback_case{"proptech", "R7", "drill.restore", "classic proptech_classic.projects"},
        rollback_case{"zoptal", "R6", "drill.stray_write", "mongo zoptal.tenant_default_projects"},
        rollback_case{"zoptal", "R13", "drill.lost_write", "POST /api/projects"},
        rollback_case{"dittofeed", "R11", "drill.catalogue", "postgres catalogue"},
        // By whichever part meets one of those users first.
        rollback_case{"user-integers", "R10", "", ""}
    ),
    [](auto const& about) {
        std::string out = fmt::format("{}_{}", about.param.pack, about.param.fault);
        std::ranges::replace(out, '-', '_');
        return out;
    }
);

} // namespace watertight::test
