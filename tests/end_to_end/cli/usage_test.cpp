// How: the built program is run as a person would, with wrong input and absent targets. Nothing is
// ever sent, or nobody answers.

#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace watertight::test {

static bool has(outcome const& o, std::string const& text)
{
    return o.output.find(text) != std::string::npos;
}

TEST(CliUsage, HelpShowsExamplesForEachCommand)
{
    EXPECT_TRUE(has(run({"watertight", "--help"}), "Exit codes"));
    for (auto const* const command :
         {"run",
          "probe",
          "load",
          "drill",
          "lint",
          "cleanup",
          "validate",
          "probes",
          "lab",
          "report",
          "compare"})
    {
        auto const o = run({"watertight", command, "--help"});
        EXPECT_EQ(o.code, 0) << command;
        EXPECT_TRUE(has(o, "Example")) << command;
    }
}

TEST(CliUsage, LintSaysWhatIsMissingAndShowsNoPassword)
{
    EXPECT_EQ(run({"watertight", "lint"}).code, 2);
    auto const o =
        run({"watertight", "lint", "--postgres", "postgres://me:hush-hush@127.0.0.1:1/nowhere"});
    EXPECT_EQ(o.code, 3);
    EXPECT_TRUE(has(o, "127.0.0.1:1"));
    EXPECT_FALSE(has(o, "hush-hush"));
}

TEST(CliUsage, AnUnknownCommandOrOptionIsAUsageError)
{
    EXPECT_EQ(run({"watertight", "fly"}).code, 2);
    EXPECT_EQ(run({"watertight", "run", "--no-such-option"}).code, 2);
    EXPECT_EQ(run({"watertight"}).code, 2);
    EXPECT_EQ(run({"watertight", "run", "--tenants", "many"}).code, 2);
}

TEST(CliUsage, AMissingScenarioIsNamed)
{
    auto const o = run({"watertight", "validate", "/nowhere/at-all.yaml"});
    EXPECT_EQ(o.code, 2);
    EXPECT_TRUE(has(o, "/nowhere/at-all.yaml"));
}

TEST(CliUsage, AMistakeIsShownWithLineAndColumn)
{
    temp_dir const folder;
    auto const path = (folder.path() / "s.yaml").string();
    ASSERT_TRUE(
        write_file(path, "watertight: 1\nname: x\ntarget:\n  ulr: http://127.0.0.1:1\n").has_value()
    );
    auto const o = run({"watertight", "validate", path});
    EXPECT_EQ(o.code, 2);
    EXPECT_TRUE(has(o, path + ":4:3:")) << o.output;
    EXPECT_TRUE(has(o, "url")) << o.output;
}

TEST(CliUsage, ThePackIsValidAndItsPlanIsPrinted)
{
    auto const scenario = source_root() + "/scenarios/mis/scenario.yaml";
    EXPECT_EQ(run({"watertight", "validate", scenario}).code, 0);
    auto const o = run({"watertight", "validate", scenario, "--plan"});
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(has(o, "/api/v1/users")) << o.output;
}

TEST(CliUsage, APlanShowsWhereToAndNoSecret)
{
    temp_dir const folder;
    auto const variables = (folder.path() / "env").string();
    ASSERT_TRUE(write_file(
        variables, "MIS_URL=http://127.0.0.1:8080\nMIS_ADMIN_TOKEN=s3cr3t-of-the-admin\n"
    ));
    auto const scenario = source_root() + "/scenarios/mis/scenario.yaml";
    auto const o = run({"watertight", "validate", scenario, "--env-file", variables, "--plan"});
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(has(o, "POST http://127.0.0.1:8080/api/v1/tenants/create")) << o.output;
    EXPECT_TRUE(has(o, "Authorization: Bearer [redacted MIS_ADMIN_TOKEN]")) << o.output;
    EXPECT_FALSE(has(o, "s3cr3t"));
}

TEST(CliUsage, CataloguesArePrinted)
{
    EXPECT_TRUE(has(run({"watertight", "probes"}), "api.object_read"));
    EXPECT_TRUE(has(run({"watertight", "probes", "--format", "markdown"}), "## api.object_read"));
    EXPECT_TRUE(has(run({"watertight", "validate", "--metrics"}), "latency.p95"));
    EXPECT_TRUE(has(run({"watertight", "lab", "--list-faults", "--json"}), "\"A01\""));
}

TEST(CliUsage, TheCatalogueInTheTreeIsTheOneThatIsPrinted)
{
    auto const path = source_root() + "/probes/catalogue.md";
    auto const printed = run({"watertight", "probes", "--format", "markdown"}).output;
    if (std::getenv("WT_UPDATE_GOLDEN") != nullptr) {
        ASSERT_TRUE(write_file(path, printed)) << path;
        return;
    }
    auto const kept = read_file(path);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_TRUE(
        *kept == printed
    ) << "watertight probes --format markdown > probes/catalogue.md makes it current";
}

TEST(CliUsage, ReportHoldsAResultAgainstItsBaseline)
{
    auto const result = source_root() + "/tests/golden/result.json";
    auto const with = [&](std::string const& baseline) {
        return run({"watertight", "report", result, "--baseline", baseline, "--format", "html"});
    };
    auto const o = with(result);
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(has(o, "Compared with the baseline"));
    EXPECT_TRUE(has(o, "nothing got worse"));
    EXPECT_EQ(with("/nowhere/result.json").code, 2);
}

static std::string result_file(temp_dir const& folder, std::string const& name, bool met)
{
    auto const path = (folder.path() / name).string();
    auto const status = met ? "met" : "not_met";
    auto const text = std::string{R"({"schema": 1, "tool_version": "0", "command": "run",
        "run_id": "r1", "seed": 1, "outcome": "passed", "summary": "s", "started_at": "",
        "findings": [], "probes": [], "criteria": [{"id": "p95", "statement": "x", "status": ")"} +
                      status + "\"}]}";
    EXPECT_TRUE(write_file(path, text).has_value());
    return path;
}

TEST(CliUsage, AResultIsWrittenInAnyFormat)
{
    temp_dir const folder;
    auto const result = result_file(folder, "result.json", false);
    auto const to = (folder.path() / "out.sarif").string();
    EXPECT_TRUE(has(run({"watertight", "report", result, "--format", "ctrf"}), "\"CTRF\""));
    EXPECT_EQ(run({"watertight", "report", result, "--format", "sarif", "-o", to}).code, 0);
    EXPECT_NE(read_file(to)->find("\"2.1.0\""), std::string::npos);
    EXPECT_EQ(run({"watertight", "report", result, "--format", "sarf"}).code, 2);
    EXPECT_EQ(run({"watertight", "report", result, "-o", to}).code, 2);
    EXPECT_EQ(
        run({"watertight", "report", result, "--format", "json", "-o", "/dev/null/x"}).code, 3
    );
}

TEST(CliUsage, AComparisonFailsWhereSomethingGotWorse)
{
    temp_dir const folder;
    auto const good = result_file(folder, "good.json", true);
    auto const bad = result_file(folder, "bad.json", false);
    auto const worse = run({"watertight", "compare", good, bad});
    EXPECT_EQ(worse.code, 1);
    EXPECT_TRUE(has(worse, "criterion p95 was met and is not met")) << worse.output;
    EXPECT_EQ(run({"watertight", "compare", bad, good}).code, 0);
    EXPECT_TRUE(has(run({"watertight", "compare", good, bad, "--json"}), "\"worse\": true"));
}

TEST(CliUsage, AComparisonNamesAFileThatIsNoResult)
{
    temp_dir const folder;
    auto const good = result_file(folder, "good.json", true);
    auto const missing = (folder.path() / "missing.json").string();
    for (auto const& [path, said] : std::vector<std::pair<std::string, std::string>>{
             {missing, missing},
             {folder.path().string(), "no runs of a series"},
             {source_root() + "/README.md", "not a result file"}})
    {
        auto const o = run({"watertight", "compare", good, path});
        EXPECT_EQ(o.code, 2) << path;
        EXPECT_TRUE(has(o, said)) << o.output;
    }
    EXPECT_EQ(run({"watertight", "compare", good, good, "--tolerance", "much"}).code, 2);
}

static std::string simple_scenario(std::string const& url, std::string const& allow)
{
    return "watertight: 1\nname: x\ntarget:\n  url: " + url + "\n  allow: [" + allow +
           "]\n"
           "tenants:\n  count: 2\n  create: {post: /tenants, as: anonymous, capture: {id: /id}}\n"
           "criteria:\n  - {id: c, require: \"findings.total == 0\"}\n";
}

TEST(CliUsage, ATargetThatIsDownIsNamed)
{
    temp_dir const folder;
    auto const path = (folder.path() / "s.yaml").string();
    auto const url = "http://127.0.0.1:" + std::to_string(free_port());
    ASSERT_TRUE(write_file(path, simple_scenario(url, "127.0.0.1")).has_value());
    auto const o = run({"watertight", "run", path, "--out", (folder.path() / "out").string()});
    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_TRUE(has(o, url)) << o.output;
}

// The scenario's author allows it, the caller has not confirmed it: nothing may be sent.
TEST(CliUsage, AHostOutsideThisMachineMustBeConfirmed)
{
    temp_dir const folder;
    auto const path = (folder.path() / "s.yaml").string();
    ASSERT_TRUE(
        write_file(path, simple_scenario("http://service.invalid", "service.invalid")).has_value()
    );
    auto const o = run({"watertight", "run", path, "--out", (folder.path() / "out").string()});
    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_TRUE(has(o, "--confirm-host service.invalid")) << o.output;
}

TEST(CliUsage, AnUnsetVariableIsAnError)
{
    temp_dir const folder;
    auto const path = (folder.path() / "s.yaml").string();
    ASSERT_TRUE(write_file(path, simple_scenario("${WT_TEST_UNSET}", "127.0.0.1")).has_value());
    auto const o = run({"watertight", "run", path});
    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_TRUE(has(o, "WT_TEST_UNSET")) << o.output;
    EXPECT_TRUE(has(o, path + ":4:")) << o.output;
}

TEST(CliUsage, ASeriesNeedsASchedule)
{
    EXPECT_EQ(run({"watertight", "run", "--during", "1h"}).code, 2);
    EXPECT_EQ(run({"watertight", "run", "--repeat", "soon"}).code, 2);
    EXPECT_EQ(run({"watertight", "run", "--full", "--for", "5s"}).code, 2);
}

} // namespace watertight::test
