// Many connections interleave tenants; each answer must be of the tenant that asked.

#include "harness/net/endpoint.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/net/task_group.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"
#include "tests/support/run_async.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

struct asker {
    lab_tenant tenant;
    std::string wire;
    std::string foreign_id;
};

struct tally {
    int answers = 0;
    int foreign = 0;
    int wrong = 0;
};

// Alternates between the tenants on one keep-alive connection, as a gateway does.
static asio::awaitable<void>
alternate(net::endpoint where, std::vector<asker> const& askers, std::size_t first, tally& out)
{
    auto const core = co_await asio::this_coro::executor;
    net::connection_options const options;
    net::http_connection connection{core, where, options};
    for (std::size_t i = 0; i < 20; ++i) {
        auto const& who = askers[(first + i) % askers.size()];
        auto const answer = co_await connection.exchange(who.wire, false, std::chrono::seconds{60});
        ++out.answers;
        if (!answer || answer->status != 200) ++out.wrong;
        if (!answer) continue;
        if (answer->body.find(who.foreign_id) != std::string_view::npos) ++out.foreign;
        if (answer->body.find(who.tenant.id) == std::string_view::npos) ++out.wrong;
    }
}

static asio::awaitable<void>
alternate_all(net::endpoint where, std::vector<asker> const& askers, tally& out)
{
    auto const core = co_await asio::this_coro::executor;
    net::task_group tasks{core, 64};
    for (std::size_t i = 0; i < 64; ++i) co_await tasks.spawn(alternate(where, askers, i, out));
    co_await tasks.join();
}

static tally measure(lab_process& lab)
{
    auto const where = net::parse_url(lab.environment("MIS_URL")).value().where;
    std::vector<asker> askers;
    auto const a = make_tenant(lab, "alpha");
    auto const b = make_tenant(lab, "beta");
    for (auto const& [own, other] : {std::pair{a, b}, std::pair{b, a}}) {
        auto const user = make_user(lab, own, "of-" + own.slug);
        for (auto const& target :
             {std::string{"/api/v1/users"}, "/api/v1/users/" + user["id"].get<std::string>()})
        {
            auto const wire = to_wire({.target = target, .token = own.token}, where.authority());
            askers.push_back({own, wire, other.id});
        }
    }
    // Neighbours in the order belong to different tenants.
    std::swap(askers[1], askers[2]);
    tally out;
    run_async(alternate_all(where, askers, out), std::chrono::seconds{120});
    return out;
}

TEST(Concurrency, NoConnectionEverSeesAForeignRow)
{
    lab_process lab;

    auto const seen = measure(lab);

    EXPECT_EQ(seen.answers, 64 * 20);
    EXPECT_EQ(seen.foreign, 0);
    EXPECT_EQ(seen.wrong, 0);
}

TEST(Concurrency, WithOneTenantForTheWholeProcessTheyDo)
{
    lab_process lab{{"--fault", "X04"}};

    EXPECT_GT(measure(lab).foreign, 0);
}

TEST(Concurrency, TheGlobalTenantDoesNotShowWithoutConcurrency)
{
    lab_process lab{{"--fault", "X04"}};
    auto const a = make_tenant(lab, "alpha");
    auto const b = make_tenant(lab, "beta");

    for (auto const& [own, other] : {std::pair{a, b}, std::pair{b, a}}) {
        auto const list = lab.send({.target = "/api/v1/users", .token = own.token});
        EXPECT_EQ(list.text.find(other.id), std::string::npos);
    }
}

} // namespace watertight::test
