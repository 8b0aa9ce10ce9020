// How: the lab is the target. Each test starts one of its own, with or without a fault, on random
// ports, and looks at what a person or a pipeline would look at: exit code, result file, output.

#include "harness/base/text.hpp"
#include "harness/verdict/result.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/end_to_end/cli/standing_lab.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>

namespace watertight::test {

using std::chrono::seconds;

static std::string mis()
{
    return source_root() + "/scenarios/mis/scenario.yaml";
}

TEST(CliRun, TheCorrectLabMeetsEveryCriterion)
{
    temp_dir const folder;
    auto const o = run({"watertight", "run", mis(), "--lab", "--out", folder.path().string()});
    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.outcome, verdict::overall::passed);
    EXPECT_TRUE(r.findings.empty());
    EXPECT_TRUE(r.drill.succeeded);
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
    }
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "report.html"));
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "junit.xml"));
}

// What was promised of evidence: names, channel, and a reproduction that shows the token again.
TEST(CliRun, AFaultIsFoundAndItsReproductionWorksWhilePasted)
{
    standing_lab const lab{{"A01"}};
    temp_dir const folder;
    program p{
        {"watertight",
         "probe",
         mis(),
         "--only",
         "api.object_read",
         "--keep",
         "--out",
         folder.path().string()},
        lab.environment(),
    };
    ASSERT_TRUE(p.wait_for("until you press Enter", seconds{120})) << p.output();
    auto const r = result_in(folder.path());
    ASSERT_FALSE(r.findings.empty());
    auto const& f = r.findings.front();
    EXPECT_EQ(f.kind, evidence::guarantee::confidentiality);
    EXPECT_EQ(f.channel, "GET /api/v1/users/{id}");
    EXPECT_FALSE(f.victim.empty());
    EXPECT_NE(f.victim, f.intruder);
    auto const again = run({"sh", "-c", f.reproduction}, lab.environment());
    EXPECT_NE(again.output.find(f.token), std::string::npos) << f.reproduction << again.output;
    p.type("\n");
    EXPECT_EQ(p.wait(seconds{60}), 1) << p.output();
}

TEST(CliRun, NoSecretOfTheScenarioIsWrittenAnywhere)
{
    standing_lab const lab{{"A01"}};
    temp_dir const folder;
    std::vector<std::string> arguments{
        "watertight", "probe", mis(), "--only", "api.*", "--out", folder.path().string()};
    for (auto const* const format :
         {"sarif", "gitlab", "ctrf", "markdown", "annotations", "openmetrics"})
    {
        arguments.insert(arguments.end(), {"--format", format});
    }
    auto const o = run(arguments, lab.environment());
    EXPECT_EQ(o.code, 1) << o.output;
    for (auto const* const file : {"report.sarif", "gl-dast-report.json", "summary.md"}) {
        EXPECT_TRUE(std::filesystem::exists(folder / file)) << file;
    }
    auto const token = lab.environment().at("MIS_ADMIN_TOKEN");
    EXPECT_EQ(o.output.find(token), std::string::npos);
    for (auto const& entry : std::filesystem::directory_iterator{folder.path()}) {
        auto const text = read_file(entry.path().string());
        ASSERT_TRUE(text.has_value());
        EXPECT_EQ(text->find(token), std::string::npos) << entry.path();
    }
}

TEST(CliRun, CtrlCEndsSoonWithAResultAndNoTenants)
{
    standing_lab const lab;
    temp_dir const folder;
    program p{
        {"watertight", "load", mis(), "--for", "60s", "--out", folder.path().string()},
        lab.environment(),
    };
    ASSERT_TRUE(p.wait_for("populating tenants:", seconds{60})) << p.output();
    // Five seconds is the promise; a machine that builds meanwhile is given more.
    auto const interrupted = std::chrono::steady_clock::now();
    p.signal(SIGINT);
    EXPECT_EQ(p.wait(seconds{30}), 130) << p.output();
    EXPECT_LT(std::chrono::steady_clock::now() - interrupted, seconds{15});
    EXPECT_EQ(result_in(folder.path()).outcome, verdict::overall::interrupted);
    auto const tenants = run({
        "curl",
        "-s",
        "-H",
        "Authorization: Bearer " + lab.environment().at("MIS_ADMIN_TOKEN"),
        lab.environment().at("MIS_URL") + "/api/v1/tenants",
    });
    EXPECT_EQ(tenants.output.find("wt-r"), std::string::npos) << tenants.output;
}

TEST(CliRun, CleanupRemovesWhatAKilledRunLeft)
{
    standing_lab const lab;
    temp_dir const folder;
    {
        program p{
            {"watertight", "load", mis(), "--for", "60s", "--out", folder.path().string()},
            lab.environment(),
        };
        ASSERT_TRUE(p.wait_for("populating tenants:", seconds{60})) << p.output();
        p.signal(SIGKILL);
        EXPECT_EQ(p.wait(seconds{10}), -SIGKILL);
    }
    auto const tenants = [&] {
        return run({
                       "curl",
                       "-s",
                       "-H",
                       "Authorization: Bearer " + lab.environment().at("MIS_ADMIN_TOKEN"),
                       lab.environment().at("MIS_URL") + "/api/v1/tenants",
                   })
            .output;
    };
    EXPECT_NE(tenants().find("wt-r"), std::string::npos);
    auto const o = run({"watertight", "cleanup", folder.path().string()}, lab.environment());
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_EQ(tenants().find("wt-r"), std::string::npos);
}

TEST(CliRun, AnUnreachableStoreIsNamed)
{
    standing_lab const lab;
    temp_dir const folder;
    auto environment = lab.environment();
    environment["MIS_POSTGRES_URL"] = "postgres://postgres:wrong@127.0.0.1:1/mis";
    auto const o = run({"watertight", "run", mis(), "--out", folder.path().string()}, environment);
    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_NE(o.output.find("127.0.0.1:1"), std::string::npos) << o.output;
    EXPECT_EQ(o.output.find("wrong"), std::string::npos) << o.output;
}

TEST(CliRun, TheScoreOfOneFaultIsAsJson)
{
    auto const o =
        run({"watertight", "lab", "score", "--pack", "mis", "--fault", "A03", "--json", "--quiet"});
    EXPECT_EQ(o.code, 0) << o.output;
    auto const score = nlohmann::json::parse(o.output, nullptr, false);
    ASSERT_TRUE(score.is_object()) << o.output;
    EXPECT_EQ(score.at("faults"), 1);
    EXPECT_EQ(score.at("found"), 1);
    EXPECT_EQ(score.at("false_alarms"), 0);
}

// A pack of three short phases on the lab, of which the second cannot hold what it must.
static std::string with_rollout(std::filesystem::path const& folder, std::string const& limit)
{
    auto text = read_file(mis()).value();
    auto const begin = text.find("traffic:\n");
    auto const end = text.find("\nprobes:\n");
    text.replace(
        begin,
        end - begin,
        "traffic:\n"
        "  - {name: alone, for: 1s, open: {rate: 60/s}, tenants: {count: 1}}\n"
        "  - {name: half, for: 1s, open: {rate: 60/s}, tenants: {share: 50%},\n"
        "     stop_unless: \"phase.half.latency.p95 < " +
            limit +
            "\"}\n"
            "  - {name: everyone, for: 1s, open: {rate: 60/s}}\n"
    );
    text = replace_all(
        text, "\n  session:\n", "\n  processes: {api: {port: \"${MIS_URL}\"}}\n  session:\n"
    );
    // The drill's files are elsewhere.
    text.erase(text.find("\ndrill:\n"), text.find("\ncriteria:\n") - text.find("\ndrill:\n"));
    auto const path = (folder / "scenario.yaml").string();
    EXPECT_TRUE(write_file(path, text));
    return path;
}

TEST(CliRun, ARollOutStopsAtTheStepThatFails)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const o = run(
        {"watertight", "load", with_rollout(folder.path(), "1us"), "--out", folder.path().string()},
        lab.environment()
    );
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.metrics.at("phase.alone.tenants"), 1);
    EXPECT_EQ(r.metrics.at("phase.half.tenants"), 3);
    EXPECT_FALSE(r.metrics.contains("phase.everyone.tenants"));
    EXPECT_NE(o.output.find("not driven"), std::string::npos) << o.output;
    EXPECT_NE(o.output.find("stop_unless.half"), std::string::npos) << o.output;
}

TEST(CliRun, ARollOutGoesOnAndTheServersResourcesAreMetrics)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const o = run(
        {"watertight", "load", with_rollout(folder.path(), "9s"), "--out", folder.path().string()},
        lab.environment()
    );
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.metrics.at("phase.everyone.tenants"), 6);
    EXPECT_GT(r.metrics.at("server.api.cpu"), 0.001) << o.output;
    EXPECT_GT(r.metrics.at("server.api.memory_max"), 1e6);
    EXPECT_GT(r.metrics.at("server.api.connections_max"), 1);
    // One entry a phase, and none for the traffic as a whole, which would halve its rates.
    EXPECT_NEAR(r.metrics.at("throughput.achieved"), 60, 15);
}

static outcome find_capacity(standing_lab const& lab, std::string const& limit, temp_dir const& to)
{
    return run(
        {"watertight",
         "load",
         with_rollout(to.path(), limit),
         "--find-capacity",
         "--max-rate",
         "70/s",
         "--out",
         to.path().string()},
        lab.environment()
    );
}

TEST(CliRun, TheCapacityIsTheHighestRateAtWhichTheCriteriaHold)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const o = find_capacity(lab, "9s", folder);
    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.metrics.at("capacity.rate"), 70) << o.output;
    ASSERT_EQ(r.tables.size(), 1U);
    // From the scenario's own rate to the highest that may be tried, and there again.
    ASSERT_EQ(r.tables[0].rows.size(), 3U);
    EXPECT_EQ(r.tables[0].rows[0][0], "60/s");
    EXPECT_EQ(r.tables[0].rows[2][6], "holds");
    EXPECT_FALSE(r.criteria.empty());
}

TEST(CliRun, TheCapacityIsNoneWhereACriterionNeverHolds)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const path = with_rollout(folder.path(), "9s");
    auto const text = read_file(path).value();
    ASSERT_TRUE(write_file(path, replace_all(text, "latency.p95 < 500ms", "latency.p95 < 1us")));
    auto const o =
        run({"watertight", "load", path, "--find-capacity", "--out", folder.path().string()},
            lab.environment());
    EXPECT_EQ(o.code, 1) << o.output;
    EXPECT_EQ(result_in(folder.path()).metrics.at("capacity.rate"), 0);
    EXPECT_NE(o.output.find("latency.p95 < 1us"), std::string::npos) << o.output;
}

TEST(CliRun, ASearchForTheCapacityThatIsCutShortNamesNone)
{
    standing_lab const lab;
    temp_dir const folder;
    program p{
        {"watertight",
         "load",
         with_rollout(folder.path(), "9s"),
         "--find-capacity",
         "--out",
         folder.path().string()},
        lab.environment()};
    ASSERT_TRUE(p.wait_for("capacity: 60/s", seconds{60})) << p.output();
    p.signal(SIGINT);
    EXPECT_EQ(p.wait(seconds{30}), 130) << p.output();
    auto const r = result_in(folder.path());
    EXPECT_EQ(r.outcome, verdict::overall::interrupted);
    EXPECT_FALSE(r.metrics.contains("capacity.rate")) << p.output();
    EXPECT_FALSE(r.tables.empty() || r.tables[0].rows.empty()) << p.output();
}

TEST(CliRun, ASeriesGoesOnAfterAFailureAndTellsWhatChanged)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const scenario = with_rollout(folder.path(), "1us");
    program p{
        {"watertight",
         "run",
         scenario,
         "--no-drill",
         "--only",
         "api.list",
         "--quiet",
         "--repeat",
         "1s",
         "--out",
         folder.path().string()},
        lab.environment()};
    ASSERT_TRUE(p.wait_for("the first run", seconds{60})) << p.output();
    ASSERT_TRUE(p.wait_for("=== run 0002", seconds{60})) << p.output();
    with_rollout(folder.path(), "9s");
    ASSERT_TRUE(p.wait_for("stop_unless.half was not met and is met", seconds{90})) << p.output();
    p.signal(SIGINT);
    auto const code = p.wait(seconds{30});
    // Between two runs the worst of them is told; within one, that it was cut short.
    EXPECT_TRUE(code == 1 || code == 130) << code << p.output();
    EXPECT_TRUE(std::filesystem::exists(folder / "0001/result.json"));
    EXPECT_TRUE(std::filesystem::exists(folder / "0002/report.html"));
    EXPECT_TRUE(std::filesystem::exists(folder / "series.txt"));
}

} // namespace watertight::test
