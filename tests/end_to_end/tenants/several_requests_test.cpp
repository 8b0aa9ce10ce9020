// Tenants that take several requests each.
// How: a small service in memory, made by the test, plays the target over loopback.

#include "tests/end_to_end/tenants/site.hpp"
#include "tests/end_to_end/tenants/small_service.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

namespace watertight {
namespace {

using test::site;
using test::small_service;

asio::awaitable<void> make_by_several_requests(small_service& service, std::string journal)
{
    auto how = test::small_plan(2);
    // What the first answer says is used by the second, and so is what that one says by the third.
    auto second = test::as_admin(
        test::operation("tenants.create.2", "POST", "/tenants", R"({"slug":"part-{tenant.id}"})")
    );
    second.captures = {{target::capture::from::json_pointer, "part", "/id"}};
    how.create_then = {second};
    how.remove_then = {
        test::as_admin(test::operation("tenants.remove.2", "DELETE", "/tenants/part-{tenant.id}"))};
    auto& user = how.users.at(0);
    auto member = test::as_admin(test::operation(
        "users.create.2",
        "POST",
        "/users",
        R"({"email":"{user.email}","password":"{user.password}","of":"{tenant.part}"})"
    ));
    member.captures = {{target::capture::from::json_pointer, "member", "/id"}};
    user.create_then = {member};
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty());
    EXPECT_EQ(service.tenants(), 4U);
    auto const& t = s.made.tenants.at(1);
    EXPECT_TRUE(t.attributes.find("part"));
    EXPECT_NE(t.attributes.find("part"), t.attributes.find("id"));
    EXPECT_TRUE(t.actors.at(0).attributes.find("member"));

    EXPECT_TRUE((co_await tenants::remove_all(s.workshop)).empty());
    EXPECT_EQ(service.tenants(), 0U);
    EXPECT_TRUE(tenants::journal::read(journal).value().entries.empty());
}

TEST(Provisioning, TakesSeveralRequestsForATenant)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(make_by_several_requests(service, folder / "j"));
}

asio::awaitable<void> fail_at_the_second(small_service& service, std::string journal)
{
    auto how = test::small_plan(1);
    how.create_then = {test::as_admin(test::operation("tenants.create.2", "PUT", "/nowhere"))};
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    auto const failures = co_await tenants::provision(s.workshop);

    WT_CO_ASSERT(failures.size() == 1);
    EXPECT_NE(failures[0].what.find("tenants.create.2 (PUT /nowhere) failed"), std::string::npos);
    // The first one made something, which is known and removed.
    EXPECT_EQ(service.tenants(), 1U);
    EXPECT_TRUE((co_await tenants::remove_all(s.workshop)).empty());
    EXPECT_EQ(service.tenants(), 0U);
}

TEST(Provisioning, RemovesWhatTheFirstOfSeveralRequestsMade)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(fail_at_the_second(service, folder / "j"));
}

} // namespace
} // namespace watertight
