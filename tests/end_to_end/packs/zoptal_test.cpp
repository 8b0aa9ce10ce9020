// How: the pack against its dialect of the lab with a fault of each kind.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace watertight::test {

static std::string zoptal()
{
    return fmt::format("{}/scenarios/zoptal/scenario.yaml", source_root());
}

struct planted {
    char const* fault;
    /// What finds it, so that the run is short.
    char const* probe;
};

class ZoptalFault : public testing::TestWithParam<planted> {};

TEST_P(ZoptalFault, MakesTheRunFail)
{
    auto const [fault, probe] = GetParam();
    temp_dir const folder;
    std::vector<std::string> arguments{"watertight", "run", zoptal(), "--no-drill"};
    for (auto const& [name, value] : std::map<std::string, std::string>{
             {"--lab-fault", fault},
             {"--only", probe},
             {"--for", "1s"},
             {"--out", folder.path().string()}})
    {
        arguments.push_back(name);
        arguments.push_back(value);
    }
    auto const o = run(std::move(arguments));
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(std::ranges::any_of(r.findings, [&](auto const& f) { return f.probe == probe; }))
        << o.output;
}

INSTANTIATE_TEST_SUITE_P(
    EachStore,
    ZoptalFault,
    testing::Values(
        planted{"MG10", "mongo.document_ownership"},
        planted{"MG12", "api.list"},
        planted{"K01", "cache.unscoped_key"},
        planted{"J01", "identity.channel_conflict"}
    ),
    [](auto const& about) { return std::string{about.param.fault}; }
);

TEST(ZoptalPack, ARollbackThatForgetsIsFound)
{
    temp_dir const folder;
    auto const o =
        run({"watertight", "drill", zoptal(), "--lab-fault", "R7", "--out", folder.path().string()}
        );
    EXPECT_EQ(o.code, 1) << o.output;
    EXPECT_GT(result_in(folder.path()).drill.writes_lost, 0U);
}

} // namespace watertight::test
