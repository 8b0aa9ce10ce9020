// How: a private Redis that holds each tenant's notes under keys of its own.
#include "harness/base/fatal.hpp"
#include "harness/stores/redis.hpp"
#include "tests/end_to_end/traffic/world.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

namespace watertight::traffic {

using commands = std::vector<std::vector<std::string>>;

static asio::awaitable<result<std::vector<stores::redis_reply>>>
send_all(std::string url, commands all)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::redis::connect(core, url, 20s);
    if (db.has_error()) co_return db.error();
    auto replies = co_await db->pipeline(std::move(all), 20s);
    co_return replies;
}

static std::unique_ptr<test::redis_server> redis_of_suite;

class RedisLoad : public testing::Test {
protected:
    static void SetUpTestSuite() { redis_of_suite = std::make_unique<test::redis_server>(); }
    static void TearDownTestSuite() { redis_of_suite.reset(); }

    void SetUp() override
    {
        commands all{{"FLUSHALL"}};
        for (auto const& [tenant, mine] : w.notes) {
            for (auto const& [id, text] : mine) {
                all.push_back({"SET", fmt::format("tenant:{}:note:{}", tenant, id), text});
            }
        }
        all.push_back({"SET", "note:last", w.canary_of(0, 0)});
        ASSERT_TRUE(test::run_async(send_all(redis_of_suite->url() + "/3", all)));
        w.model.timeout = 20s;
        w.model.redis.emplace().url = redis_of_suite->url() + "/3";
        add("note", {"GET", "tenant:{tenant.slug}:note:{id}"}, "notes");
        add("last", {"GET", "note:last"});
        add("both", {"MGET", "tenant:{tenant.slug}:note:{id}", "nothing"}, "notes");
        add("wrong", {"LPUSH", "note:last", "x"});
    }

    void add(std::string name, std::vector<std::string> words, std::string of = {})
    {
        target::store_operation op{
            .on = target::store_operation::kind::redis, .name = std::move(name)};
        for (auto const& word : words) {
            op.words.push_back(target::template_text::compile(word, target::escape::none));
        }
        op.of = std::move(of);
        w.model.redis->operations.push_back(std::move(op));
    }

    static phase sending(std::string const& operation)
    {
        auto p = steady_phase(400, 1s);
        p.operations = {{"redis." + operation, 1}};
        p.connections_max = 8;
        p.streams = 8;
        return p;
    }

    world w{4};
};

TEST_F(RedisLoad, KeysOfATenantsOwnShowNobodyElse)
{
    auto p = sending("note");
    p.operations.emplace_back("redis.both", 1);

    auto const r = w.drive({p});

    EXPECT_EQ(r.findings.size(), 0);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(wanted(r), 400);
    EXPECT_EQ(r.connects, 1);
    for (auto const& t : r.tenants) EXPECT_EQ(t.own_seen, t.tally.ok) << t.slug;
}

TEST_F(RedisLoad, AKeyWithoutATenantIsALeak)
{
    auto const r = w.drive({sending("last")});

    ASSERT_EQ(r.findings.size(), 1);
    auto const f = r.findings.sorted().front();
    EXPECT_EQ(f.channel, "redis last");
    EXPECT_EQ(f.pairs.size(), 3);
    for (auto const& [victim, intruder] : f.pairs) EXPECT_EQ(victim, "tenant-0") << intruder;
    EXPECT_EQ(f.token, w.canary_of(0, 0));
    EXPECT_EQ(f.reproduction, "redis-cli -u \"$REDIS_URL\" GET note:last");
}

TEST_F(RedisLoad, AnErrorReplyIsTheOperationsFault)
{
    auto p = sending("note");
    p.operations.emplace_back("redis.wrong", 1);

    auto const r = w.drive({p});

    EXPECT_GT(r.tally.failed(), 100);
    EXPECT_EQ(errors(r, error_kind::status_4xx), r.tally.failed());
    EXPECT_GT(r.tally.ok, 100);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(RedisLoad, AServerThatDiesIsErrorsUntilItIsBack)
{
    auto p = sending("note");
    p.duration = 3s;
    std::thread fault{[] {
        std::this_thread::sleep_for(700ms);
        redis_of_suite->stop();
        std::this_thread::sleep_for(300ms);
        redis_of_suite->start();
    }};

    auto const begun = steady::now();
    auto const r = w.drive({p});
    auto const took = steady::now() - begun;
    fault.join();

    EXPECT_LT(took, 20s);
    EXPECT_EQ(wanted(r), 1200);
    EXPECT_GT(r.tally.failed(), 0);
    EXPECT_GE(r.connects, 2);
    EXPECT_GT(r.tally.ok, 200);
}

TEST_F(RedisLoad, AServerThatStallsIsATimeout)
{
    w.model.timeout = 200ms;
    add("pause", {"DEBUG", "SLEEP", "0.7"});
    auto p = sending("note");
    p.operations.emplace_back("redis.pause", 0.01);

    auto const begun = steady::now();
    auto const r = w.drive({p});

    EXPECT_LT(steady::now() - begun, 15s);
    EXPECT_EQ(wanted(r), 400);
    EXPECT_EQ(r.findings.size(), 0);
}

TEST_F(RedisLoad, AWrongPasswordIsToldBeforeTheLoad)
{
    w.model.redis->url = fmt::format("redis://:wrong@127.0.0.1:{}", redis_of_suite->port());

    try {
        w.drive({sending("note")});
        FAIL() << "no error";
    } catch (run_error const& e) {
        std::string_view const said{e.what()};
        EXPECT_TRUE(said.starts_with("cannot connect to redis 127.0.0.1:")) << said;
        EXPECT_NE(said.find("WRONGPASS"), std::string_view::npos) << said;
    }
}

TEST_F(RedisLoad, AUnixSocketWillDo)
{
    w.model.redis->url =
        fmt::format("unix://:open-sesame@{}?db=3", redis_of_suite->socket().string());

    auto const r = w.drive({sending("note")});

    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(wanted(r), 400);
}

} // namespace watertight::traffic
