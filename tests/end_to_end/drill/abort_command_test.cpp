// How: the program itself is killed in the middle of a step, and told to bring the system back.

#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/postgres_suite.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

namespace watertight::test {

using std::chrono::seconds;

class DrillCommand : public postgres_suite<DrillCommand> {
protected:
    void SetUp() override
    {
        sql(server_->url(),
            "drop table if exists items;"
            "create table items (id serial primary key, name text not null);"
            "insert into items (name) select 'item ' || n from generate_series(1, 50) n");
        write_plan("alter table items drop if exists tenant_id");
    }

    void write_plan(std::string const& way_back)
    {
        auto const text = fmt::format(
            R"(watertight: 1
name: items
target:
  url: http://127.0.0.1:{}
  auth: {{admin: {{headers: {{X-Admin: "1"}}}}}}
tenants: {{create: {{post: /tenants, as: admin, capture: {{id: /id}}}}}}
stores: {{postgres: {{url: "{}"}}}}
drill:
  forward:
    - {{name: add, sql: alter table items add tenant_id int not null default 1}}
    - {{name: fill, sql: select pg_sleep(3), idempotent: true}}
  rollback:
    - {{name: remove, sql: {}}}
  trigger: {{after: 100ms}}
  fingerprint: {{tables: [public.items]}}
criteria:
  - {{id: drill, require: drill.succeeded == 1}}
)",
            service_.port(),
            server_->url(),
            way_back
        );
        ASSERT_TRUE(write_file(scenario(), text).has_value());
    }

    std::string scenario() const { return (folder_ / "scenario.yaml").string(); }
    std::string out() const { return (folder_ / "out").string(); }
    std::string journal() const { return out() + "/drill-journal.jsonl"; }

    outcome drill(std::vector<std::string> more) const
    {
        std::vector<std::string> all{"watertight", "drill", scenario(), "--out", out()};
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    }

    // Killed while the second step is under way.
    void kill_in_the_middle() const
    {
        program victim{{"watertight", "drill", scenario(), "--out", out()}};
        for (int look = 0; look < 300; ++look) {
            auto const text = read_file(journal());
            if (text && text->find(R"("name":"fill")") != std::string::npos) break;
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
        victim.signal(SIGKILL);
        EXPECT_EQ(victim.wait(seconds{20}), -SIGKILL) << victim.output();
    }

    static std::string columns()
    {
        return sql(
            server_->url(),
            "select count(*) from information_schema.columns where table_name = 'items'"
        );
    }

    item_service service_{server_->url()};
    temp_dir folder_{"drill-command"};
};

TEST_F(DrillCommand, AbortBringsAKilledDrillBack)
{
    kill_in_the_middle();
    ASSERT_EQ(columns(), "3");

    auto const again = drill({});
    EXPECT_EQ(again.code, 2) << again.output;
    EXPECT_NE(again.output.find("--abort"), std::string::npos) << again.output;

    auto const aborted = drill({"--abort"});

    EXPECT_EQ(aborted.code, 0) << aborted.output;
    EXPECT_NE(
        aborted.output.find("forward step 2 of 2 (\"fill\") was under way"), std::string::npos
    ) << aborted.output;
    EXPECT_NE(aborted.output.find("back in the state before the drill"), std::string::npos)
        << aborted.output;
    EXPECT_EQ(columns(), "2");
    EXPECT_FALSE(std::filesystem::exists(journal()));
    EXPECT_EQ(drill({"--abort"}).code, 2);
}

TEST_F(DrillCommand, ResumeGoesOnWithAStepThatMayBeRepeated)
{
    kill_in_the_middle();

    auto const resumed = drill({"--resume"});

    EXPECT_EQ(resumed.code, 0) << resumed.output;
    EXPECT_NE(resumed.output.find("taken over"), std::string::npos) << resumed.output;
    EXPECT_EQ(columns(), "2");
    EXPECT_FALSE(std::filesystem::exists(journal()));
}

TEST_F(DrillCommand, AnotherPlanThanTheOneBegunIsRefused)
{
    kill_in_the_middle();
    write_plan("drop table items");

    auto const o = drill({"--abort"});

    EXPECT_EQ(o.code, 2) << o.output;
    EXPECT_NE(o.output.find("another plan"), std::string::npos) << o.output;
    EXPECT_EQ(columns(), "3");
}

TEST_F(DrillCommand, AHostThatIsNotOnThisMachineIsConfirmedFirst)
{
    auto text = read_file(scenario()).value();
    text = replace_all(text, "name: remove, sql:", "name: remove, store: far, sql:");
    auto const at = text.find("stores: {");
    text.insert(at + 9, "far: {postgres: \"postgres://u:p@db.example/x\"}, ");
    text = replace_all(text, "target:\n", "target:\n  allow: [127.0.0.1, db.example]\n");
    ASSERT_TRUE(write_file(scenario(), text).has_value());

    auto const refused = drill({});
    EXPECT_EQ(refused.code, 2) << refused.output;
    EXPECT_NE(refused.output.find("--confirm-host db.example"), std::string::npos)
        << refused.output;
    auto const shown = drill({"--rehearse"});
    EXPECT_EQ(shown.code, 0) << shown.output;
    EXPECT_NE(shown.output.find("needs --confirm-host db.example"), std::string::npos)
        << shown.output;
}

TEST_F(DrillCommand, CommandsAreGivenTheWholeEnvFile)
{
    auto text = read_file(scenario()).value();
    text = replace_all(
        text,
        "sql: select pg_sleep(3), idempotent: true",
        "command: [\"sh\", \"-c\", \"test $KIND = rehearsal && test -d $WATERTIGHT_FILES\"]"
    );
    ASSERT_TRUE(write_file(scenario(), text).has_value());
    auto const env = (folder_ / "env").string();
    ASSERT_TRUE(write_file(env, "KIND=rehearsal\n").has_value());

    auto const o = drill({"--env-file", env});

    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_FALSE(std::filesystem::exists(out() + "/drill-files"));
}

TEST_F(DrillCommand, AProgramBesideTheScenarioIsFoundFromItsOwnFolder)
{
    auto text = read_file(scenario()).value();
    text = replace_all(
        text, "sql: select pg_sleep(3), idempotent: true", "command: [./beside.sh, given]"
    );
    ASSERT_TRUE(write_file(scenario(), text).has_value());
    auto const program = (folder_ / "beside.sh").string();
    ASSERT_TRUE(write_file(program, "#!/bin/sh\ntest $1 = given\n").has_value());
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    auto const here = std::filesystem::current_path();
    std::filesystem::current_path(folder_.path());

    auto const o = run({"watertight", "drill", "scenario.yaml", "--out", out()});

    std::filesystem::current_path(here);
    EXPECT_EQ(o.code, 0) << o.output;
}

// A command may reach further than the target and the stores do.
TEST_F(DrillCommand, AHostThatACommandNamesIsConfirmedFirst)
{
    auto const plain = read_file(scenario()).value();
    auto const with = [&](std::string const& command) {
        auto const text =
            replace_all(plain, "sql: select pg_sleep(3), idempotent: true", "command: " + command);
        ASSERT_TRUE(write_file(scenario(), text).has_value());
    };
    for (auto const* const command :
         {R"(["true", "https://far.example/switch"])",
          R"(["sh", "-c", "true ssh deploy@far.example 'systemctl restart app'"])",
          R"(["true", "${FAR_URL}"])"})
    {
        with(command);
        auto const env = (folder_ / "env").string();
        auto const written = write_file(env, "FAR_URL=redis://far.example:6379/0\n");
        ASSERT_TRUE(written.has_value());

        auto const refused = drill({"--env-file", env});
        EXPECT_EQ(refused.code, 2) << command << refused.output;
        EXPECT_NE(refused.output.find("--confirm-host far.example"), std::string::npos)
            << refused.output;
        EXPECT_EQ(columns(), "2") << command;
        auto const shown = drill({"--rehearse", "--env-file", env});
        EXPECT_EQ(shown.code, 0) << shown.output;
        EXPECT_NE(shown.output.find("needs --confirm-host far.example"), std::string::npos)
            << shown.output;

        auto const done = drill({"--env-file", env, "--confirm-host", "far.example"});
        EXPECT_EQ(done.code, 0) << command << done.output;
    }
}

} // namespace watertight::test
