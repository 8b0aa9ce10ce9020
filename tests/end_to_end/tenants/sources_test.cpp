// How: tenants that come from SQL, from a command and from a file. PostgreSQL is a real one.

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/tenants/command.hpp"
#include "tests/end_to_end/tenants/site.hpp"
#include "tests/end_to_end/tenants/small_service.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <algorithm>

namespace watertight {
namespace {

using test::site;
using test::small_service;

target::model quiet_model(std::uint16_t port)
{
    auto m = test::small_model(port);
    m.login = {};
    return m;
}

tenants::plan empty_plan(std::size_t count)
{
    auto p = test::small_plan(count);
    p.create.reset();
    p.remove.reset();
    p.users[0].create.reset();
    return p;
}

asio::awaitable<void> provision_by_sql(std::string url, std::filesystem::path journal)
{
    auto const core = co_await asio::this_coro::executor;
    auto database = co_await stores::postgres::connect(core, url, 10s);
    WT_CO_ASSERT(database.has_value());
    auto const table = co_await database->script(
        "CREATE TABLE tenants (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), slug text UNIQUE)"
    );
    WT_CO_ASSERT(table.has_value());
    auto how = empty_plan(20);
    how.create_sql = tenants::sql_step{
        "postgres",
        test::plain("INSERT INTO tenants (slug) VALUES ({tenant.slug}) RETURNING id, slug AS name"),
        {"id"}};
    how.remove_sql = tenants::sql_step{
        "postgres", test::plain("DELETE FROM tenants WHERE slug = '{tenant.slug}'"), {}};
    site s{core, quiet_model(1), how, journal};
    s.store_urls["postgres"] = url;

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty()) << failures.front().what;
    EXPECT_EQ(s.made.tenants.at(3).attributes.find("id").value_or("").size(), 36U);
    EXPECT_FALSE(s.made.tenants.at(3).attributes.find("name"));
    EXPECT_EQ(s.identifiers.size(), 20U);
    auto rows = co_await database->query("SELECT count(*) FROM tenants");
    WT_CO_ASSERT(rows.has_value());
    EXPECT_EQ(rows->values[0][0], "20");

    auto const left = co_await tenants::remove_all(s.workshop);
    EXPECT_TRUE(left.empty());
    rows = co_await database->query("SELECT count(*) FROM tenants");
    WT_CO_ASSERT(rows.has_value());
    EXPECT_EQ(rows->values[0][0], "0");
}

TEST(ProvisioningBySql, MakesAndRemovesRows)
{
    test::postgres_server server;
    test::temp_dir const folder;
    test::run_async(provision_by_sql(server.url(), folder / "j"));
}

tenants::command_step shell(std::string const& script)
{
    tenants::command_step step;
    // The slug is an argument of its own, never part of the script.
    for (auto const& word : {std::string{"sh"}, std::string{"-c"}, script, std::string{"sh"}}) {
        step.arguments.push_back(target::template_text::compile(word, target::escape::none));
    }
    step.arguments.push_back(test::plain("{tenant.slug}"));
    return step;
}

asio::awaitable<void> provision_by_command(std::filesystem::path folder)
{
    auto how = empty_plan(3);
    how.create_command = shell(
        "touch " + folder.string() +
        "/$1; echo '{ \"id\": \"id-of-'$1'-0123456789\", "
        "\"users\": [ { \"token\": \"token-of-'$1'-abcdefgh\", \"id\": 5 } ] }'"
    );
    how.remove_command = shell("rm " + folder.string() + "/$1");
    auto const core = co_await asio::this_coro::executor;
    site s{core, quiet_model(1), how, folder / "j"};

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty()) << failures.front().what;
    EXPECT_EQ(s.made.tenants.at(2).attributes.find("id"), "id-of-t-2-0123456789");
    auto const& user = s.made.tenants.at(2).actors.at(0);
    EXPECT_EQ(user.attributes.find("token"), "token-of-t-2-abcdefgh");
    EXPECT_EQ(user.attributes.find("id"), "5");
    EXPECT_EQ(s.secrets.redact("x token-of-t-2-abcdefgh x").find("abcdefgh"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(folder / "t-2"));
    auto const left = co_await tenants::remove_all(s.workshop);
    EXPECT_TRUE(left.empty());
    EXPECT_FALSE(std::filesystem::exists(folder / "t-2"));
}

TEST(ProvisioningByCommand, TakesWhatTheCommandPrints)
{
    test::temp_dir const folder;
    test::run_async(provision_by_command(folder.path()));
}

asio::awaitable<std::string> failure_of(std::string script, std::filesystem::path journal)
{
    auto how = empty_plan(1);
    how.create_command = shell(script);
    how.create_command->timeout = 300ms;
    auto const core = co_await asio::this_coro::executor;
    site s{core, quiet_model(1), how, journal};
    auto const failures = co_await tenants::provision(s.workshop);
    co_return failures.empty() ? "none" : failures.front().what;
}

TEST(ProvisioningByCommand, SaysWhatWentWrong)
{
    test::temp_dir const folder;
    auto const says = [&](std::string script, std::string_view part, std::string_view name) {
        auto const what = test::run_async(failure_of(std::move(script), folder / name));
        EXPECT_NE(what.find(part), std::string::npos) << what;
    };
    says("echo out of seats >&2; exit 3", "ended with status 3: out of seats", "a");
    says("kill -9 $$", "ended by signal 9", "b");
    says("echo 1", "not one JSON object", "c");
    says("sleep 60", "did not end in time", "d");
    // A grandchild that keeps the output open must not keep the run waiting either.
    says("sleep 60 & echo hello", "did not end in time", "e");
}

TEST(ProvisioningByCommand, NamesAProgramThatIsNotThere)
{
    auto run = tenants::run_command({"/no/such/program"}, 1s);
    auto const out = test::run_async(std::move(run));
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error().code, errc::exhausted);
    EXPECT_NE(out.error().message.find("/no/such/program"), std::string::npos);
}

constexpr std::string_view existing = R"(
tenants:
  - slug: old-a
    id: 3f2b9f62-aaaa-4c1d-9d5e-000000000001
    region: eu
    users:
      - {id: 1, email: a@x, role: owner, token: token-of-old-a-zyxwvu}
      - {id: 2, email: b@x, token: token-of-old-a-tsrqpo}
    objects:
      items: [{id: 41}, {id: 42}]
  - {"slug": "old-b", "id": 9}
)";

asio::awaitable<void> provision_from_file(small_service& service, std::filesystem::path folder)
{
    auto how = test::small_plan(7);
    how.create.reset();
    how.from_file = (folder / "existing.yaml").string();
    static_cast<void>(write_file(how.from_file, existing));
    auto m = test::small_model(service.port());
    target::resource items;
    items.name = "items";
    m.resources = {items};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), how, folder / "j"};

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty()) << failures.front().what;
    WT_CO_ASSERT(s.made.tenants.size() == 2);
    auto const& a = s.made.tenants[0];
    EXPECT_TRUE(a.is_foreign);
    EXPECT_EQ(a.attributes.find("region"), "eu");
    EXPECT_EQ(a.actors.at(0).role, "owner");
    EXPECT_TRUE(a.actors.at(1).logged_in);
    EXPECT_EQ(s.made.living(tenant_index{0}, "items").size(), 2U);
    // Who brings a token needs no log-in; a tenant without users gets the plan's.
    EXPECT_EQ(service.count("POST /login"), 1U);
    EXPECT_EQ(service.count("POST /users"), 1U);
    EXPECT_TRUE(s.made.tenants[1].actors.at(0).logged_in);
    // The user that the run made in a tenant that it did not make must not be forgotten.
    auto const left = tenants::journal::read((folder / "j").string()).value();
    WT_CO_ASSERT(left.entries.size() == 1);
    EXPECT_EQ(left.entries[0].key, "old-b/user/0");
    EXPECT_EQ(service.count("DELETE /tenants"), 0U);
    auto const extra = co_await tenants::provision_extra(s.workshop);
    EXPECT_FALSE(extra);
}

TEST(ExistingTenants, AreTakenFromTheFile)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(provision_from_file(service, folder.path()));
}

asio::awaitable<void> provision_from_bad_file(std::filesystem::path folder, std::string content)
{
    auto how = empty_plan(1);
    how.from_file = (folder / "bad.yaml").string();
    static_cast<void>(write_file(how.from_file, content));
    auto const core = co_await asio::this_coro::executor;
    site s{core, quiet_model(1), how, folder / sha256_hex(content)};
    static_cast<void>(co_await tenants::provision(s.workshop));
}

TEST(ExistingTenants, ThatCannotBeReadAreAUsageError)
{
    test::temp_dir const folder;
    for (auto const* const content : {"", "- {id: 1}", "- [", "- {slug: a}\n- {slug: a}", "a: 1"}) {
        EXPECT_THROW(test::run_async(provision_from_bad_file(folder.path(), content)), usage_error)
            << content;
    }
}

} // namespace
} // namespace watertight
