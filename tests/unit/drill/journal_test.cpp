#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/drill/contents_json.hpp"
#include "harness/drill/journal.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace watertight::drill {

static step named(std::string name, bool idempotent = false)
{
    step out;
    out.name = std::move(name);
    out.action = command_step{{"true"}};
    out.idempotent = idempotent;
    return out;
}

static plan small_plan()
{
    plan p;
    p.forward = {named("migrate"), named("switch", true)};
    p.rollback = {named("switch back"), named("restore")};
    return p;
}

static journal_head head()
{
    return {"rabcdef", 7, "s.yaml", "http://127.0.0.1:1", "digest", false};
}

class DrillJournal : public testing::Test {
protected:
    unfinished read_back() const
    {
        auto const read = journal::read(path_);
        EXPECT_TRUE(read.has_value()) << read.error().message;
        return read.has_value() ? *read : unfinished{};
    }

    std::string refusal() const
    {
        try {
            auto const again = journal::create(path_, head());
        } catch (usage_error const& e) {
            return e.what();
        }
        return {};
    }

    test::temp_dir folder_;
    std::string path_ = (folder_ / "drill-journal.jsonl").string();
};

TEST_F(DrillJournal, TellsHowFarADrillGot)
{
    {
        auto log = journal::create(path_, head());
        log.keep("baseline", "5000000");
        log.begin("forward", 0, "migrate");
        log.end("forward", 0, true);
        log.begin("forward", 1, "switch");
    }

    auto const past = read_back();

    EXPECT_EQ(past.head.run_id, "rabcdef");
    EXPECT_EQ(past.head.seed, 7U);
    EXPECT_EQ(past.head.plan_digest, "digest");
    EXPECT_EQ(past.kept_as("baseline"), "5000000");
    EXPECT_EQ(past.state_of("forward", 0), step_state::done);
    EXPECT_EQ(past.state_of("forward", 1), step_state::begun);
    EXPECT_EQ(past.state_of("execution", 0), step_state::untouched);
    EXPECT_TRUE(past.has_begun("forward"));
    EXPECT_FALSE(past.has_begun("execution"));
}

TEST_F(DrillJournal, IsNotReplacedWhileADrillIsUnfinished)
{
    {
        auto const log = journal::create(path_, head());
        EXPECT_NE(refusal().find("another drill is going on"), std::string::npos) << refusal();
    }
    EXPECT_NE(refusal().find("--abort"), std::string::npos) << refusal();
}

TEST_F(DrillJournal, IsHeldByOneDrillAtATime)
{
    auto const log = journal::create(path_, head());
    EXPECT_THROW(journal::reopen(path_), usage_error);
}

TEST_F(DrillJournal, OfALabThatIsGoneIsReplaced)
{
    auto of_lab = head();
    of_lab.lab = true;
    {
        auto const log = journal::create(path_, of_lab);
    }

    auto const log = journal::create(path_, head());

    EXPECT_FALSE(read_back().head.lab);
}

TEST_F(DrillJournal, GoesWhenTheDrillIsOver)
{
    auto log = journal::create(path_, head());
    log.finish();
    EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(DrillJournal, ATornLastLineNeverTookEffect)
{
    {
        auto log = journal::create(path_, head());
        log.begin("forward", 0, "migrate");
    }
    std::ofstream{path_, std::ios::app} << R"({"do":"end","phase":"for)";

    EXPECT_EQ(read_back().state_of("forward", 0), step_state::begun);
    {
        auto log = journal::reopen(path_);
        log.end("forward", 0, true);
    }
    EXPECT_EQ(read_back().state_of("forward", 0), step_state::done);
}

TEST_F(DrillJournal, KnowsTheProcessOfTheStepUnderWayAlone)
{
    {
        auto log = journal::create(path_, head());
        log.begin("forward", 0, "migrate");
        log.started(::getpid());
    }
    auto const past = read_back();
    ASSERT_TRUE(past.process);
    EXPECT_EQ(past.process->first, ::getpid());
    EXPECT_EQ(start_of(::getpid()), past.process->second);
    {
        auto log = journal::reopen(path_);
        log.end("forward", 0, true);
    }
    EXPECT_FALSE(read_back().process);
}

TEST_F(DrillJournal, KeepsWhatWasWrittenAndWhatItCameTo)
{
    {
        auto log = journal::create(path_, head());
        kept_write w{"items.create", "acme", 2, 500, 500, evidence::outcome::ok, 17, {{"id", "9"}}};
        log.wrote(w);
        kept_write change{"items.change", "acme", 2, 501, 500};
        log.wrote(change);
        change.result = evidence::outcome::failed;
        log.wrote(change);
    }

    auto const past = read_back();

    ASSERT_EQ(past.writes.size(), 2U);
    EXPECT_EQ(past.writes[0].operation, "items.create");
    EXPECT_EQ(past.writes[0].tenant, "acme");
    EXPECT_EQ(past.writes[0].user, 2U);
    EXPECT_EQ(past.writes[0].at_ms, 17);
    EXPECT_EQ(past.writes[0].captured.at(0).second, "9");
    EXPECT_EQ(past.writes[1].object, 500U);
    EXPECT_EQ(past.writes[1].result, evidence::outcome::failed);
}

TEST_F(DrillJournal, WhatIsNoJournalIsNotTakenForOne)
{
    std::ofstream{path_} << "{\"run\": 1}\n";
    EXPECT_TRUE(journal::read(path_).has_error());
    std::ofstream{path_} << "no JSON\n";
    EXPECT_NE(journal::read(path_).error().message.find(":1:"), std::string::npos);
}

static unfinished after(std::vector<std::tuple<std::string, std::size_t, step_state>> const& steps)
{
    unfinished out;
    for (auto const& [phase, number, state] : steps) out.steps[{phase, number}] = state;
    return out;
}

TEST(DrillContinuation, BetweenForwardStepsItGoesForward)
{
    auto const next = continue_from(after({{"forward", 0, step_state::done}}), small_plan());

    EXPECT_EQ(next.way, way_on::forward);
    EXPECT_EQ(next.state, "forward step 1 of 2 (\"migrate\") was done, the next one had not begun");
}

TEST(DrillContinuation, AStepUnderWayIsRepeatedOnlyIfItSaysSo)
{
    auto const unsure = continue_from(after({{"forward", 0, step_state::begun}}), small_plan());
    EXPECT_EQ(unsure.way, way_on::back);
    EXPECT_EQ(
        unsure.why_back,
        "forward step 1 of 2 (\"migrate\") was under way and is not said to be idempotent"
    );

    auto const sure = continue_from(
        after({{"forward", 0, step_state::done}, {"forward", 1, step_state::begun}}), small_plan()
    );
    EXPECT_EQ(sure.way, way_on::forward);
}

TEST(DrillContinuation, AfterAFailedStepItGoesBack)
{
    auto const next = continue_from(after({{"forward", 0, step_state::failed}}), small_plan());
    EXPECT_EQ(next.way, way_on::back);
}

TEST(DrillContinuation, TheWayBackIsNotLeftAgain)
{
    auto const next = continue_from(
        after({{"forward", 0, step_state::done}, {"execution", 0, step_state::done}}), small_plan()
    );
    EXPECT_EQ(next.way, way_on::back);
    EXPECT_NE(next.state.find("rollback step 1 of 2"), std::string::npos) << next.state;
}

TEST(DrillContinuation, WhereNothingHadBegunItBegins)
{
    auto const next = continue_from(unfinished{}, small_plan());
    EXPECT_EQ(next.way, way_on::forward);
    EXPECT_EQ(next.state, "no step had begun");
}

TEST(DrillContents, AreTheSameAfterTheJournal)
{
    state_before before;
    auto& users = before.data.emplace_back()["public.users"];
    users.whole.all = {2, 17, 18'000'000'000'000'000'000U};
    users.whole.columns = {"id", "name"};
    users.whole.tenant_by = "tenant_id";
    users.whole.tenants[std::nullopt] = {1, 1, 1};
    users.whole.tenants["7"] = {1, 2, 3};
    users.rows["(1)"] = {"a", std::nullopt};
    users.rows["(2)"] = {"b", "7", "body"};
    users.has_rows = true;
    before.data[0]["public.large"].whole.all.rows = 1'000'000;
    before.shapes["main"].facts["index public.i"] = "on t";

    auto const back = state_from_json(to_json(before));

    ASSERT_TRUE(back.has_value());
    auto const& again = back->data.at(0).at("public.users");
    EXPECT_EQ(again.whole.all, users.whole.all);
    EXPECT_EQ(again.whole.columns, users.whole.columns);
    EXPECT_EQ(again.whole.tenants, users.whole.tenants);
    ASSERT_EQ(again.rows.size(), 2U);
    EXPECT_EQ(again.rows.at("(2)").hash, "b");
    EXPECT_EQ(again.rows.at("(2)").tenant, "7");
    EXPECT_EQ(again.rows.at("(2)").body, "body");
    EXPECT_TRUE(again.has_rows);
    EXPECT_FALSE(back->data[0].at("public.large").has_rows);
    EXPECT_EQ(back->shapes.at("main").facts, before.shapes["main"].facts);
    EXPECT_TRUE(state_from_json("").has_error());
}

} // namespace watertight::drill
