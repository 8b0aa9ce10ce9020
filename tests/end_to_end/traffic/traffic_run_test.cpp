#include "harness/traffic/recorder.hpp"
#include "tests/end_to_end/traffic/world.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <thread>

namespace watertight::traffic {

static std::uint64_t sum_of_operations(report const& r)
{
    std::uint64_t n = 0;
    for (auto const& op : r.operations) n += op.tally.total();
    return n;
}

static std::uint64_t sum_of_tenants(report const& r)
{
    std::uint64_t n = 0;
    for (auto const& t : r.tenants) n += t.tally.total();
    return n;
}

static std::uint64_t sum_of_seconds(report const& r)
{
    std::uint64_t n = 0;
    for (auto const& s : r.series) n += s.ok + s.failed;
    return n;
}

static void expect_books_balance(report const& r)
{
    EXPECT_EQ(sum_of_operations(r), r.tally.total());
    EXPECT_EQ(sum_of_tenants(r), r.tally.total());
    EXPECT_EQ(sum_of_seconds(r), r.tally.total());
}

static auto plain(world& w)
{
    return [&w](std::string_view head, std::string_view body) { return w.serve(head, body); };
}

TEST(TrafficRun, CountsWhatTheServerServed)
{
    world w{5};
    server const s{plain(w)};

    auto const r = w.drive(s, {steady_phase(400, 2s)});

    EXPECT_EQ(r.tally.total(), s.served());
    EXPECT_EQ(r.tally.ok, s.served());
    EXPECT_EQ(r.responses_scanned, s.served());
    EXPECT_EQ(r.connects, s.connections());
    EXPECT_GT(r.interleavings, s.served() / 2);
    EXPECT_GT(r.reads_judged, s.served() / 4);
    EXPECT_EQ(r.findings.size(), 0);
    EXPECT_FALSE(r.interrupted);
    for (auto const& t : r.tenants) EXPECT_GT(t.own_seen, 0) << t.slug;
    EXPECT_EQ(wanted(r), 800);
    EXPECT_LE(r.phases.at(0).achieved_per_s, 401);
    expect_books_balance(r);
}

TEST(TrafficRun, WritesAreInTheLedger)
{
    world w{3};
    server const s{plain(w)};
    auto p = steady_phase(400, 2s);
    p.operations = {
        {"notes.create", 2}, {"notes.update", 2}, {"notes.remove", 1}, {"notes.read", 5}};

    auto const r = w.drive(s, {p});

    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(r.tally.ok, s.served());
    EXPECT_EQ(r.findings.size(), 0);
    EXPECT_EQ(r.reads_stale, 0);
    std::multiset<std::string> expected;
    for (auto const& o : r.history.objects()) {
        EXPECT_TRUE(o.serial.value < 2 || o.serial.value >= w.how.serial_start);
        if (auto canary = r.history.expected(o)) expected.emplace(*canary);
    }
    std::multiset<std::string> kept;
    for (auto const& [tenant, notes] : w.notes) {
        for (auto const& [id, text] : notes) kept.insert(text);
    }
    for (auto const& canary : expected) EXPECT_EQ(kept.count(canary), 1) << canary;
    EXPECT_GE(expected.size() + 6, kept.size());
    EXPECT_GT(r.serial_end, w.how.serial_start);
}

TEST(TrafficRun, AnUnavailableServerIsNoLoss)
{
    world w{2};
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        ++n;
        if (n % 3 == 0) return reply{.status = 503, .body = "{}"};
        if (n % 3 == 1) return reply{.status = 429, .body = "{}"};
        return w.serve(head, body);
    }};

    auto const r = w.drive(s, {reading(300, 1s)});

    EXPECT_EQ(errors(r, error_kind::status_5xx), n / 3);
    EXPECT_EQ(errors(r, error_kind::throttled), (n + 2) / 3);
    EXPECT_EQ(r.findings.size(), 0);
    expect_books_balance(r);
}

TEST(TrafficRun, BrokenConnectionsAreCounted)
{
    world w{2};
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        // A read on a connection in use may be repeated once; only the second break is an error.
        r.resets = ++n % 50 < 2;
        return r;
    }};
    auto p = reading(300, 1s);
    p.connections_max = 1;

    auto const r = w.drive(s, {p});

    EXPECT_GT(errors(r, error_kind::reset), 0);
    EXPECT_EQ(wanted(r), 300);
    EXPECT_EQ(r.tally.ok, s.served());
    EXPECT_EQ(r.findings.size(), 0);
}

TEST(TrafficRun, AClosedPortIsAConnectError)
{
    world w{2};
    // The server listens on 127.0.0.1 only.
    server const s{plain(w)};
    w.model.base.host = "127.0.0.2";

    auto const r = w.drive(s, {reading(100, 500ms)});

    EXPECT_GT(errors(r, error_kind::connect), 0);
    EXPECT_EQ(errors(r, error_kind::connect), r.tally.total());
    EXPECT_EQ(wanted(r), 50);
    EXPECT_EQ(r.latency.count(), 0);
}

TEST(TrafficRun, ASlowAnswerTimesOut)
{
    world w{2};
    w.model.timeout = 100ms;
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        r.delay = 1s;
        return r;
    }};

    auto const r = w.drive(s, {reading(50, 500ms)});

    EXPECT_GT(errors(r, error_kind::timeout), 0);
    EXPECT_EQ(errors(r, error_kind::timeout), r.tally.total());
    EXPECT_GE(r.latency.min(), 95ms);
}

// The latency of a share of all requests when one comes each millisecond for 3 s, they are answered
// one after another at `capacity_per_s`, and from 1.0 s to 1.5 s nothing is answered. With infinite
// capacity a sixth of them would wait, evenly from 0 to 0.5 s.
static double true_latency_us(double percentile, double capacity_per_s)
{
    std::vector<double> latencies;
    double free_at_s = 0;
    for (int n = 0; n < 3000; ++n) {
        auto const due_s = n / 1000.0;
        free_at_s = std::max(due_s, free_at_s) + 1 / capacity_per_s;
        if (due_s >= 1.0) free_at_s = std::max(free_at_s, 1.5);
        latencies.push_back((free_at_s - due_s) * 1e6);
    }
    std::ranges::sort(latencies);
    return latencies[static_cast<std::size_t>(percentile / 100 * 3000) - 1];
}

static double capacity_of(world& w, server const& s)
{
    phase p;
    p.name = "capacity";
    p.duration = 1s;
    p.loop = closed_loop{.users = 64};
    p.operations = {{"notes.read", 1}};
    return w.drive(s, {p}).phases.at(0).achieved_per_s;
}

TEST(TrafficRun, AStallIsChargedToEveryRequestThatItDelayed)
{
    world w{20};
    server s{plain(w)};
    auto const capacity_per_s = capacity_of(w, s);
    if (capacity_per_s < 2000) {
        GTEST_SKIP() << "this machine is too busy for 1,000 requests a second beside a stall: it "
                     << "carries " << capacity_per_s;
    }
    s.stall(1s, 500ms);

    auto const r = w.drive(s, {reading(1000, 3s)});

    for (double const p : {90.0, 95.0, 99.0}) {
        auto const shown = static_cast<double>(r.latency.at(p).count());
        auto const truth = true_latency_us(p, capacity_per_s);
        EXPECT_NEAR(shown, truth, truth * 0.1) << "p" << p << " at " << capacity_per_s << "/s";
    }
    EXPECT_NEAR(static_cast<double>(r.latency.max().count()), 500'000, 50'000);
    EXPECT_EQ(r.tally.total() + r.phases.at(0).unsent, 3000);
    EXPECT_GT(r.phases.at(0).lag_us_max, 300'000);
    // Measured from the sending, as most tools do it, all but the few in flight look fast.
    EXPECT_LT(r.operations.at(0).service_time.at(95).count(), 100'000);
}

TEST(TrafficRun, WhatCannotBeSentIsCounted)
{
    world w{2};
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        r.delay = 100ms;
        return r;
    }};
    auto p = reading(200, 1s);
    p.connections_max = 2;

    auto const r = w.drive(s, {p});

    EXPECT_EQ(wanted(r), 200);
    EXPECT_LE(r.tally.total(), 22);
    EXPECT_GE(r.phases.at(0).unsent, 178);
}

TEST(TrafficRun, AbandonedRequestsAreNeitherOkNorFailed)
{
    world w{4};
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        r.delay = 10ms;
        return r;
    }};
    auto p = steady_phase(300, 2s);
    p.abandon_share = 0.3;

    auto const r = w.drive(s, {p});

    auto const abandoned = r.phases.at(0).abandoned;
    EXPECT_GT(abandoned, r.tally.ok / 10);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(wanted(r), 600);
    EXPECT_GE(r.connects, abandoned);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST(TrafficRun, ClosedLoopUsersThinkBetweenRequests)
{
    world w{4};
    server const s{plain(w)};
    phase p;
    p.name = "users";
    p.duration = 2s;
    p.loop = closed_loop{.users = 10, .think = 100ms};
    p.operations = {{"notes.read", 1}};

    auto const r = w.drive(s, {p});

    EXPECT_GT(r.tally.ok, 10);
    EXPECT_LE(r.tally.ok, 210);
    EXPECT_EQ(r.tally.total(), s.served());
    expect_books_balance(r);
}

// Gives every user a token that the service no longer takes, and a way to get another one.
static void expire_tokens(world& w)
{
    target::operation login;
    login.name = "login";
    login.method = "POST";
    login.path = target::template_text::compile("/login", target::escape::url);
    login.path_pattern = "/login";
    login.captures.push_back({target::capture::from::json_pointer, "token", "/token"});
    w.model.login.login = std::move(login);
    auto bearer = target::template_text::compile("Bearer {user.token}", target::escape::none);
    w.model.login.headers.emplace_back("Authorization", std::move(bearer));
    for (auto& t : w.tenants.tenants) t.actors[0].attributes.set("token", "expired");
}

TEST(TrafficRun, ARefusedTokenIsRenewedAndTheLogInIsNotTraffic)
{
    world w{3};
    expire_tokens(w);
    std::uint64_t logins = 0;
    std::uint64_t refused = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        if (head.starts_with("POST /login")) {
            ++logins;
            return reply{.body = R"({"token":"renewed"})"};
        }
        if (header_of(head, "Authorization") != "Bearer renewed") {
            ++refused;
            return reply{.status = 401, .body = "{}"};
        }
        return w.serve(head, body);
    }};

    auto const r = w.drive(s, {reading(200, 1s)});

    EXPECT_EQ(logins, 3);
    EXPECT_GE(refused, 3);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(r.tally.ok, s.served() - logins - refused);
}

TEST(TrafficRun, ALogInThatFailsIsNotRepeatedWithEveryRequest)
{
    world w{2};
    expire_tokens(w);
    std::uint64_t logins = 0;
    server const s{[&](std::string_view head, std::string_view) {
        if (head.starts_with("POST /login")) ++logins;
        return reply{.status = 401, .body = "{}"};
    }};

    auto const r = w.drive(s, {reading(200, 1s)});

    EXPECT_EQ(logins, 2);
    EXPECT_EQ(r.tally.ok, 0);
    EXPECT_EQ(errors(r, error_kind::status_4xx), r.tally.total());
}

TEST(TrafficRun, ARedirectIsToldAndNotFollowed)
{
    world w{2};
    std::uint64_t asked = 0;
    server const s{[&](std::string_view, std::string_view) {
        ++asked;
        return reply{.status = 302, .headers = "Location: /login\r\n"};
    }};

    auto const r = w.drive(s, {reading(100, 1s)});

    EXPECT_EQ(errors(r, error_kind::redirect), asked);
    EXPECT_EQ(r.tally.ok, 0);
}

TEST(TrafficRun, EachUserKeepsTheirOwnCookies)
{
    world w{3};
    w.model.login.cookies = true;
    std::map<std::string, std::string> given;
    std::uint64_t wrong = 0;
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        auto const who = header_of(head, "X-Tenant");
        if (header_of(head, "Cookie") != given[who]) ++wrong;
        auto r = w.serve(head, body);
        auto const turn = std::to_string(++n);
        given[who] = "sid=" + who + "-" + turn;
        r.headers = "Set-Cookie: sid=" + who + "-" + turn + "; HttpOnly\r\n";
        return r;
    }};
    auto p = reading(200, 1s);
    p.connections_max = 1;

    auto const r = w.drive(s, {p});

    EXPECT_GT(r.tally.ok, 100);
    EXPECT_EQ(wrong, 0);
}

namespace {

struct noted final : progress {
    void begin(std::string_view phase, std::uint64_t total) override
    {
        lines.push_back(std::string{phase} + " of " + std::to_string(total));
    }
    void update(std::uint64_t, std::string_view detail) override { details.emplace_back(detail); }
    void end(std::string_view summary) override { lines.emplace_back(summary); }
    void note(std::string_view line) override { notes.emplace_back(line); }

    std::vector<std::string> lines;
    std::vector<std::string> details;
    std::vector<std::string> notes;
};

struct counted final : watcher {
    void took(second_tally const& one) override { ok += one.ok; }
    void found(evidence::finding const&) override { ++findings; }

    std::uint64_t ok = 0;
    std::uint64_t findings = 0;
};

} // namespace

TEST(TrafficRun, TellsWhatGoesOnAndEachFindingOnce)
{
    world w{2};
    server const s{[&](std::string_view head, std::string_view) {
        auto const victim = header_of(head, "X-Tenant") == "tenant-0" ? 1U : 0U;
        return reply{.body = w.canary_of(victim, 0)};
    }};
    noted display;
    counted live;
    w.how.display = &display;
    w.how.watch = &live;
    w.how.cores = 2;

    auto const r = w.drive(s, {reading(100, 2500ms)});

    ASSERT_EQ(display.lines.size(), 2);
    EXPECT_EQ(display.lines[0], "traffic steady of 3");
    ASSERT_GE(display.details.size(), 2);
    EXPECT_NE(display.details.back().find("0 errors, 1 finding"), std::string::npos);
    EXPECT_NE(display.details.back().find("/s, p95 "), std::string::npos);
    ASSERT_EQ(display.notes.size(), 1);
    EXPECT_NE(display.notes[0].find("GET /notes/{id}"), std::string::npos);
    EXPECT_EQ(live.findings, 1);
    EXPECT_EQ(r.findings.sorted().at(0).count, r.tally.ok);
}

TEST(TrafficRun, PerTenantConnectionsCarryOneTenantEach)
{
    world w{4};
    server const s{plain(w)};
    auto p = steady_phase(300, 1s);
    p.connections = connection_mode::per_tenant;

    auto const r = w.drive(s, {p});

    EXPECT_EQ(r.interleavings, 0);
    EXPECT_EQ(wanted(r), 300);
    EXPECT_EQ(r.tally.ok, s.served());
}

TEST(TrafficRun, EachUserHasAConnection)
{
    world w{3};
    server const s{plain(w)};
    phase p;
    p.name = "users";
    p.duration = 1s;
    p.loop = closed_loop{.users = 6, .think = 10ms};
    p.connections = connection_mode::per_user;
    p.connections_max = 1;

    auto const r = w.drive(s, {p});

    EXPECT_EQ(r.interleavings, 0);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_LE(r.connects, 6);
    EXPECT_GT(r.tally.ok, 6);
}

TEST(TrafficRun, TwoCoresTogetherDoWhatOneWould)
{
    world w{5};
    std::mutex one_at_a_time;
    std::set<std::thread::id> threads;
    server const s{plain(w)};
    w.how.cores = 2;
    w.how.on_completion = [&](completion const&) {
        std::scoped_lock const lock{one_at_a_time};
        threads.insert(std::this_thread::get_id());
    };
    counted live;
    w.how.watch = &live;

    auto const r = w.drive(s, {steady_phase(400, 2s)});

    EXPECT_EQ(threads.size(), 2);
    EXPECT_EQ(wanted(r), 800);
    EXPECT_EQ(live.ok, r.tally.ok);
    EXPECT_EQ(s.served(), r.tally.ok);
    EXPECT_EQ(r.findings.size(), 0);
    EXPECT_EQ(r.latency.count(), r.tally.ok);
    expect_books_balance(r);
}

TEST(TrafficRun, AWarmUpIsNotCounted)
{
    world w{3};
    server const s{plain(w)};
    auto warm = steady_phase(200, 500ms);
    warm.warm_up = true;

    auto const r = w.drive(s, {warm, steady_phase(100, 1s)});

    ASSERT_EQ(r.phases.size(), 2);
    EXPECT_EQ(r.tally.total() + r.phases[1].unsent, 100);
    EXPECT_GT(s.served(), r.tally.total());
    EXPECT_EQ(r.responses_scanned, s.served());
    EXPECT_TRUE(r.phases[0].warm_up);
    EXPECT_GE(r.phases[1].started_s, 0.5);
    expect_books_balance(r);
}

TEST(TrafficRun, AStopKeepsWhatWasMeasured)
{
    world w{3};
    w.model.timeout = 30s;
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        static int n = 0;
        if (++n % 10 == 0) r.delay = 20s;
        return r;
    }};
    std::stop_source stop;
    w.how.stop = stop.get_token();
    auto const begun = steady::now();
    std::jthread const later{[&] {
        std::this_thread::sleep_for(700ms);
        stop.request_stop();
    }};

    auto const r = w.drive(s, {steady_phase(200, 60s), steady_phase(200, 60s)});

    EXPECT_LT(steady::now() - begun, 5s);
    EXPECT_TRUE(r.interrupted);
    EXPECT_GT(r.tally.ok, 0);
    ASSERT_EQ(r.phases.size(), 1);
    EXPECT_LT(r.phases[0].duration_s, 5);
    expect_books_balance(r);
}

TEST(TrafficRun, NothingToSendIsAnError)
{
    world w{2, 0};
    server const s{plain(w)};

    EXPECT_THROW(w.drive(s, {reading(100, 1s)}), std::runtime_error);
}

static phase named(char const* name, double rate_per_s)
{
    auto p = reading(rate_per_s, 500ms);
    p.name = name;
    return p;
}

TEST(TrafficRun, EachPhaseIsCountedByItself)
{
    world w{10};
    server const s{plain(w)};
    auto first = named("first", 100);
    first.warm_up = true;
    first.tenants.share = 0.1;

    auto const r = w.drive(s, {first, named("second", 200)});

    ASSERT_EQ(r.phases.size(), 2U);
    EXPECT_EQ(r.phases[0].tenants, 1U);
    EXPECT_EQ(r.phases[1].tenants, 10U);
    EXPECT_GT(r.phases[0].tally.ok, 0U);
    EXPECT_EQ(r.phases[0].tally.total() + r.phases[1].tally.total(), s.served());
    EXPECT_EQ(r.phases[1].tally.total(), r.tally.total());
    EXPECT_EQ(r.phases[1].latency.count(), r.latency.count());
    EXPECT_TRUE(r.stopped_after.empty());
}

TEST(TrafficRun, APhaseThatDecidesCanEndTheTraffic)
{
    world w{4};
    w.how.cores = 2;
    server const s{plain(w)};
    auto step = named("step", 200);
    step.decides = true;
    std::vector<std::string> asked;
    w.how.goes_on = [&](interim const& seen) {
        asked.push_back(seen.phases.back().name);
        EXPECT_GT(seen.phases.back().tally.ok, 50U);
        EXPECT_GT(seen.phases.back().latency.count(), 50U);
        EXPECT_GT(seen.own_seen, 0U);
        return asked.size() < 2;
    };
    auto other = step;
    other.name = "other";

    auto const r = w.drive(s, {step, other, named("never", 200)});

    EXPECT_EQ(asked, (std::vector<std::string>{"step", "other"}));
    EXPECT_EQ(r.stopped_after, "other");
    ASSERT_EQ(r.phases.size(), 2U);
    EXPECT_EQ(r.tally.total(), s.served());
}

} // namespace watertight::traffic
