// How: the private servers in this process, as the lab starts them.
#include "scenarios/lab/core/documents.hpp"
#include "scenarios/lab/core/mongo_instance.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight::lab {

static asio::awaitable<void> bring_up(private_servers& servers)
{
    co_await servers.ready();
}

class PrivateMongo : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        folder = std::make_unique<temporary_folder>("watertight-lab-mongo");
        std::vector<server_maker> const needs{
            make_server<private_postgres>, make_server<private_mongo>};
        servers = std::make_unique<private_servers>(needs, folder->path());
        servers->start();
        test::run_async(bring_up(*servers));
    }
    static void TearDownTestSuite()
    {
        servers.reset();
        folder.reset();
    }

    static private_mongo& mongo() { return servers->get<private_mongo>(); }

    static std::unique_ptr<temporary_folder> folder;
    static std::unique_ptr<private_servers> servers;
};

std::unique_ptr<temporary_folder> PrivateMongo::folder;
std::unique_ptr<private_servers> PrivateMongo::servers;

static asio::awaitable<void> work_as_application(private_mongo& server, bool& denied)
{
    auto const core = co_await asio::this_coro::executor;
    co_await server.add_account("app_one", "word_1");
    co_await server.add_account("app_two", "word_2");
    documents one{core, server.url("app_one", "word_1"), 2};
    documents two{core, server.url("app_two", "word_2"), 2};
    documents all{core, server.superuser_url(), 2};
    mongo_place const at{"owned_by_one", "things"};
    document thing;
    thing["_id"] = "1";
    thing["name"] = "a thing";
    co_await one.insert(at, thing);

    mongo_query const every;
    auto const own = co_await one.find(at, every);
    EXPECT_EQ(own.size(), 1U);
    auto const seen = co_await all.find(at, every);
    EXPECT_EQ(seen.size(), 1U);
    try {
        static_cast<void>(co_await two.find(at, every));
    } catch (store_error const& e) {
        denied = std::string_view{e.what()}.find("permission denied") != std::string_view::npos;
    }
}

TEST_F(PrivateMongo, AnApplicationSeesItsOwnAndTheSuperuserAll)
{
    bool denied = false;
    test::run_async(work_as_application(mongo(), denied));
    EXPECT_EQ(denied, mongo().separates_accounts());
}

static asio::awaitable<void> use_a_wrong_password(private_mongo& server, std::string& error)
{
    auto const core = co_await asio::this_coro::executor;
    documents wrong{core, server.url("lab_superuser", "guess"), 1};
    mongo_query const every;
    mongo_place const at{"owned_by_one", "things"};
    try {
        static_cast<void>(co_await wrong.find(at, every));
    } catch (store_error const& e) {
        error = e.what();
    }
}

TEST_F(PrivateMongo, AWrongPasswordIsRefused)
{
    std::string error;
    test::run_async(use_a_wrong_password(mongo(), error));
    EXPECT_NE(error.find("cannot connect"), std::string::npos) << error;
}

static asio::awaitable<void> ask_status(private_mongo& server, document& out)
{
    auto const core = co_await asio::this_coro::executor;
    documents all{core, server.superuser_url(), 1};
    document words;
    words["serverStatus"] = 1;
    out = co_await all.command("admin", std::move(words));
}

TEST_F(PrivateMongo, TellsItsStatus)
{
    document status;
    test::run_async(ask_status(mongo(), status));
    EXPECT_TRUE(status.contains("version")) << status.dump(1);
}

} // namespace watertight::lab
