// How: the scripts within the action, the template and the Jenkinsfile are taken out of them and
// run, against the lab, in a shell such as the runner's; each option that they use is looked up.

#include "harness/base/process.hpp"
#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <regex>

namespace watertight::test {

static std::string text_of(std::string const& file)
{
    auto const text = read_file(source_root() + "/ci/" + file);
    EXPECT_TRUE(text) << file;
    return text ? *text : std::string{};
}

static YAML::Node action()
{
    return YAML::LoadFile(source_root() + "/ci/github/action.yml");
}

static YAML::Node gitlab_job()
{
    return YAML::LoadFile(source_root() + "/ci/gitlab/watertight.gitlab-ci.yml")[".watertight"];
}

static std::string gitlab_script()
{
    std::string out;
    for (auto const& line : gitlab_job()["script"]) out += line.as<std::string>() + "\n";
    return out;
}

static std::string jenkins_script()
{
    auto const text = text_of("jenkins/Jenkinsfile");
    auto const begin = text.find("sh '''") + 6;
    // Groovy reads two backslashes as one.
    return replace_all(text.substr(begin, text.find("'''", begin) - begin), "\\\\", "\\");
}

static std::string action_script()
{
    return action()["runs"]["steps"][0]["run"].as<std::string>();
}

// Each command line of the program in a script, continued lines joined.
static std::vector<std::string> calls_in(std::string script)
{
    script = std::regex_replace(script, std::regex{R"(\\\n)"}, " ");
    std::regex const call{R"(watertight ((run|compare|report)\b[^\n|>]*))"};
    std::vector<std::string> out;
    for (std::sregex_iterator at{script.begin(), script.end(), call}, end; at != end; ++at) {
        out.push_back((*at)[1].str());
    }
    return out;
}

static void expect_known_options(std::string const& call)
{
    auto const command = call.substr(0, call.find(' '));
    auto const help = run({"watertight", command, "--help"}).output;
    std::regex const option{R"( (--[a-z-]+)( ([a-z]+))?)"};
    for (std::sregex_iterator at{call.begin(), call.end(), option}, end; at != end; ++at) {
        EXPECT_NE(help.find((*at)[1].str()), std::string::npos) << call;
        if ((*at)[1] != "--format") continue;
        EXPECT_NE(help.find((*at)[3].str()), std::string::npos) << call;
    }
}

TEST(Pipelines, CallCommandsAndOptionsThatExist)
{
    for (auto const& script : {action_script(), gitlab_script(), jenkins_script()}) {
        auto const calls = calls_in(script);
        EXPECT_EQ(calls.size(), 2U) << script;
        for (auto const& call : calls) expect_known_options(call);
    }
}

TEST(Pipelines, AreWellFormed)
{
    auto const a = action();
    EXPECT_EQ(a["runs"]["using"].as<std::string>(), "composite");
    for (auto const& step : a["runs"]["steps"]) {
        EXPECT_TRUE(step["uses"] || (step["run"] && step["shell"])) << step;
        // An input within a script would be a command of whoever chose it.
        if (!step["run"]) continue;
        EXPECT_EQ(step["run"].as<std::string>().find("${{"), std::string::npos);
    }
    auto const reports = gitlab_job()["artifacts"]["reports"];
    EXPECT_EQ(reports["dast"].as<std::string>(), "watertight-report/gl-dast-report.json");
    EXPECT_EQ(reports["junit"].as<std::string>(), "watertight-report/junit.xml");
}

// A short run on the lab; `more` are further options, one a line.
static std::map<std::string, std::string>
environment_for(std::filesystem::path const& folder, std::string const& more)
{
    auto const* const path = std::getenv("PATH");
    return {
        {"PATH", executable_folder() + ":" + (path == nullptr ? "" : path)},
        {"WT_SCENARIO", source_root() + "/scenarios/mis/scenario.yaml"},
        {"WT_ARGUMENTS",
         "--lab\n--only\napi.object_read\n--no-drill\n--no-experiments\n--for\n1s\n" + more},
        {"WT_REPORT", (folder / "watertight-report").string()},
        {"WT_BASELINE", ""},
        {"GITHUB_STEP_SUMMARY", (folder / "step-summary").string()},
        {"GITHUB_OUTPUT", (folder / "step-output").string()}};
}

static outcome
shell_in(std::filesystem::path const& folder, std::string const& script, std::string const& more)
{
    // As the runner has it: the first command that fails ends the script.
    return run(
        {"bash", "-c", "cd " + shell_quote(folder.string()) + " && set -eo pipefail\n" + script},
        environment_for(folder, more)
    );
}

TEST(Pipelines, TheActionReportsAndHandsTheVerdictOn)
{
    temp_dir const folder{"action"};
    auto const o = shell_in(folder.path(), action_script(), "--lab-fault\nA01");
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_EQ(*read_file((folder / "step-output").string()), "exit-code=1\n");
    auto const summary = *read_file((folder / "step-summary").string());
    EXPECT_NE(summary.find("## ❌ Watertight: mis failed"), std::string::npos) << summary;
    EXPECT_NE(o.output.find("::error file="), std::string::npos) << o.output;
    EXPECT_TRUE(std::filesystem::exists(folder / "watertight-report/report.sarif"));
    auto const last = action()["runs"]["steps"][3]["run"].as<std::string>();
    EXPECT_EQ(run({"bash", "-c", last}, {{"WT_CODE", "1"}}).code, 1);
}

TEST(Pipelines, TheActionFailsWithAWrongScenarioToo)
{
    temp_dir const folder{"action"};
    auto environment = environment_for(folder.path(), "");
    environment["WT_SCENARIO"] = "/nowhere.yaml";
    auto const o = run({"bash", "-eo", "pipefail", "-c", action_script()}, environment);
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_EQ(*read_file((folder / "step-output").string()), "exit-code=2\n");
}

TEST(Pipelines, TheTemplateAndTheJenkinsfileEndWithTheVerdict)
{
    temp_dir const folder{"template"};
    auto o = shell_in(folder.path(), gitlab_script(), "");
    EXPECT_EQ(o.code, 0) << o.output;
    for (auto const* const file : {"junit.xml", "gl-dast-report.json", "metrics.txt"}) {
        EXPECT_TRUE(std::filesystem::exists(folder / "watertight-report" / file)) << file;
    }
    o = shell_in(folder.path(), jenkins_script(), "--lab-fault\nA01");
    EXPECT_EQ(o.code, 1) << o.output;
    EXPECT_TRUE(std::filesystem::exists(folder / "watertight-report/report.sarif"));
}

} // namespace watertight::test
