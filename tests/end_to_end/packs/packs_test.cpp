// How: packs are found by their folder and faults by the lab's own list, so that a new pack is
// tested by being there. Each test starts a lab of its own.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <regex>
#include <set>

namespace watertight::test {

namespace fs = std::filesystem;
using nlohmann::json;

static std::vector<std::string> packs()
{
    std::vector<std::string> out;
    for (auto const& entry : fs::directory_iterator{source_root() + "/scenarios"}) {
        if (fs::exists(entry.path() / "scenario.yaml")) out.push_back(entry.path().filename());
    }
    std::ranges::sort(out);
    return out;
}

static std::string scenario_of(std::string const& pack)
{
    return source_root() + "/scenarios/" + pack + "/scenario.yaml";
}

// What a pack's criteria do not name, but its parts must have measured.
static std::vector<std::string> metrics_of(std::string const& pack)
{
    static std::map<std::string, std::vector<std::string>> const all{
        {"proptech", {"mongo.operations_per_request"}},
        {"zoptal",
         {"server.gateway.memory_max",
          "server.services.memory_max",
          "server.mongodb.memory_max",
          "server.redis.memory_max",
          "phase.routing.requests"}},
    };
    auto const at = all.find(pack);
    return at == all.end() ? std::vector<std::string>{} : at->second;
}

class Pack : public testing::TestWithParam<std::string> {};

TEST_P(Pack, IsMetByTheCorrectLab)
{
    temp_dir const folder;
    auto const o =
        run({"watertight", "run", scenario_of(GetParam()), "--lab", "--out", folder.path()});

    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.outcome, verdict::overall::passed);
    EXPECT_TRUE(r.findings.empty());
    EXPECT_TRUE(r.drill.succeeded);
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
    }
    for (auto const& e : r.experiments) EXPECT_TRUE(e.not_restored.empty()) << e.name;
    for (auto const& name : metrics_of(GetParam())) {
        ASSERT_TRUE(r.metrics.contains(name)) << name;
        EXPECT_GT(r.metrics.at(name), 0) << name;
    }
}

// The first fault of each kind of store; `lab score` tries them all.
static std::vector<json> faults_of(std::string const& pack)
{
    static std::set<std::string> const layers{"cache", "postgres", "mongo"};
    auto const o = run({"watertight-lab", "--list-faults", "--json"});
    std::set<std::string> seen;
    std::vector<json> out;
    for (auto const& f : json::parse(o.output)) {
        auto const layer = f.at("layer").get<std::string>();
        if (f.at("dialect") != pack || !layers.contains(layer)) continue;
        if (seen.insert(layer).second) out.push_back(f);
    }
    return out;
}

TEST_P(Pack, FailsForAFaultOfEachStore)
{
    auto const faults = faults_of(GetParam());
    EXPECT_GE(faults.size(), 1U);
    for (auto const& f : faults) {
        auto const id = f.at("id").get<std::string>();
        temp_dir const folder;
        auto const o = run(
            {"watertight",
             "run",
             scenario_of(GetParam()),
             "--lab-fault",
             id,
             "--for",
             "2s",
             "--no-drill",
             "--out",
             folder.path()}
        );

        EXPECT_EQ(o.code, 1) << id << o.output;
        std::regex const channel{f.at("channel").get<std::string>()};
        auto const proves = [&](evidence::finding const& found) {
            return evidence::to_string(found.kind) == f.at("guarantee").get<std::string>() &&
                   std::regex_search(found.channel, channel) && !found.victim.empty();
        };
        EXPECT_TRUE(std::ranges::any_of(result_in(folder.path()).findings, proves)) << id;
    }
}

static std::string name_of(testing::TestParamInfo<std::string> const& pack)
{
    auto out = pack.param;
    std::ranges::replace(out, '-', '_');
    return out;
}

INSTANTIATE_TEST_SUITE_P(All, Pack, testing::ValuesIn(packs()), name_of);

} // namespace watertight::test
