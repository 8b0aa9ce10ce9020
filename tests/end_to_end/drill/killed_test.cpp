// How: a drill in a process of its own kills itself with SIGKILL, before each step and in the
// middle of each, and is then brought back or gone on with from what its journal says.

#include "harness/base/text.hpp"
#include "harness/drill/run.hpp"
#include "harness/stores/redis.hpp"
#include "tests/end_to_end/drill/item_service.hpp"
#include "tests/support/operations.hpp"
#include "tests/support/postgres_suite.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace watertight::drill {

namespace {

step sql(std::string name, std::string text)
{
    step out;
    out.name = std::move(name);
    out.action = sql_step{"main", "", std::move(text)};
    out.deadline = 30s;
    return out;
}

step command(std::string name, std::string script)
{
    step out;
    out.name = std::move(name);
    out.action = command_step{{"sh", "-c", std::move(script)}};
    out.deadline = 30s;
    return out;
}

// What is made can be changed; all of it can be read.
std::vector<target::operation> item_requests()
{
    auto create = test::operation("items.create", "POST", "/items", R"({"name": "{canary}"})");
    create.captures.push_back({target::capture::from::json_pointer, "id", "/id"});
    auto change =
        test::operation("items.change", "PATCH", "/items/{id}", R"({"name": "{canary}"})");
    create.content_type = change.content_type = "application/json";
    return {create, change, test::operation("items.read", "GET", "/items/{id}")};
}

/// Steps that each take a while and then take effect: a killed drill's statement goes on without
/// it. The last digit of `release` tells which version is served.
plan migration(std::string const& folder)
{
    plan p;
    p.forward = {
        sql("add tenants",
            "select pg_sleep(0.2); alter table items add tenant_id int not null default 1"),
        sql("change the data", "select pg_sleep(0.2); update items set name = upper(name)"),
        command("cut over", "sleep 0.2; echo new > " + folder + "/release"),
    };
    p.stages = {
        {"half", {command("serve half", "sleep 0.2; echo half > " + folder + "/release")}, 200ms}};
    p.inject = {command("break", "sleep 0.2; touch " + folder + "/broken")};
    p.rollback = {
        command("switch back", "sleep 0.2; echo old > " + folder + "/release"),
        sql("restore the data", "select pg_sleep(0.2); update items set name = lower(name)"),
        sql("remove tenants",
            "select pg_sleep(0.2); alter table items drop column if exists tenant_id"),
    };
    p.finally = {command("mend", "sleep 0.2; rm -f " + folder + "/broken")};
    for (auto* steps : {&p.forward, &p.inject, &p.stages[0].steps}) {
        // An ALTER TABLE cannot be done twice.
        for (auto& s : *steps) s.idempotent = s.name != "add tenants";
    }
    p.fingerprints = {{"main", {"public.items"}, {}}};
    p.limits.detection = 300ms;
    p.when.after = 100ms;
    return p;
}

struct place_to_die {
    std::string phase;
    std::size_t step = 0;
    bool in_the_middle = false;
};

// Of a phase that has no steps: as it begins.
constexpr std::size_t no_step = 999;

/// Kills the process when the drill gets to a place.
class deadly_progress final : public progress {
public:
    explicit deadly_progress(place_to_die where) : where_{std::move(where)} {}

    void begin(std::string_view phase, std::uint64_t) override
    {
        phase_ = phase;
        if (phase_ == where_.phase && where_.step == no_step) ::kill(::getpid(), SIGKILL);
    }
    void update(std::uint64_t done, std::string_view) override
    {
        if (phase_ != where_.phase || done != where_.step) return;
        if (!where_.in_the_middle) ::kill(::getpid(), SIGKILL);
        std::thread{[] {
            std::this_thread::sleep_for(100ms);
            ::kill(::getpid(), SIGKILL);
        }}.detach();
    }
    void end(std::string_view) override {}
    void note(std::string_view) override {}

private:
    place_to_die where_;
    std::string phase_;
};

/// What a drill needs, in the test's process and in that which dies.
struct scene {
    /// @param port_  of the service that the traffic goes to; 9: there is none.
    scene(std::string database, std::string folder_, std::uint16_t port_ = 9)
        : folder{std::move(folder_)}, port{port_}, stores{{"main", std::move(database)}}
    {
        model.base = {false, "127.0.0.1", port};
        model.timeout = 5s;
        model.allow = net::allow_list{{"127.0.0.1"}};
        tenants.run_id = "rkilled";
    }

    std::string journal_path() const { return folder + "/drill-journal.jsonl"; }
    surroundings around(progress& display) const
    {
        return {model, tenants, stores, environment, secrets, display};
    }

    plan rehearsal_plan() const
    {
        auto p = migration(folder);
        if (stores.contains("cache")) p.fingerprints.push_back({"cache", {}, {}});
        if (port == 9) return p;
        p.traffic = item_requests();
        p.rate_per_s = 60;
        p.baseline_for = 500ms;
        return p;
    }

    std::string folder;
    std::uint16_t port = 9;
    std::map<std::string, std::string> stores;
    target::model model;
    target::population tenants;
    std::map<std::string, std::string> environment;
    evidence::redactor secrets;
};

verdict::drill_outcome drill_in(scene const& here, surroundings s)
{
    evidence::finding_book book;
    auto const p = here.rehearsal_plan();
    return test::run_async(run(p, s, book), 60s);
}

} // namespace

// Run by the tests below in a process of its own.
TEST(DrillVictim, DISABLED_RunsUntilItIsKilled)
{
    auto const* const database = std::getenv("WT_VICTIM_DATABASE");
    if (database == nullptr) GTEST_SKIP();
    auto const port = static_cast<std::uint16_t>(std::stoi(std::getenv("WT_VICTIM_PORT")));
    scene const here{database, std::getenv("WT_VICTIM_FOLDER"), port};
    deadly_progress display{
        {std::getenv("WT_VICTIM_PHASE"),
         std::stoul(std::getenv("WT_VICTIM_STEP")),
         std::getenv("WT_VICTIM_MIDDLE") != nullptr}};
    auto log = journal::create(
        here.journal_path(), {here.tenants.run_id, 0, "", "", migration(here.folder).digest, false}
    );
    auto around = here.around(display);
    around.log = &log;
    drill_in(here, around);
}

/// Stops a store when the drill gets to a place.
class store_stopper final : public progress {
public:
    store_stopper(place_to_die where, test::guarded_server& server)
        : where_{std::move(where)}, server_{server}
    {
    }

    void begin(std::string_view phase, std::uint64_t) override
    {
        phase_ = phase;
        if (where_.step == no_step) stop_at(no_step);
    }
    void update(std::uint64_t done, std::string_view) override { stop_at(done); }
    void end(std::string_view) override {}
    void note(std::string_view) override {}
    bool has_stopped() const noexcept { return stopped_; }

private:
    void stop_at(std::uint64_t step)
    {
        if (stopped_ || phase_ != where_.phase || step != where_.step) return;
        server_.stop();
        stopped_ = true;
    }

    place_to_die where_;
    test::guarded_server& server_;
    std::string phase_;
    bool stopped_ = false;
};

class KilledDrill : public test::postgres_suite<KilledDrill> {
protected:
    // What was acknowledged must outlive the server, though that is tuned to forget it.
    static void SetUpTestSuite()
    {
        postgres_suite::SetUpTestSuite();
        test::sql(server_->url(), "alter database postgres set synchronous_commit = on");
    }

    void SetUp() override { restore_world(); }

    void restore_world()
    {
        test::sql(
            server_->url(),
            "drop table if exists items;"
            "create table items (id serial primary key, name text not null);"
            "insert into items (name) select 'item ' || n from generate_series(1, 50) n"
        );
        write_file(here_.folder + "/release", "old\n");
        std::filesystem::remove(here_.folder + "/broken");
        std::filesystem::remove(here_.journal_path());
    }

    std::string state_of_world() const
    {
        auto const table = test::sql(
            server_->url(), "select md5(string_agg(items::text, ',' order by id)) from items"
        );
        auto const broken = std::filesystem::exists(here_.folder + "/broken");
        return table + " " + read_file(here_.folder + "/release").value() +
               (broken ? "broken" : "sound");
    }

    void kill_at(place_to_die const& where) const
    {
        std::map<std::string, std::string> extra{
            {"WT_VICTIM_DATABASE", server_->url()},
            {"WT_VICTIM_FOLDER", here_.folder},
            {"WT_VICTIM_PORT", std::to_string(here_.port)},
            {"WT_VICTIM_PHASE", where.phase},
            {"WT_VICTIM_STEP", std::to_string(where.step)}};
        if (where.in_the_middle) extra["WT_VICTIM_MIDDLE"] = "1";
        std::vector<std::string> env;
        for (auto const& [name, value] : extra) env.push_back(name + "=" + value);
        for (char** e = environ; *e != nullptr; ++e) env.emplace_back(*e);
        std::vector<char*> envp;
        for (auto& e : env) envp.push_back(e.data());
        envp.push_back(nullptr);
        std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
        std::string filter = "--gtest_filter=DrillVictim.*";
        std::string disabled = "--gtest_also_run_disabled_tests";
        char* argv[] = {program.data(), filter.data(), disabled.data(), nullptr};
        pid_t victim = -1;
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        ASSERT_EQ(posix_spawn(&victim, program.c_str(), &files, nullptr, argv, envp.data()), 0);
        posix_spawn_file_actions_destroy(&files);
        int status = 0;
        ASSERT_EQ(::waitpid(victim, &status, 0), victim);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
    }

    takeover earlier() const
    {
        auto past = journal::read(here_.journal_path());
        EXPECT_TRUE(past.has_value()) << past.error().message;
        auto next = continue_from(*past, migration(here_.folder));
        return {std::move(*past), std::move(next)};
    }

    verdict::drill_outcome go_on(takeover const& from, bool back)
    {
        auto log = journal::reopen(here_.journal_path());
        auto around = here_.around(display_);
        around.log = &log;
        around.earlier = &from;
        if (!back) return drill_in(here_, around);
        evidence::finding_book book;
        return test::run_async(bring_back(here_.rehearsal_plan(), around, book), 60s);
    }

    /// A drill that loses this store at that place.
    void drill_without(place_to_die const& where, test::guarded_server& store)
    {
        store_stopper display{where, store};
        auto log = journal::create(
            here_.journal_path(),
            {here_.tenants.run_id, 0, "", "", migration(here_.folder).digest, false}
        );
        auto around = here_.around(display);
        around.log = &log;
        auto const left = drill_in(here_, around);
        EXPECT_TRUE(display.has_stopped());
        EXPECT_FALSE(left.restored);
    }

    static std::vector<place_to_die> places()
    {
        auto const p = migration("");
        std::vector<place_to_die> out;
        auto const add = [&](char const* phase, std::size_t steps) {
            for (std::size_t i = 0; i < steps; ++i) {
                out.push_back({phase, i, false});
                out.push_back({phase, i, true});
            }
        };
        add("forward", p.forward.size());
        add("stages", p.stages[0].steps.size());
        out.push_back({"watching half", no_step, false});
        add("injection", p.inject.size());
        out.push_back({"detection", no_step, false});
        add("execution", p.rollback.size());
        add("finally", p.finally.size());
        out.push_back({"verification", no_step, false});
        return out;
    }

    static std::string describe(place_to_die const& where)
    {
        if (where.step == no_step) return "as " + where.phase + " begins";
        return fmt::format(
            "{} {} step {}", where.in_the_middle ? "in" : "before", where.phase, where.step
        );
    }

    test::temp_dir folder_{"killed"};
    scene here_{server_->url(), folder_.path().string()};
    silent_progress display_;
};

// With a service on the migrated table, to which live traffic goes.
class KilledUnderTraffic : public KilledDrill {
protected:
    test::item_service service_{server_->url()};
    void SetUp() override
    {
        here_.port = here_.model.base.port = service_.port();
        KilledDrill::SetUp();
    }
};

TEST_F(KilledDrill, IsBroughtBackFromEveryStepBoundaryAndFromTheMiddleOfEveryStep)
{
    auto const before = state_of_world();
    for (auto const& where : places()) {
        SCOPED_TRACE(describe(where));
        restore_world();
        kill_at(where);
        auto const from = earlier();
        if (where.phase == "forward" && where.step == 0 && !where.in_the_middle) {
            EXPECT_TRUE(from.past.steps.empty());
            EXPECT_EQ(state_of_world(), before);
            continue;
        }
        auto const out = go_on(from, true);

        EXPECT_TRUE(out.restored) << out.note;
        ASSERT_EQ(out.fingerprints.size(), 1U);
        EXPECT_TRUE(out.fingerprints[0].equal) << out.fingerprints[0].note;
        EXPECT_EQ(state_of_world(), before);
        EXPECT_FALSE(std::filesystem::exists(here_.journal_path()));
    }
}

TEST_F(KilledDrill, IsGoneOnWithFromEveryStepBoundaryAndFromTheMiddleOfEveryStep)
{
    auto const before = state_of_world();
    for (auto const& where : places()) {
        SCOPED_TRACE(describe(where));
        restore_world();
        kill_at(where);
        auto const from = earlier();
        // Before the first rollback step the drill had only looked for a reason to roll back.
        auto const first_of_back = where.phase == "execution" && where.step == 0;
        auto const goes_back =
            (where.phase == "execution" && (!first_of_back || where.in_the_middle)) ||
            where.phase == "finally" || where.phase == "verification";
        auto const unsure = where.phase == "forward" && where.step == 0 && where.in_the_middle;
        EXPECT_EQ(from.next.way == way_on::back, goes_back || unsure) << from.next.state;

        auto const out = go_on(from, false);

        EXPECT_TRUE(out.restored) << out.note;
        EXPECT_EQ(state_of_world(), before);
        EXPECT_FALSE(std::filesystem::exists(here_.journal_path()));
    }
}

// A statement that the server carries on with must not take effect after the way back.
TEST_F(KilledDrill, WhatItLeftRunningIsEndedFirst)
{
    auto const before = state_of_world();
    kill_at({"forward", 1, true});
    auto const out = go_on(earlier(), true);
    std::this_thread::sleep_for(500ms);

    EXPECT_TRUE(out.restored);
    EXPECT_EQ(state_of_world(), before);
}

TEST_F(KilledDrill, StaysInTheJournalWhileItsStoreIsGone)
{
    auto const before = state_of_world();
    std::vector<place_to_die> const all{
        {"forward", 2, false}, {"stages", 0, true}, {"execution", 1, true}, {"finally", 0, false}};
    for (auto const& where : all) {
        SCOPED_TRACE(describe(where));
        restore_world();
        kill_at(where);
        server_->stop();
        auto const in_vain = go_on(earlier(), true);
        EXPECT_FALSE(in_vain.restored);
        EXPECT_TRUE(std::filesystem::exists(here_.journal_path()));

        server_->start();
        auto const out = go_on(earlier(), true);

        EXPECT_TRUE(out.restored) << out.note;
        EXPECT_EQ(state_of_world(), before);
        EXPECT_FALSE(std::filesystem::exists(here_.journal_path()));
    }
}

// Not killed, but left without its store: at the beginning of each step.
TEST_F(KilledDrill, WhoseStoreGoesAtAnyStepIsBroughtBackOnceItIsThereAgain)
{
    auto const before = state_of_world();
    bool goes_back = false;
    for (auto const& where : places()) {
        if (where.in_the_middle) continue;
        goes_back = !goes_back;
        SCOPED_TRACE(describe(where) + (goes_back ? ", then --abort" : ", then --resume"));
        restore_world();
        drill_without(where, *server_);
        EXPECT_TRUE(std::filesystem::exists(here_.journal_path()));
        server_->start();

        auto const out = go_on(earlier(), goes_back);

        EXPECT_TRUE(out.restored) << out.note;
        EXPECT_EQ(state_of_world(), before);
        EXPECT_FALSE(std::filesystem::exists(here_.journal_path()));
    }
}

TEST_F(KilledDrill, WhoseCacheGoesAtAnyStepIsBroughtBackOnceItIsThereAgain)
{
    test::redis_server cache;
    here_.stores["cache"] = cache.url();
    auto const before = state_of_world();
    auto const fill = [&]() -> asio::awaitable<void> {
        auto const core = co_await asio::this_coro::executor;
        auto db = co_await stores::redis::connect(core, cache.url(), 10s);
        WT_CO_ASSERT(db.has_value());
        std::vector<std::string> set{"SET", "tenant:1:name", "one"};
        auto const done = co_await db->command(std::move(set));
        WT_CO_ASSERT(done.has_value());
        // On disk, for the server is killed.
        std::vector<std::string> save{"SAVE"};
        auto const saved = co_await db->command(std::move(save));
        WT_CO_ASSERT(saved.has_value());
    };
    test::run_async(fill());
    for (auto const& where : std::vector<place_to_die>{
             {"forward", 1, false}, {"execution", 1, false}, {"finally", 0, false}})
    {
        SCOPED_TRACE(describe(where));
        restore_world();
        drill_without(where, cache);
        EXPECT_TRUE(std::filesystem::exists(here_.journal_path()));
        cache.start();

        auto const out = go_on(earlier(), true);

        EXPECT_TRUE(out.restored) << out.note;
        EXPECT_EQ(state_of_world(), before);
        EXPECT_FALSE(std::filesystem::exists(here_.journal_path()));
    }
}

// Nobody may take the word of the steps for it: the data decides.
TEST_F(KilledDrill, IsNotCalledBackWhileItsDataDiffers)
{
    kill_at({"forward", 2, false});
    test::sql(server_->url(), "delete from items where id = 7");

    auto const out = go_on(earlier(), true);

    EXPECT_FALSE(out.restored);
    EXPECT_FALSE(out.fingerprints.at(0).equal);
    EXPECT_TRUE(std::filesystem::exists(here_.journal_path()));
}

TEST_F(KilledUnderTraffic, WhatItsTrafficWroteIsReadBackOnceItIsBroughtBack)
{
    kill_at({"forward", 2, true});
    auto const from = earlier();
    EXPECT_GT(from.past.writes.size(), 5U);

    auto const out = go_on(from, true);

    EXPECT_TRUE(out.restored) << out.note;
    EXPECT_GT(out.writes_acknowledged, 5U);
    EXPECT_EQ(out.writes_lost, 0U) << out.note;
}

TEST_F(KilledUnderTraffic, WhatItsTrafficWroteAndIsGoneIsToldByTenant)
{
    kill_at({"forward", 2, true});
    test::sql(server_->url(), "delete from items where id > 52");

    auto const out = go_on(earlier(), true);

    EXPECT_TRUE(out.restored) << out.note;
    EXPECT_GT(out.writes_lost, 2U);
    auto const told = fmt::format("lost, by tenant: the system {}", out.writes_lost);
    EXPECT_NE(out.note.find(told), std::string::npos) << out.note;
}

TEST_F(KilledUnderTraffic, WhatItsTrafficWroteIsReadBackAtTheEndOfWhatGoesOn)
{
    kill_at({"forward", 2, true});
    auto const written = earlier().past.writes.size();
    test::sql(server_->url(), "delete from items where id = 51");

    auto const out = go_on(earlier(), false);

    EXPECT_TRUE(out.restored) << out.note;
    EXPECT_GT(out.writes_acknowledged, written);
    EXPECT_EQ(out.writes_lost, 1U) << out.note;
}

// Who only goes back must not call lost what nobody could ask for.
TEST_F(KilledUnderTraffic, WhatCannotBeAskedForIsNotCalledLost)
{
    kill_at({"forward", 2, true});
    here_.model.base.port = 9;

    auto const out = go_on(earlier(), true);

    EXPECT_TRUE(out.restored) << out.note;
    EXPECT_EQ(out.writes_lost, 0U);
    EXPECT_NE(out.note.find("could not be read back"), std::string::npos) << out.note;
}

} // namespace watertight::drill
