#include "tests/end_to_end/drill/drill_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace watertight::drill {

TEST_F(Drill, ARollbackThatBringsEverythingBackSucceeds)
{
    rehearse_it();

    EXPECT_TRUE(out_.ran);
    EXPECT_TRUE(out_.succeeded) << all_findings();
    std::vector<std::string> names;
    for (auto const& phase : out_.phases) names.push_back(phase.name);
    std::vector<std::string> const expected{
        "forward", "injection", "detection", "decision", "execution", "recovery", "verification"};
    EXPECT_EQ(names, expected);
    ASSERT_EQ(out_.fingerprints.size(), 1U);
    EXPECT_TRUE(out_.fingerprints[0].equal);
    EXPECT_GT(out_.fingerprints[0].rows_after, 500U);
    EXPECT_GT(out_.requests_during, 20U);
    EXPECT_GT(out_.failed_during, 0U);
    EXPECT_GT(out_.writes_acknowledged, 5U);
    EXPECT_EQ(out_.writes_lost, 0U);
}

TEST_F(Drill, DataThatTheRollbackChangesIsFound)
{
    plan_.rollback.push_back(sql("tidy up", "update items set name = 'x' where id = 7"));

    rehearse_it();

    EXPECT_FALSE(out_.succeeded);
    EXPECT_TRUE(found("drill.fingerprint")) << all_findings();
    EXPECT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_NE(found_[0].detail.find("1 row changed: (7)"), std::string::npos) << found_[0].detail;
}

// What is compared with nothing is compared in vain.
TEST_F(Drill, NothingIsDoneWhereATableThatIsToBeComparedIsNotThere)
{
    plan_.fingerprints = {{"main", {"public.items", "public.itmes"}, {}}};

    rehearse_it();

    EXPECT_FALSE(out_.ran);
    EXPECT_NE(out_.note.find("main has no table public.itmes"), std::string::npos) << out_.note;
}

// As counters, times of a last visit and logs do it.
TEST_F(Drill, RowsThatTheTrafficChangesAndAddsByItselfAreNoDifference)
{
    query(
        "create table counts (id int primary key, n int); insert into counts values (1, 0), (2, 0);"
        "create function count_items() returns trigger language plpgsql as "
        "'begin update counts set n = n + 1 where id = 1; return new; end';"
        "create trigger counting after insert on items for each row execute function count_items()"
    );
    plan_.fingerprints = {{"main", {"public.items", "public.counts"}, {}}};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    query("drop table items; drop table counts; drop function count_items()");
}

TEST_F(Drill, ARowThatTheForwardStepsMakeAndNobodyTakesAwayIsFound)
{
    query("create table owners (id int primary key, name text); insert into owners values (1, 'a')"
    );
    plan_.fingerprints = {{"main", {"public.items", "public.owners"}, {}}};
    plan_.forward.push_back(sql("default owner", "insert into owners values (0, 'default')"));
    plan_.inject.clear();
    plan_.when = {};
    plan_.when.after = 2s;

    rehearse_it();

    EXPECT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_NE(all_findings().find("left over that the forward steps made: (0)"), std::string::npos)
        << all_findings();
    query("drop table owners");
}

TEST_F(Drill, ASlowStepExceedsItsBudget)
{
    plan_.rollback.push_back(sql("analyse again", "select pg_sleep(0.6)"));
    plan_.limits.execution = 500ms;

    rehearse_it();

    EXPECT_FALSE(out_.succeeded);
    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.budget");
    EXPECT_EQ(found_[0].channel, "drill execution");
}

TEST_F(Drill, AFailingStepIsFoundAndTheOthersStillRun)
{
    plan_.rollback.insert(plan_.rollback.begin(), sql("restore", "select * from no_such_backup"));

    rehearse_it();

    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.step");
    EXPECT_NE(found_[0].detail.find("no_such_backup"), std::string::npos);
    ASSERT_EQ(out_.steps.size(), 5U);
    EXPECT_FALSE(out_.steps[2].ok);
    EXPECT_TRUE(out_.steps[3].ok && out_.steps[4].ok);
    EXPECT_TRUE(out_.fingerprints.at(0).equal);
}

TEST_F(Drill, AcknowledgedWritesThatTheRollbackLosesAreFound)
{
    plan_.rollback.insert(
        plan_.rollback.begin(), sql("restore the backup", "delete from items where id > 500")
    );

    rehearse_it();

    EXPECT_FALSE(out_.succeeded);
    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.lost_write");
    EXPECT_EQ(found_[0].channel, "POST /items");
    EXPECT_GT(out_.writes_lost, 5U);
    EXPECT_EQ(found_[0].count, out_.writes_lost);
    EXPECT_NE(found_[0].reproduction.find("/items/"), std::string::npos);
}

TEST_F(Drill, AcknowledgedWritesThatTheRollbackAltersAreFound)
{
    plan_.rollback.push_back(
        sql("garble", "update items set name = 'nobody wrote this' where id > 500")
    );

    rehearse_it();

    EXPECT_TRUE(found("drill.lost_write")) << all_findings();
}

// Items can be changed, too, and `value` stands for the canary.
static void change_items(plan& p, std::string const& value)
{
    auto const body = fmt::format(R"({{"name": "{}"}})", value);
    auto update = operation("items.update", "PATCH", "/items/{id}", body);
    update.content_type = "application/json";
    p.traffic[1].body_text = target::template_text::compile_json(body);
    p.traffic.push_back(update);
    p.forward.push_back(post("cut over", "/control/new"));
    p.inject.clear();
    p.when = {};
    p.when.after = 1s;
    p.rollback.push_back(post("old", "/control/old"));
}

TEST_F(Drill, WhatTheOldVersionStillKeepsOfBeforeIsFound)
{
    service_.control("keep-apart");
    change_items(plan_, "{canary}");

    rehearse_it();

    EXPECT_TRUE(found("drill.lost_write")) << all_findings();
}

TEST_F(Drill, WhatTheOldVersionStillKeepsOfNumbersIsFound)
{
    service_.control("keep-apart");
    change_items(plan_, "{canary.number}");

    rehearse_it();

    EXPECT_TRUE(found("drill.lost_write")) << all_findings();
}

TEST_F(Drill, ACacheThatBothVersionsEmptyLosesNothing)
{
    service_.control("keep");
    change_items(plan_, "{canary.number}");

    rehearse_it();

    EXPECT_FALSE(found("drill.lost_write")) << all_findings();
}

TEST_F(Drill, AFailureThatNobodyNoticesIsFound)
{
    plan_.when.error_rate.reset();
    plan_.when.p95_times_baseline = 1000;
    plan_.limits.detection = 500ms;

    rehearse_it();

    EXPECT_TRUE(found("drill.detection")) << all_findings();
    EXPECT_TRUE(out_.fingerprints.at(0).equal);
}

TEST_F(Drill, AServiceThatStaysDownIsFound)
{
    plan_.rollback.pop_back();
    plan_.limits.recovery = 700ms;
    plan_.finally = {post("mend", "/control/mend")};

    rehearse_it();

    EXPECT_TRUE(found("drill.recovery")) << all_findings();
    EXPECT_EQ(out_.steps.back().phase, "finally");
    EXPECT_TRUE(out_.steps.back().ok);
}

TEST_F(Drill, AFailingMigrationIsRolledBackAtOnce)
{
    plan_.forward.push_back(sql("backfill", "update items set nothing = 1"));

    rehearse_it();

    EXPECT_TRUE(found("drill.step")) << all_findings();
    ASSERT_EQ(out_.steps.size(), 4U);
    EXPECT_EQ(out_.steps[1].phase, "forward");
    EXPECT_EQ(out_.steps[2].phase, "execution");
    EXPECT_TRUE(out_.fingerprints.at(0).equal);
}

TEST_F(Drill, StepsMayRunProgramsAndWait)
{
    step command;
    command.name = "say which store";
    command.action = command_step{{"sh", "-c", "echo restored $WHICH"}};
    environment_["WHICH"] = "main";
    step wait;
    wait.name = "column is gone";
    wait.action = wait_step{
        sql_step{
            "main",
            "",
            "select count(*) from information_schema.columns where column_name = 'tenant_id'"},
        "0"};
    plan_.rollback.push_back(command);
    plan_.rollback.push_back(wait);

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(out_.steps.at(4).output, "restored main");
    EXPECT_EQ(out_.steps.at(5).kind, "wait");
}

TEST_F(Drill, AWaitForNoneIsNotOverWithTen)
{
    step wait;
    wait.name = "none is left";
    wait.action = wait_step{sql_step{"main", "", "select 10"}, "0"};
    wait.deadline = 300ms;
    plan_.rollback.push_back(wait);
    wait.name = "some are left";
    wait.action = wait_step{sql_step{"main", "", "select 10"}, "1*"};
    plan_.rollback.push_back(wait);

    rehearse_it();

    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.step");
    EXPECT_NE(found_[0].channel.find("none is left"), std::string::npos);
}

static asio::awaitable<void> wait_for(std::chrono::milliseconds d)
{
    asio::steady_timer alarm{co_await asio::this_coro::executor, d};
    co_await alarm.async_wait(asio::use_awaitable);
}

// The losing side of `||` is cancelled as Ctrl-C cancels it.
static asio::awaitable<void>
interrupted_after(std::chrono::milliseconds d, asio::awaitable<void> work)
{
    using namespace asio::experimental::awaitable_operators;
    co_await (std::move(work) || wait_for(d));
}

TEST_F(Drill, AnInterruptedDrillRollsBackFirst)
{
    plan_.forward.push_back(sql("backfill", "select pg_sleep(20)"));
    plan_.finally = {post("mend", "/control/mend")};

    test::run_async(interrupted_after(1500ms, run_drill()), 60s);

    EXPECT_TRUE(out_.ran);
    EXPECT_FALSE(out_.succeeded);
    EXPECT_NE(out_.note.find("interrupted"), std::string::npos) << out_.note;
    EXPECT_EQ(
        query("select count(*) from information_schema.columns"
              " where table_name = 'items' and column_name = 'tenant_id'"),
        "0"
    );
    ASSERT_EQ(out_.steps.size(), 5U);
    EXPECT_EQ(out_.steps[1].output, "interrupted");
    EXPECT_TRUE(out_.steps[2].ok && out_.steps[3].ok && out_.steps[4].ok);
}

TEST_F(Drill, InterruptedBeforeTheFirstStepItLeavesEverythingAlone)
{
    plan_.baseline_for = 20s;

    test::run_async(interrupted_after(400ms, run_drill()), 60s);

    EXPECT_FALSE(out_.ran);
    EXPECT_TRUE(out_.steps.empty());
}

TEST_F(Drill, ATargetThatIsDownIsNotMigrated)
{
    model_.base.port = test::free_port();

    rehearse_it();

    EXPECT_FALSE(out_.ran);
    EXPECT_TRUE(out_.steps.empty());
    EXPECT_NE(out_.note.find("does not answer well"), std::string::npos) << out_.note;
}

TEST_F(Drill, WithoutAFingerprintNothingIsDone)
{
    plan_.fingerprints = {{"elsewhere", {}, {}}};

    rehearse_it();

    EXPECT_FALSE(out_.ran);
    EXPECT_NE(out_.note.find("elsewhere"), std::string::npos);
}

} // namespace watertight::drill
