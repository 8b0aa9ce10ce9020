// Versions, stages, invariants, a person who decides, and a way back that is gone twice.
#include "tests/end_to_end/drill/drill_world.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace watertight::drill {

// A cutover that the answers tell: version 2 from the last forward step on.
static void tell_versions(plan& p)
{
    p.version = version_echo{"X-Version", "", "1", "2"};
    p.forward.push_back(post("cut over", "/control/new"));
    p.rollback.push_back(post("cut back", "/control/old"));
}

static step wait_for_version(bool is_new)
{
    step out;
    out.name = "version";
    out.action = wait_step{version_question{is_new}, is_new ? "all new" : "all old"};
    out.deadline = 5s;
    return out;
}

TEST_F(Drill, VersionsAreToldByTheAnswersAndWaitedFor)
{
    tell_versions(plan_);
    plan_.forward.push_back(wait_for_version(true));
    plan_.rollback.push_back(wait_for_version(false));

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(out_.new_after_rollback, 0U);
    EXPECT_EQ(out_.old_after_cutover, 0U);
    EXPECT_GE(out_.rto_s.value_or(-1), 0.0);
    EXPECT_EQ(out_.rpo_s, 0.0);
    EXPECT_GT(out_.series.size(), 2U);
}

// When the rollback is carried out once more, no traffic is left that would tell.
TEST_F(Drill, AVersionIsNotWaitedForOnceTheTrafficHasEnded)
{
    tell_versions(plan_);
    plan_.rollback.front() = sql("remove", "alter table items drop column if exists tenant_id");
    plan_.rollback.push_back(wait_for_version(false));
    plan_.rollback_twice = true;

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
}

// R2, R12: a worker that did not hear of the rollback.
TEST_F(Drill, AnswersOfTheNewVersionAfterTheRollbackAreFound)
{
    tell_versions(plan_);
    plan_.rollback.back() = post("cut back in part", "/control/partial");
    plan_.limits.recovery = 1500ms;

    rehearse_it();

    EXPECT_TRUE(found("drill.version")) << all_findings();
    EXPECT_GT(out_.new_after_rollback.value_or(0), 0U);
}

TEST_F(Drill, AWriteThatIsLostSetsTheRecoveryPoint)
{
    plan_.rollback.insert(
        plan_.rollback.begin(), sql("restore the backup", "delete from items where id > 500")
    );

    rehearse_it();

    EXPECT_GT(out_.rpo_s.value_or(0), 0.1);
    EXPECT_LT(out_.rpo_s.value_or(0), 60.0);
}

TEST_F(Drill, AnInvariantThatBreaksIsDetectedAndComparedAfterwards)
{
    plan_.when = {};
    plan_.when.invariants = {
        {"the first items",
         sql_step{"main", "", "select count(*) from items where id <= 500"},
         100ms}};
    plan_.inject = {sql("lose one", "delete from items where id = 7")};

    rehearse_it();

    EXPECT_TRUE(found("drill.invariant")) << all_findings();
    auto const detection = std::ranges::find(out_.phases, "detection", &verdict::drill_phase::name);
    ASSERT_NE(detection, out_.phases.end());
    EXPECT_NE(detection->note.find("the first items was \"500\", is \"499\""), std::string::npos)
        << detection->note;
}

TEST_F(Drill, APersonDecidesAndIsTimed)
{
    plan_.when.manual = true;
    auto const think = []() -> asio::awaitable<void> {
        asio::steady_timer alarm{co_await asio::this_coro::executor, 400ms};
        co_await alarm.async_wait(asio::use_awaitable);
    };
    around_.person = think;

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    auto const decision = std::ranges::find(out_.phases, "decision", &verdict::drill_phase::name);
    ASSERT_NE(decision, out_.phases.end());
    EXPECT_GE(decision->duration_s, 0.39);
    EXPECT_EQ(decision->note, "by a person");
}

TEST_F(Drill, ARolloutStopsAtTheFirstStageThatFails)
{
    plan_.inject.clear();
    plan_.stages = {
        {"10 %", {post("serve 10 %", "/control/new")}, 300ms},
        {"50 %", {post("serve 50 %", "/control/break")}, 5s},
        {"100 %", {post("serve all", "/control/new")}, 300ms},
    };

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(out_.stopped_at, "50 %");
    auto const stages = std::ranges::find(out_.phases, "stages", &verdict::drill_phase::name);
    ASSERT_NE(stages, out_.phases.end());
    EXPECT_EQ(stages->note, "10 %, 50 %: stopped");
    EXPECT_TRUE(std::ranges::none_of(out_.steps, [](auto const& s) {
        return s.name == "serve all";
    }));
}

TEST_F(Drill, ARolloutWithoutTroubleGoesToItsEnd)
{
    plan_.stages = {
        {"10 %", {post("serve 10 %", "/control/new")}, 200ms},
        {"100 %", {post("serve all", "/control/new")}, 200ms},
    };

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(out_.stopped_at, "");
}

// R13
TEST_F(Drill, ARollbackThatCannotBeDoneTwiceIsFound)
{
    plan_.rollback_twice = true;

    rehearse_it();

    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.step");
    EXPECT_EQ(found_[0].channel, "drill again: remove tenants");
}

TEST_F(Drill, ASecondRollbackThatChangesDataIsFound)
{
    plan_.rollback_twice = true;
    plan_.rollback = {
        sql("remove tenants", "alter table items drop if exists tenant_id"),
        sql("rename",
            "insert into items (name) select 'again' where exists (select from done);"
            "create table if not exists done ()"),
        sql("remember", "insert into done default values"),
        post("switch back", "/control/mend"),
    };
    query("drop table if exists done; create table done ()");

    rehearse_it();

    EXPECT_TRUE(found("drill.idempotence")) << all_findings();
    query("drop table done");
}

TEST_F(Drill, AnIdempotentRollbackMayBeDoneTwice)
{
    plan_.rollback_twice = true;
    plan_.rollback[0] = sql("remove tenants", "alter table items drop if exists tenant_id");

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(std::ranges::count(out_.steps, std::string{"again"}, &verdict::drill_step::phase), 2);
}

} // namespace watertight::drill
