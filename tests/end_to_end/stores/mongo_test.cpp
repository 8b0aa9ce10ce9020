// How: a private MongoDB-wire server for the whole suite; the test that ends it starts it again.
#include "harness/base/clock.hpp"
#include "harness/net/task_group.hpp"
#include "harness/stores/mongo.hpp"
#include "harness/stores/mongo_address.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace watertight::stores {

using test::run_async;
using documents = std::vector<mongo_document>;

class Mongo : public testing::Test {
protected:
    static void SetUpTestSuite() { server = std::make_unique<test::mongo_server>(); }
    static void TearDownTestSuite() { server.reset(); }

    static std::string url() { return server->url(); }

    static std::unique_ptr<test::mongo_server> server;
};

std::unique_ptr<test::mongo_server> Mongo::server;

static asio::awaitable<result<mongo>> open(std::string url, std::chrono::nanoseconds budget = 20s)
{
    auto const core = co_await asio::this_coro::executor;
    auto opened = co_await mongo::connect(core, std::move(url), budget);
    co_return opened;
}

static failure refusal(std::string url, std::chrono::nanoseconds budget = 20s)
{
    auto const opened = run_async(open(std::move(url), budget));
    return opened.has_error() ? opened.error() : failure{};
}

static documents numbered(int count)
{
    documents out;
    for (int i = 0; i < count; ++i) {
        mongo_document one;
        one["_id"] = fmt::format("id-{}", i);
        one["n"] = i;
        one["even"] = i % 2 == 0;
        one["text"] = "ä\"\n";
        out.push_back(std::move(one));
    }
    return out;
}

static asio::awaitable<void> write_and_read(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_place const at{"crud", "things"};
    auto all = numbered(1200);
    auto const inserted = co_await store->insert(at, std::move(all));
    WT_CO_ASSERT(inserted.has_value());
    EXPECT_EQ(*inserted, 1200U);

    mongo_query one;
    one.filter["_id"] = "id-7";
    auto const seven = co_await store->find_one(at, one);
    WT_CO_ASSERT(seven.has_value() && seven->has_value());
    EXPECT_EQ((**seven)["n"], 7);
    EXPECT_EQ((**seven)["text"], "ä\"\n");

    mongo_change change;
    change.filter["even"] = true;
    change.change["$set"]["seen"] = "yes";
    change.many = true;
    auto const changed = co_await store->update(at, std::move(change));
    WT_CO_ASSERT(changed.has_value());
    EXPECT_EQ(changed->matched, 600U);
    EXPECT_EQ(changed->modified, 600U);

    mongo_document unseen;
    unseen["seen"]["$exists"] = false;
    auto const odd = co_await store->count(at, unseen);
    EXPECT_EQ(odd.has_value() ? *odd : 0U, 600U);
    mongo_document const every = mongo_document::object();
    auto const values = co_await store->distinct(at, "even", every);
    EXPECT_EQ(values.has_value() ? values->size() : 0U, 2U);
    auto const removed = co_await store->remove(at, unseen);
    EXPECT_EQ(removed.has_value() ? *removed : 0U, 600U);
    auto const left = co_await store->count(at, every);
    EXPECT_EQ(left.has_value() ? *left : 0U, 600U);
}

TEST_F(Mongo, WritesAndReadsWhatItWrote)
{
    run_async(write_and_read(url()));
}

static asio::awaitable<void> upsert_once(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_place const at{"crud", "upserts"};
    mongo_change change;
    change.filter["_id"] = "default";
    change.change["$setOnInsert"]["name"] = "Default";
    change.upsert = true;
    auto const first = co_await store->update(at, change);
    WT_CO_ASSERT(first.has_value());
    EXPECT_EQ(first->upserted, 1U);
    EXPECT_EQ(first->matched, 0U);
    auto const second = co_await store->update(at, change);
    WT_CO_ASSERT(second.has_value());
    EXPECT_EQ(second->upserted, 0U);
    EXPECT_EQ(second->matched, 1U);
}

TEST_F(Mongo, AnUpsertMakesOneDocument)
{
    run_async(upsert_once(url()));
}

static asio::awaitable<void> stream(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_place const at{"streamed", "rows"};
    auto all = numbered(1000);
    auto const inserted = co_await store->insert(at, std::move(all));
    WT_CO_ASSERT(inserted.has_value());
    mongo_query q;
    q.batch = 64;
    q.projection["n"] = 1;
    q.sort["n"] = 1;
    auto cursor = co_await store->find(at, q);
    WT_CO_ASSERT(cursor.has_value());
    int expected = 0;
    for (;;) {
        auto const batch = co_await cursor->next();
        if (batch.has_error()) ADD_FAILURE() << batch.error().message;
        WT_CO_ASSERT(batch.has_value());
        if (batch->empty()) break;
        EXPECT_LE(batch->size(), 64U);
        for (auto const& text : *batch) {
            auto const document = mongo_document::parse(text);
            EXPECT_EQ(document["n"], expected++);
            EXPECT_FALSE(document.contains("text"));
        }
    }
    EXPECT_EQ(expected, 1000);
}

TEST_F(Mongo, StreamsAnAnswerInBatches)
{
    run_async(stream(url()));
}

static asio::awaitable<void> copy_exactly(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    auto original = mongo_document::parse(
        R"({"_id": {"$oid": "0123456789abcdef01234567"}, "z": {"$numberLong": "5"},
            "a": {"$date": "2024-01-02T03:04:05Z"}, "b": {"$numberInt": "5"}, "c": 5.0,
            "m": [null, {"y": 1, "x": 2}]})"
    );
    mongo_place const at{"copies", "original"};
    mongo_place const again{"copies", "again"};
    documents one{original};
    auto const inserted = co_await store->insert(at, std::move(one));
    WT_CO_ASSERT(inserted.has_value());
    mongo_query q;
    q.exact = true;
    auto const read = co_await store->find_one(at, q);
    WT_CO_ASSERT(read.has_value() && read->has_value());
    documents copy{**read};
    auto const restored = co_await store->insert(again, std::move(copy));
    WT_CO_ASSERT(restored.has_value());
    auto const second = co_await store->find_one(again, q);
    WT_CO_ASSERT(second.has_value() && second->has_value());
    EXPECT_EQ((**second).dump(), (**read).dump());
    EXPECT_EQ((**read)["z"].dump(), R"({"$numberLong":"5"})");
    EXPECT_EQ((**read)["b"].dump(), R"({"$numberInt":"5"})");
}

TEST_F(Mongo, ExactDocumentsSurviveACopy)
{
    run_async(copy_exactly(url()));
}

static asio::awaitable<void> list_and_drop(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    auto few = numbered(1);
    auto again = few;
    mongo_place const first{"listed_db", "beta"};
    mongo_place const second{"listed_db", "alpha"};
    auto const one = co_await store->insert(first, std::move(few));
    auto const other = co_await store->insert(second, std::move(again));
    WT_CO_ASSERT(one.has_value() && other.has_value());
    auto const names = co_await store->collections("listed_db");
    WT_CO_ASSERT(names.has_value());
    EXPECT_EQ(*names, (std::vector<std::string>{"alpha", "beta"}));
    auto const views = co_await store->views("listed_db");
    WT_CO_ASSERT(views.has_value());
    EXPECT_TRUE(views->empty());
    auto const all = co_await store->databases();
    WT_CO_ASSERT(all.has_value());
    EXPECT_TRUE(std::ranges::count(*all, "listed_db") == 1);
    auto const dropped = co_await store->drop(first);
    EXPECT_TRUE(dropped.has_value());
    auto const nothing = co_await store->drop(first);
    EXPECT_TRUE(nothing.has_value()) << "dropping nothing is no failure";
    auto const fewer = co_await store->collections("listed_db");
    EXPECT_EQ(fewer.has_value() ? fewer->size() : 0U, 1U);
    auto const gone = co_await store->drop_database("listed_db");
    EXPECT_TRUE(gone.has_value());
    auto const rest = co_await store->databases();
    WT_CO_ASSERT(rest.has_value());
    EXPECT_EQ(std::ranges::count(*rest, "listed_db"), 0);
}

TEST_F(Mongo, ListsAndDrops)
{
    run_async(list_and_drop(url()));
}

static asio::awaitable<void> fail_and_go_on(std::string url)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_place const at{"crud", "unique"};
    auto const first = co_await store->insert(at, numbered(2));
    WT_CO_ASSERT(first.has_value());
    auto const twice = co_await store->insert(at, numbered(1));
    WT_CO_ASSERT(twice.has_error());
    EXPECT_EQ(twice.error().code, errc::rejected);
    EXPECT_EQ(twice.error().detail, "11000");
    EXPECT_NE(twice.error().message.find(store->where()), std::string::npos);
    mongo_document unknown;
    unknown["noSuchCommand"] = 1;
    auto const refused = co_await store->command("crud", unknown);
    WT_CO_ASSERT(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::rejected);
    EXPECT_EQ(refused.error().detail, "59");
    mongo_document wrong;
    wrong["_id"]["$oid"] = "not one";
    auto const malformed = co_await store->count(at, wrong);
    WT_CO_ASSERT(malformed.has_error());
    EXPECT_EQ(malformed.error().code, errc::malformed);
    EXPECT_TRUE(store->is_open());
    auto const n = co_await store->count(at, mongo_document::object());
    EXPECT_EQ(n.has_value() ? *n : 0U, 2U);
}

TEST_F(Mongo, ARefusalHasItsCodeAndLeavesTheConnectionUsable)
{
    run_async(fail_and_go_on(url()));
}

TEST_F(Mongo, AWrongPasswordIsUnauthorised)
{
    if (!server->asks_for_password()) GTEST_SKIP() << "this mongod runs without passwords";
    auto const f = refusal(server->url("postgres", "not-the-word"));

    EXPECT_EQ(f.code, errc::unauthorised) << f.message << f.detail;
    EXPECT_EQ(f.message.find("not-the-word"), std::string::npos);
    EXPECT_NE(f.message.find(fmt::format("127.0.0.1:{}", server->port())), std::string::npos);
}

TEST_F(Mongo, ARefusedConnectionIsUnreachable)
{
    auto const port = test::free_port();
    auto const f = refusal(fmt::format("mongodb://user:secret@127.0.0.1:{}/", port));

    EXPECT_EQ(f.code, errc::unreachable);
    EXPECT_NE(f.message.find(fmt::format("127.0.0.1:{}", port)), std::string::npos);
    EXPECT_EQ(f.message.find("secret"), std::string::npos);
}

TEST_F(Mongo, AServerThatNeverAnswersIsGivenUpInTime)
{
    test::scripted_server silent{[](test::peer& client, std::size_t) { client.wait_for_close(); }};
    auto const begin = steady::now();
    auto const f = refusal(fmt::format("mongodb://127.0.0.1:{}/", silent.port()), 300ms);

    EXPECT_TRUE(f.code == errc::deadline_exceeded || f.code == errc::unreachable) << f.message;
    EXPECT_LT(steady::now() - begin, 5s);
}

TEST_F(Mongo, AnAddressThatCannotBeReadOrLeadsElsewhereIsMalformed)
{
    for (auto const* const text :
         {"",
          "localhost:27017",
          "http://h",
          "mongodb://",
          "mongodb+srv://h/",
          "mongodb://a,b/",
          "mongodb://h/?replicaSet=r"})
    {
        EXPECT_EQ(refusal(text).code, errc::malformed) << text;
    }
    auto const f = refusal("mongodb://user:se%zzcret@h/");
    EXPECT_EQ(f.message.find("cret"), std::string::npos);
}

static asio::awaitable<void> survive_a_restart(std::string url, test::mongo_server& server)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_document ping;
    ping["ping"] = 1;
    server.stop();
    auto const lost = co_await store->command("admin", ping);
    WT_CO_ASSERT(lost.has_error());
    EXPECT_FALSE(store->is_open());
    auto const closed = co_await store->command("admin", ping);
    WT_CO_ASSERT(closed.has_error());
    EXPECT_EQ(closed.error().code, errc::connection_lost);
    server.start();
    auto const again = co_await store->reconnect(20s);
    WT_CO_ASSERT(again.has_value());
    auto const pong = co_await store->command("admin", ping);
    EXPECT_TRUE(pong.has_value());
}

TEST_F(Mongo, ReconnectsAfterTheServerWent)
{
    run_async(survive_a_restart(url(), *server));
}

// The command is answered long after its coroutine has gone.
static asio::awaitable<void> be_cancelled(std::string url, bool& cancelled)
{
    auto store = co_await open(std::move(url));
    WT_CO_ASSERT(store.has_value());
    mongo_document ping;
    ping["ping"] = 1;
    try {
        for (int i = 0; i < 100'000; ++i) static_cast<void>(co_await store->command("admin", ping));
    } catch (boost::system::system_error const& e) {
        cancelled = e.code() == asio::error::operation_aborted;
    }
    // An answer may have come just before: then the connection is as good as before.
}

static asio::awaitable<void> cancel_soon(std::string url, bool& cancelled)
{
    auto const core = co_await asio::this_coro::executor;
    net::task_group group{core, 1};
    group.try_spawn(be_cancelled(std::move(url), cancelled));
    asio::steady_timer pause{core, 300ms};
    co_await pause.async_wait(asio::use_awaitable);
    group.cancel();
    co_await group.join();
}

TEST_F(Mongo, ACancelledOperationEndsAtOnceAndHarmsNobody)
{
    bool cancelled = false;
    run_async(cancel_soon(url(), cancelled));
    EXPECT_TRUE(cancelled);
}

TEST_F(Mongo, DescribesItselfWithoutThePassword)
{
    auto const address = parse_mongo_address("mongodb://ann:secret@[::1]:27018/db");
    ASSERT_TRUE(address.has_value());
    EXPECT_EQ(address->describe(), "mongodb [::1]:27018 as ann");
}

} // namespace watertight::stores
