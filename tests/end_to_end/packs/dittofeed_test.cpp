// How: the pack against its dialect of the lab with a defect that only the pooler makes one.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::test {

static outcome run_pack(std::filesystem::path const& folder, std::vector<std::string> more)
{
    std::vector<std::string> words{
        "watertight",
        "run",
        source_root() + "/scenarios/dittofeed/scenario.yaml",
        "--lab",
        "--out",
        folder.string()};
    words.insert(words.end(), more.begin(), more.end());
    return run(std::move(words));
}

static std::vector<std::string> channels_with(std::string const& fault)
{
    temp_dir const folder;
    auto const o = run_pack(
        folder.path(), {"--lab-fault", fault, "--for", "1s", "--no-experiments", "--no-drill"}
    );
    EXPECT_EQ(o.code, 1) << o.output;
    std::vector<std::string> out;
    for (auto const& f : result_in(folder.path()).findings) out.push_back(f.channel);
    return out;
}

TEST(DittofeedPack, AContextThatStaysOnThePooledConnectionIsFound)
{
    auto const channels = channels_with("P14");
    EXPECT_NE(std::ranges::find(channels, "postgres public.Segment"), channels.end());
}

} // namespace watertight::test
