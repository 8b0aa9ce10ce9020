// How: the pack against its dialect of the lab, as a pipeline would run it.
#include "harness/base/text.hpp"
#include "harness/verdict/result.hpp"
#include "tests/end_to_end/cli/program.hpp"
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

static verdict::run_result result_in(std::filesystem::path const& folder)
{
    auto const text = read_file((folder / "result.json").string());
    if (text.has_error()) throw std::runtime_error{text.error().message};
    return verdict::from_json(*text).value();
}

TEST(CliDittofeed, TheCorrectLabMeetsEveryCriterion)
{
    temp_dir const folder;
    auto const o = run_pack(folder.path(), {});

    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(r.findings.empty());
    EXPECT_TRUE(r.drill.succeeded);
    for (auto const& c : r.criteria) {
        auto const is_well = c.status == verdict::criterion_status::met ||
                             c.status == verdict::criterion_status::unattested;
        EXPECT_TRUE(is_well) << c.id << ": " << c.measured << " " << c.note;
    }
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
    }
    ASSERT_EQ(r.experiments.size(), 2U);
    for (auto const& e : r.experiments) EXPECT_TRUE(e.not_restored.empty()) << e.name;
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

TEST(CliDittofeed, AContextThatStaysOnThePooledConnectionIsFound)
{
    auto const channels = channels_with("P14");
    EXPECT_NE(std::ranges::find(channels, "postgres public.Segment"), channels.end());
}

} // namespace watertight::test
