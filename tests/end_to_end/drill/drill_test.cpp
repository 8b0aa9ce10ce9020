#include "harness/drill/run.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace watertight::drill {

static target::operation operation(std::string name, std::string method, std::string path)
{
    target::operation op;
    op.name = std::move(name);
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    op.path_pattern = std::move(path);
    return op;
}

static std::vector<target::operation> item_traffic()
{
    auto create = operation("items.create", "POST", "/items");
    create.body = target::body_kind::json;
    create.content_type = "application/json";
    create.body_text = target::template_text::compile_json(R"({"name": "{canary}"})");
    create.captures.push_back({target::capture::from::json_pointer, "id", "/id"});
    return {
        operation("items.list", "GET", "/items"),
        create,
        operation("items.read", "GET", "/items/{id}"),
    };
}

static step sql(std::string name, std::string text)
{
    step out;
    out.name = std::move(name);
    out.action = sql_step{"main", "", std::move(text)};
    out.deadline = 30s;
    return out;
}

static step post(std::string name, std::string path)
{
    step out;
    out.name = std::move(name);
    out.action = http_step{operation("control", "POST", std::move(path))};
    out.deadline = 5s;
    return out;
}

// How: a service of a dozen lines on a private PostgreSQL is migrated to tenants and back, with
// live traffic on it. Each test changes what its rollback does.
class Drill : public testing::Test {
protected:
    static void SetUpTestSuite() { server_ = new test::postgres_server; }
    static void TearDownTestSuite()
    {
        delete server_;
        server_ = nullptr;
    }

    void SetUp() override
    {
        query("drop table if exists items;"
              "create table items (id serial primary key, name text not null);"
              "insert into items (name) select 'item ' || n from generate_series(1, 500) n");
        model_.base = {false, "127.0.0.1", service_.port()};
        model_.allow = net::allow_list{{"127.0.0.1"}};
        model_.timeout = 5s;
        plan_.traffic = item_traffic();
        plan_.baseline_for = 500ms;
        plan_.rate_per_s = 60;
        plan_.when.error_rate = 0.2;
        plan_.limits.detection = 20s;
        plan_.limits.execution = 20s;
        plan_.limits.recovery = 20s;
        plan_.fingerprints = {{"main", {"public.items"}, {}}};
        plan_.forward = {
            sql("add tenants", "alter table items add tenant_id int not null default 1")};
        plan_.inject = {post("break", "/control/break")};
        plan_.rollback = {
            sql("remove tenants", "alter table items drop tenant_id"),
            post("switch back", "/control/mend"),
        };
    }

    static std::string query(std::string const& text) { return test::sql(server_->url(), text); }

    asio::awaitable<void> run_drill() { out_ = co_await run(plan_, around_, book_); }

    void rehearse_it()
    {
        test::run_async(run_drill(), 60s);
        found_ = book_.sorted();
    }

    bool found(std::string_view probe) const
    {
        return std::ranges::find(found_, probe, &evidence::finding::probe) != found_.end();
    }

    std::string all_findings() const
    {
        std::string out = out_.note + "\n";
        for (auto const& f : found_) out += f.probe + ": " + f.title + ": " + f.detail + "\n";
        return out;
    }

    inline static test::postgres_server* server_ = nullptr;
    test::item_service service_{server_->url()};
    target::model model_;
    target::population tenants_;
    std::map<std::string, std::string> stores_{{"main", server_->url()}};
    std::map<std::string, std::string> environment_;
    evidence::redactor secrets_;
    silent_progress display_;
    surroundings around_{model_, tenants_, stores_, environment_, secrets_, display_};
    plan plan_;
    evidence::finding_book book_;
    verdict::drill_outcome out_;
    std::vector<evidence::finding> found_;
};

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

TEST_F(Drill, AnIndexThatTheRollbackLeavesIsFoundThoughTheDataIsTheSame)
{
    plan_.forward.push_back(sql("index", "create index left_over on items (name)"));

    rehearse_it();

    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.catalogue");
    EXPECT_EQ(found_[0].channel, "main catalogue");
    EXPECT_NE(found_[0].detail.find("index public.left_over was not there"), std::string::npos)
        << found_[0].detail;
}

TEST_F(Drill, WhatMayDifferIsLeftOut)
{
    plan_.forward.push_back(sql("index", "create index left_over on items (name)"));
    plan_.verify.exclude = {"index public.left_*"};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
}

TEST_F(Drill, ABackfillThatChangesNothingAndSucceedsIsFound)
{
    plan_.forward = {
        sql("add tenants", "alter table items add tenant_id int"),
        sql("backfill", "update items set tenant_id = 1 where false")};

    rehearse_it();

    ASSERT_TRUE(found("drill.ownership")) << all_findings();
    auto const f = std::ranges::find(found_, "drill.ownership", &evidence::finding::probe);
    EXPECT_EQ(f->channel, "main public.items");
    EXPECT_NE(f->detail.find("names nobody in"), std::string::npos) << f->detail;
}

TEST_F(Drill, OldCodeThatWritesRowsWithoutATenantIsFound)
{
    plan_.forward = {
        sql("add tenants",
            "alter table items add tenant_id int; update items set tenant_id = 1;"
            "alter table items alter tenant_id set default null")};
    plan_.inject.clear();
    plan_.when.error_rate.reset();
    plan_.when.after = 2500ms;

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.stray_write", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_NE(f->title.find("has no tenant in the new version"), std::string::npos) << f->title;
}

TEST_F(Drill, WritesThatTheRollbackDoublesAreFoundInTheStore)
{
    plan_.rollback.push_back(
        sql("replay",
            "insert into items (name) select name from items where id > 500 order by id limit 2")
    );

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.stray_write", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_EQ(f->channel, "main public.items");
    EXPECT_EQ(f->count, 2U);
    EXPECT_NE(f->title.find("is there more than once"), std::string::npos) << f->title;
}

TEST_F(Drill, ASoundMigrationIsValidatedRunTwiceAndKilledInTheMiddle)
{
    test::temp_dir const folder;
    auto const trace = (folder.path() / "trace").string();
    step command;
    command.name = "batches";
    command.action =
        command_step{{"sh", "-c", "echo first >> " + trace + "; sleep 0.6; echo last >> " + trace}};
    plan_.forward = {
        sql("add tenants",
            "alter table items add column if not exists tenant_id int not null default 1"),
        command};
    validation asked;
    asked.owned = {"public.items"};
    asked.default_tenant = "1";
    asked.present = {"column public.items.tenant_id"};
    asked.repeat = true;
    asked.interrupt = interruption{"batches", 200ms};
    plan_.validate = asked;
    plan_.rollback.clear();
    plan_.inject.clear();
    plan_.when = {};
    plan_.finally = {sql("as it was", "alter table items drop tenant_id")};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    std::ifstream in{trace};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(text, "first\nfirst\nlast\nfirst\nlast\n");
    EXPECT_NE(out_.note.find("of 1"), std::string::npos) << out_.note;
}

TEST_F(Drill, AMigrationThatLosesARowOrAPromiseIsFound)
{
    plan_.forward.push_back(sql("tidy up", "delete from items where id = 7"));
    validation asked;
    asked.default_tenant = "2";
    asked.present = {"index public.items_by_tenant"};
    plan_.validate = asked;

    rehearse_it();

    auto const text = all_findings();
    EXPECT_NE(text.find("did not keep what was there: public.items"), std::string::npos) << text;
    EXPECT_NE(text.find("1 row lost: (7)"), std::string::npos) << text;
    EXPECT_NE(text.find("not the default tenant's: public.items"), std::string::npos) << text;
    EXPECT_NE(text.find("what is not there: index public.items_by_tenant"), std::string::npos)
        << text;
}

TEST_F(Drill, ASecondRunThatChangesSomethingIsFound)
{
    plan_.forward = {
        sql("count runs",
            "alter table items add column if not exists runs int not null default 0;"
            "update items set runs = runs + 1")};
    plan_.rollback.front() = sql("remove", "alter table items drop runs");
    validation asked;
    asked.repeat = true;
    plan_.validate = asked;

    rehearse_it();

    auto const text = all_findings();
    EXPECT_NE(text.find("A second run of the migration changes something"), std::string::npos)
        << text;
    EXPECT_NE(text.find("rows changed"), std::string::npos) << text;
}

TEST_F(Drill, SizesAreMeasuredAndContinuedAsAnExtrapolation)
{
    extrapolation larger;
    larger.sizes = {1000, 2000, 4000};
    larger.to = 1'000'000;
    larger.prepare = {
        sql("fill",
            "drop table if exists bulk; create table bulk as select n from"
            " generate_series(1, current_setting('watertight.size')::int) n")};
    plan_.extrapolate = larger;

    rehearse_it();
    query("drop table bulk");

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(
        out_.note.find("an extrapolation, not a measurement: with 1000000 rows execution"),
        std::string::npos
    ) << out_.note;
}

TEST_F(Drill, WhatTheProbesFindOnlyAfterTheRollbackIsTheDrills)
{
    int runs = 0;
    around_.probe = [&runs](std::vector<std::string>) -> asio::awaitable<probe_run> {
        probe_run out;
        auto& before = out.findings.emplace_back();
        before.probe = "api.list";
        before.channel = "GET /items";
        if (++runs == 2) {
            auto& later = out.findings.emplace_back();
            later.probe = "cache.unscoped_key";
            later.channel = "redis item:*";
            later.kind = evidence::guarantee::confidentiality;
        }
        co_return out;
    };
    plan_.verify.probes = {"all"};

    rehearse_it();

    EXPECT_EQ(runs, 2);
    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].channel, "redis item:*");
    EXPECT_EQ(found_[0].kind, evidence::guarantee::rollback);
    EXPECT_NE(found_[0].detail.find("confidentiality is violated"), std::string::npos);
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
