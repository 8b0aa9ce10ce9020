// How: the built program drafts a scenario of a small document in a folder of its own; then
// validates it; and walks once through the lab, as one would before a first run.

#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/standing_lab.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

namespace watertight::test {

namespace {

constexpr std::string_view document = R"(openapi: 3.0.0
info: {title: Desk, version: "1"}
security: [{bearer: []}]
paths:
  /orgs/{orgId}/tickets:
    parameters: [{name: orgId, in: path, required: true, schema: {type: string}}]
    get:
      responses: {'200': {content: {application/json: {schema: {
        type: array, items: {$ref: '#/components/schemas/Ticket'}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {
        $ref: '#/components/schemas/Ticket'}}}}
      responses: {'201': {content: {application/json: {schema: {
        $ref: '#/components/schemas/Ticket'}}}}}
  /orgs/{orgId}/tickets/{id}:
    parameters:
      - {name: orgId, in: path, required: true, schema: {type: string}}
      - {name: id, in: path, required: true, schema: {type: string}}
    get:
      responses: {'200': {content: {application/json: {schema: {
        $ref: '#/components/schemas/Ticket'}}}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    Ticket:
      type: object
      required: [subject, queue_id]
      properties:
        id: {type: string, readOnly: true}
        subject: {type: string}
        queue_id: {type: string}
)";

/// The document in a folder, and where the scenario goes.
struct desk {
    temp_dir folder{"init"};
    std::string api = (folder / "api.yaml").string();
    std::string scenario = (folder / "s.yaml").string();
    std::string tenants = (folder / "s.tenants.yaml").string();

    desk() { EXPECT_TRUE(write_file(api, document).has_value()); }

    outcome init(std::vector<std::string> more = {}) const
    {
        std::vector<std::string> arguments{"watertight", "init", "--openapi", api, "-o", scenario};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
};

bool has(outcome const& o, std::string_view text)
{
    return o.output.find(text) != std::string::npos;
}

std::string mis_pack()
{
    return source_root() + "/scenarios/mis/scenario.yaml";
}

std::string tenants_of(standing_lab const& lab)
{
    auto const& environment = lab.environment();
    return run({
                   "curl",
                   "-s",
                   "-H",
                   "Authorization: Bearer " + environment.at("MIS_ADMIN_TOKEN"),
                   environment.at("MIS_URL") + "/api/v1/tenants",
               })
        .output;
}

} // namespace

TEST(CliInit, WritesAScenarioThatValidateAcceptsAndNamesWhatIsLeft)
{
    desk const d;
    auto const o = d.init();

    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_TRUE(has(o, "the organization, by {orgId} in paths")) << o.output;
    EXPECT_TRUE(has(o, "body/queue_id")) << o.output;
    EXPECT_TRUE(has(o, d.tenants + ":")) << o.output;
    EXPECT_TRUE(has(o, "accepts it")) << o.output;
    auto const validated = run({"watertight", "validate", d.scenario});
    EXPECT_EQ(validated.code, 0) << validated.output;
    // All that a person has to fill in, and nothing else.
    EXPECT_TRUE(has(validated, "still to fill in:\n  " + d.scenario + ":")) << validated.output;
    EXPECT_TRUE(has(validated, d.tenants + ":4: id: ")) << validated.output;
    EXPECT_EQ(run({"watertight", "validate", d.scenario, "--plan"}).code, 0);
    // What a person must fill in is not forgotten by a run.
    auto const dry = run({"watertight", "probe", d.scenario, "--dry-run"});
    EXPECT_EQ(dry.code, 2) << dry.output;
    EXPECT_TRUE(has(dry, "s.tenants.yaml:4: id is empty")) << dry.output;
}

TEST(CliInit, KeepsTheFileOfTenantsToItsOwner)
{
    desk const d;
    ASSERT_EQ(d.init().code, 0);
    auto const mode = std::filesystem::status(d.tenants).permissions();
    EXPECT_EQ(mode & std::filesystem::perms::others_read, std::filesystem::perms::none);
    EXPECT_EQ(mode & std::filesystem::perms::group_read, std::filesystem::perms::none);
}

TEST(CliInit, WritesOverNothingWithoutForce)
{
    desk const d;
    ASSERT_TRUE(write_file(d.scenario, "mine").has_value());
    auto const refused = d.init();
    EXPECT_EQ(refused.code, 2);
    EXPECT_TRUE(has(refused, "--force")) << refused.output;
    EXPECT_EQ(*read_file(d.scenario), "mine");
    EXPECT_FALSE(std::filesystem::exists(d.tenants));

    EXPECT_EQ(d.init({"--force"}).code, 0);
    EXPECT_NE(*read_file(d.scenario), "mine");

    // The file of tenants alone is kept, too: it may hold credentials by now.
    std::filesystem::remove(d.scenario);
    ASSERT_TRUE(write_file(d.tenants, "mine").has_value());
    EXPECT_EQ(d.init().code, 2);
    EXPECT_EQ(*read_file(d.tenants), "mine");
    EXPECT_FALSE(std::filesystem::exists(d.scenario));
}

TEST(CliInit, SaysWhereWrongInputIsWrong)
{
    desk const d;
    EXPECT_EQ(run({"watertight", "init"}).code, 2);
    auto const absent = run({"watertight", "init", "--openapi", "/nowhere/api.yaml"});
    EXPECT_EQ(absent.code, 2);
    EXPECT_TRUE(has(absent, "/nowhere/api.yaml")) << absent.output;
    ASSERT_TRUE(write_file(d.api, "openapi: 3.0.0\npaths: {}\n").has_value());
    auto const empty = d.init();
    EXPECT_EQ(empty.code, 2);
    EXPECT_TRUE(has(empty, d.api + ":2:8: ")) << empty.output;
    auto const nobody = run({"watertight", "init", "--openapi", "http://127.0.0.1:1/api.json"});
    EXPECT_EQ(nobody.code, 3) << nobody.output;
    EXPECT_FALSE(std::filesystem::exists(d.scenario));
}

TEST(CliInit, StandardOutputIsTheScenarioAlone)
{
    desk const d;
    auto const o = run(
        {"sh",
         "-c",
         executable_folder() + "/watertight" + " init --openapi '" + d.api + "' -o - 2>/dev/null"}
    );
    EXPECT_EQ(o.code, 0);
    EXPECT_TRUE(o.output.starts_with("# Drafted by")) << o.output;
    EXPECT_TRUE(has(o, "\nwatertight: 1\n"));
    EXPECT_FALSE(has(o, "to fill in by hand"));
}

TEST(CliDryRun, ShowsEachOperationOnceWithoutSecretsAndLeavesNoTenant)
{
    standing_lab const lab;
    auto const before = tenants_of(lab);
    auto const o = run({"watertight", "probe", mis_pack(), "--dry-run"}, lab.environment());

    EXPECT_EQ(o.code, 0) << o.output;
    for (auto const* const line :
         {"> POST /api/v1/tenants/create",
          "> POST /api/v1/auth/login",
          "> POST /api/v1/users",
          "> GET /api/v1/users?q=",
          "> PATCH /api/v1/media/",
          "> DELETE /api/v1/users/",
          "> DELETE /api/v1/tenants/",
          "< HTTP/1.1 201"})
    {
        EXPECT_TRUE(has(o, line)) << line << "\n" << o.output;
    }
    EXPECT_FALSE(has(o, lab.environment().at("MIS_ADMIN_TOKEN")));
    // Passwords that the scenario makes up, and tokens that log-in hands out.
    EXPECT_FALSE(has(o, "Wt9!")) << o.output;
    EXPECT_FALSE(std::regex_search(o.output, std::regex{"eyJ[A-Za-z0-9_-]{8,}\\.eyJ"}));
    EXPECT_EQ(tenants_of(lab), before);
}

TEST(CliDryRun, AnAnswerThatIsNotExpectedIsNamedAndTheTenantStillGoes)
{
    standing_lab const lab;
    temp_dir const folder;
    auto const pack = std::filesystem::path{mis_pack()}.parent_path();
    std::filesystem::copy(pack, folder.path(), std::filesystem::copy_options::recursive);
    auto text = *read_file(mis_pack());
    constexpr std::string_view operations = "\noperations:\n";
    auto const at = text.find(operations);
    ASSERT_NE(at, std::string::npos);
    text.insert(at + operations.size(), "  nowhere: {get: /api/v1/no-such-thing}\n");
    auto const path = (folder / "scenario.yaml").string();
    ASSERT_TRUE(write_file(path, text).has_value());
    auto const o = run({"watertight", "probe", path, "--dry-run"}, lab.environment());

    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_TRUE(has(o, "1 not answered as the scenario expects")) << o.output;
    EXPECT_TRUE(has(o, "  nowhere: ")) << o.output;
    EXPECT_EQ(tenants_of(lab).find("wt-r"), std::string::npos);
}

TEST(CliManual, PageCompletionAndReferenceAreWrittenFromTheProgramItself)
{
    auto const page = run({"watertight", "man"});
    EXPECT_EQ(page.code, 0);
    EXPECT_TRUE(page.output.starts_with(".TH WATERTIGHT 1")) << page.output.substr(0, 100);
    for (auto const* const command : {"init", "run", "drill", "compare", "lab score"}) {
        EXPECT_TRUE(has(page, std::string{".SS watertight "} + command)) << command;
    }
    EXPECT_TRUE(has(page, "\\-\\-dry\\-run"));
    auto const keys = run({"watertight", "schema", "--markdown"});
    EXPECT_EQ(keys.code, 0);
    EXPECT_TRUE(has(keys, "| **`watertight`** |")) << keys.output.substr(0, 2000);
    EXPECT_EQ(run({"watertight", "completion", "tcsh"}).code, 2);
    for (auto const* const shell : {"bash", "zsh", "fish"}) {
        EXPECT_TRUE(has(run({"watertight", "completion", shell}), "validate")) << shell;
    }
}

TEST(CliManual, EachShellThatIsHereReadsItsCompletions)
{
    for (std::string const shell : {"bash", "zsh", "fish"}) {
        if (run({"bash", "-c", "command -v " + shell}).code != 0) continue;
        auto const o = run(
            {"bash",
             "-c",
             shell + " -n <(" + executable_folder() + "/watertight completion " + shell + ")"}
        );
        EXPECT_EQ(o.code, 0) << shell << ": " << o.output;
        EXPECT_EQ(o.output, "") << shell;
    }
}

TEST(CliManual, BashCompletesCommandsAndTheirOptions)
{
    auto const watertight = executable_folder() + "/watertight";
    auto const script = "source <(" + watertight + " completion bash); " +
                        "COMP_WORDS=(watertight init --op); COMP_CWORD=2; _watertight; "
                        "echo \"${COMPREPLY[*]}\"; "
                        "COMP_WORDS=(watertight val); COMP_CWORD=1; _watertight; "
                        "echo \"${COMPREPLY[*]}\"; "
                        "COMP_WORDS=(watertight lab score --he); COMP_CWORD=3; _watertight; "
                        "echo \"${COMPREPLY[*]}\"";
    EXPECT_EQ(run({"bash", "-c", script}).output, "--openapi\nvalidate\n--help\n");
}

} // namespace watertight::test
