// How: a small service in memory, made by the test, plays the target over loopback.

#include "harness/net/task_group.hpp"
#include "harness/target/session.hpp"
#include "tests/end_to_end/tenants/site.hpp"
#include "tests/end_to_end/tenants/small_service.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace watertight {
namespace {

using test::site;
using test::small_service;

std::size_t in_state(target::population const& made, target::tenant_state state)
{
    return static_cast<std::size_t>(std::ranges::count(made.tenants, state, &target::tenant::state)
    );
}

target::resource items()
{
    target::resource r;
    r.name = "items";
    r.create = test::operation(
        "items.create", "POST", "/items", R"({"t":"{canary}","n":"{canary.number}"})"
    );
    r.remove = test::operation("items.remove", "DELETE", "/items/{id}");
    r.count = 2;
    return r;
}

asio::awaitable<void> provision_thousand(small_service& service, std::filesystem::path journal)
{
    auto how = test::small_plan(1000);
    how.concurrency = 48;
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty());
    EXPECT_EQ(in_state(s.made, target::tenant_state::ready), 1000U);
    EXPECT_EQ(service.tenants(), 1000U);
    EXPECT_GT(service.concurrency_max(), 8U);
    EXPECT_EQ(std::ranges::count(s.made.tenants, "premium", &target::tenant::plan), 200);
    EXPECT_EQ(s.display.done_last, 1000U);
    std::set<std::string> ids;
    for (auto const& t : s.made.tenants) {
        ids.emplace(t.attributes.find("id").value_or("none"));
        EXPECT_TRUE(t.actors.at(0).logged_in);
    }
    EXPECT_EQ(ids.size(), 1000U);
    // Tenant, user and token of each.
    EXPECT_EQ(s.identifiers.size(), 3000U);

    auto const left = co_await tenants::remove_all(s.workshop);
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(service.tenants(), 0U);
    EXPECT_TRUE(tenants::journal::read(journal.string()).value().entries.empty());
}

TEST(Provisioning, MakesAThousandTenantsConcurrently)
{
    // Long enough for requests that are sent together to be in work together.
    small_service service{{.delay = 5ms}};
    test::temp_dir const folder;
    test::run_async(provision_thousand(service, folder / "journal"), 110s);
}

asio::awaitable<void> provision_with_marked_names(small_service& service, std::string journal)
{
    auto how = test::small_plan(3);
    how.name = test::plain("Company {tenant.canary}");
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    static_cast<void>(co_await tenants::provision(s.workshop));

    for (auto const& t : s.made.tenants) {
        auto const canary = std::string{t.attributes.find("canary").value_or("")};
        EXPECT_EQ(t.name, "Company " + canary);
        auto const owner = s.workshop.mint.verify_text(canary);
        EXPECT_TRUE(owner && owner->tenant == t.index) << canary;
    }
    // A clean-up renders names as the run did.
    auto const known = tenants::journal::read(journal).value();
    for (auto const& e : known.entries) {
        if (e.kind != "tenant") continue;
        auto const has = [](auto const& a) { return a.first == "canary" && !a.second.empty(); };
        EXPECT_TRUE(std::ranges::any_of(e.attributes, has)) << e.key;
    }
    static_cast<void>(co_await tenants::remove_all(s.workshop));
}

TEST(Provisioning, NamesMayHoldACanaryOfTheTenantsOwn)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(provision_with_marked_names(service, folder / "journal"), 30s);
}

asio::awaitable<void> provision_with_refusal(
    small_service& service, std::filesystem::path journal, tenants::on_failure policy
)
{
    auto how = test::small_plan(30);
    how.concurrency = 4;
    how.failure_policy = policy;
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    auto const failures = co_await tenants::provision(s.workshop);

    WT_CO_ASSERT(failures.size() == 1);
    auto const& failure = failures[0];
    EXPECT_EQ(failure.tenant, "t-5");
    EXPECT_NE(failure.what.find("422"), std::string::npos) << failure.what;
    EXPECT_NE(failure.request.find("POST /tenants HTTP/1.1"), std::string::npos) << failure.request;
    EXPECT_NE(failure.response.find("no such plan"), std::string::npos) << failure.response;
    EXPECT_EQ(failure.response.find("hunter2secret"), std::string::npos) << "not redacted";
    EXPECT_EQ(in_state(s.made, target::tenant_state::failed), 1U);
    auto const ready = in_state(s.made, target::tenant_state::ready);
    if (policy == tenants::on_failure::go_on) {
        EXPECT_EQ(ready, 29U);
    } else {
        EXPECT_LT(ready, 12U);
        EXPECT_EQ(in_state(s.made, target::tenant_state::planned), 29 - ready);
    }
    auto const left = co_await tenants::remove_all(s.workshop);
    EXPECT_TRUE(left.empty());
    EXPECT_EQ(service.tenants(), 0U);
    // A tenant that was never made is not asked to go.
    EXPECT_EQ(service.count("DELETE /tenants"), ready);
}

TEST(Provisioning, StopsAtTheFirstFailureIfItMust)
{
    small_service service{{.refused = {"t-5"}}};
    test::temp_dir const folder;
    test::run_async(provision_with_refusal(service, folder / "j", tenants::on_failure::stop));
}

TEST(Provisioning, GoesOnAfterAFailureIfItMay)
{
    small_service service{{.refused = {"t-5"}}};
    test::temp_dir const folder;
    test::run_async(provision_with_refusal(service, folder / "j", tenants::on_failure::go_on));
}

asio::awaitable<void> provision_throttled(small_service& service, std::filesystem::path journal)
{
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), test::small_plan(5), journal};
    auto const failures = co_await tenants::provision(s.workshop);
    EXPECT_TRUE(failures.empty());
    EXPECT_EQ(service.tenants(), 5U);
    EXPECT_EQ(service.count("POST /tenants"), 10U);
}

TEST(Provisioning, RepeatsWhatTheTargetPutOff)
{
    small_service service{{.throttles_first = true}};
    test::temp_dir const folder;
    test::run_async(provision_throttled(service, folder / "j"));
}

asio::awaitable<void> populate_nested(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    target::resource notes;
    notes.name = "notes";
    notes.parent = "items";
    notes.create =
        test::operation("notes.create", "POST", "/items/{parent.id}/notes", R"({"t":"{canary}"})");
    // Children first: the order of the scenario must not matter.
    m.resources = {notes, items()};
    auto how = test::small_plan(3);
    how.users[0].count = 2;
    how.slug = test::plain("tenant-{tenant.index}-of-three");
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), how, journal};
    static_cast<void>(co_await tenants::provision(s.workshop));

    auto const failures = co_await tenants::populate(s.workshop);

    EXPECT_TRUE(failures.empty());
    auto const own = s.made.living(tenant_index{1}, "items");
    WT_CO_ASSERT(own.size() == 4);
    auto const* const note = s.made.living(tenant_index{1}, "notes").at(0);
    EXPECT_EQ(note->attributes.find("parent.id"), own[0]->attributes.find("id"));
    EXPECT_EQ(note->parent, own[0]->serial);
    EXPECT_EQ(s.mint.verify_text(note->canary)->tenant, tenant_index{1});
    evidence::object_key const key{tenant_index{1}, "notes", note->serial};
    EXPECT_EQ(s.history.expected(key), note->canary);
    EXPECT_EQ(s.history.size(), 18U);
    WT_CO_ASSERT(s.identifiers.find(*own[0]->attributes.find("id")) != nullptr);
    EXPECT_EQ(s.identifiers.find(*own[0]->attributes.find("id"))->resource, "items");
    // Said once for each of the two operations, not for each object.
    EXPECT_EQ(
        std::ranges::count_if(
            s.display.notes,
            [](std::string const& note_line) {
                return note_line.find("/data/id") != std::string::npos;
            }
        ),
        2
    );
    EXPECT_NE(service.last_item().find("/notes"), std::string::npos);
    // Who acts may be named to others; who does not may not.
    auto const& people = s.made.at(tenant_index{1}).actors;
    EXPECT_EQ(s.identifiers.find(*people[0].attributes.find("email")), nullptr);
    WT_CO_ASSERT(s.identifiers.find(*people[1].attributes.find("email")) != nullptr);
    EXPECT_EQ(s.identifiers.find(*people[1].attributes.find("email"))->who.tenant, tenant_index{1});
}

TEST(Population, MakesParentsBeforeChildrenAndRecordsAll)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(populate_nested(service, folder / "j"));
}

asio::awaitable<void> populate_referring(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    auto tags = items();
    tags.name = "tags";
    tags.is_referred_to = true;
    auto referring = items();
    referring.refers_to = {"tags"};
    referring.create = test::operation(
        "items.create", "POST", "/items", R"({"t":"{canary}","g":"{tenant.tags.id}"})"
    );
    m.resources = {referring, tags};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(2), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));

    auto const failures = co_await tenants::populate(s.workshop);

    EXPECT_TRUE(failures.empty());
    auto const all = s.made.living(tenant_index{1}, "tags");
    WT_CO_ASSERT(all.size() == 2);
    auto const first = all[0]->attributes.find("id");
    EXPECT_EQ(s.made.at(tenant_index{1}).attributes.find("tags.id"), first);
    EXPECT_NE(s.made.at(tenant_index{0}).attributes.find("tags.id"), first);
    EXPECT_NE(service.last_item().find("\"g\":\"item-"), std::string::npos) << service.last_item();
}

TEST(Population, MakesWhatIsReferredToFirst)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(populate_referring(service, folder / "j"));
}

// Two items, two labels beside each other under them, and notes that name a label.
asio::awaitable<void> populate_beside(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    target::resource labels;
    labels.name = "labels";
    labels.parent = "items";
    labels.count = 2;
    labels.is_referred_to = true;
    labels.create =
        test::operation("labels.create", "POST", "/items/{parent.id}/notes", R"({"t":"{canary}"})");
    auto notes = labels;
    notes.name = "notes";
    notes.is_referred_to = false;
    notes.refers_to = {"labels"};
    notes.create = test::operation(
        "notes.create", "POST", "/items/{parent.id}/notes", R"({"t":"{tenant.labels.id}"})"
    );
    m.resources = {notes, labels, items()};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(1), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));

    auto const failures = co_await tenants::populate(s.workshop);

    EXPECT_TRUE(failures.empty());
    auto const all = s.made.living(tenant_index{0}, "notes");
    WT_CO_ASSERT(all.size() == 2);
    for (auto const* const note : all) {
        auto const beside = s.made.living(tenant_index{0}, "labels");
        auto const named = std::ranges::find_if(beside, [&](auto const* label) {
            return label->attributes.find("id") == note->attributes.find("tenant.labels.id");
        });
        WT_CO_ASSERT(named != beside.end());
        EXPECT_EQ((*named)->parent, note->parent);
    }
}

TEST(Population, NamesWhatLivesUnderTheSameParent)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(populate_beside(service, folder / "j"));
}

asio::awaitable<void>
populate_with_what_pages_show(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    auto shown = items();
    shown.read = test::operation("items.read", "GET", "/items/{id}", "");
    shown.read->captures = {{target::capture::from::json_pointer, "link", "/link"}};
    m.resources = {shown};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(1), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));

    auto const failures = co_await tenants::populate(s.workshop);

    EXPECT_TRUE(failures.empty());
    auto const made = s.made.living(tenant_index{0}, "items");
    WT_CO_ASSERT(!made.empty());
    std::string const id{*made[0]->attributes.find("id")};
    EXPECT_EQ(*made[0]->attributes.find("link"), "/l/" + id);

    // So does one whose creation a probe sends.
    auto& t = s.made.at(tenant_index{0});
    auto const& r = s.model.resources[0];
    auto* const object = co_await tenants::announce_object(s.workshop, r, t, t.actors[0]);
    net::http_response const answer{
        .status = 201, .head = {}, .body = R"({"data":{"id":")" + id + R"("}})", .took = {}};
    co_await tenants::conclude_object(s.workshop, r, *object, &answer);
    EXPECT_EQ(object->attributes.find("link"), made[0]->attributes.find("link"));
}

TEST(Population, KeepsWhatTheReadCaptures)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(populate_with_what_pages_show(service, folder / "j"));
}

asio::awaitable<void> populate_too_long(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    m.resources = {items()};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(2), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));

    auto const failures = co_await tenants::populate(s.workshop);

    WT_CO_ASSERT(!failures.empty());
    auto const& what = failures.front().what;
    EXPECT_NE(what.find("a canary has 28 characters"), std::string::npos) << what;
    EXPECT_NE(what.find("write {serial}"), std::string::npos) << what;
}

TEST(Population, SaysHowLongACanaryIsWhereItIsRefused)
{
    small_service service{{.item_bytes_max = 30}};
    test::temp_dir const folder;
    test::run_async(populate_too_long(service, folder / "j"));
}

asio::awaitable<void> ensure_into(site& s, target::tenant& t, std::size_t& good)
{
    auto const done = co_await target::ensure_session(s.client, s.model, t, t.actors[0]);
    if (done) ++good;
}

asio::awaitable<void>
renew_sessions(small_service& service, std::filesystem::path journal, bool has_refresh)
{
    auto m = test::small_model(service.port());
    m.login.expires_after = 200ms;
    if (has_refresh) {
        m.login.refresh = test::operation("refresh", "POST", "/refresh");
        m.login.refresh->captures = m.login.login->captures;
    }
    m.resources = {items()};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(1), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));
    auto& t = s.made.tenants.at(0);
    auto const first = std::string{*t.actors[0].attributes.find("token")};
    asio::steady_timer timer{core, 190ms};
    co_await timer.async_wait(asio::use_awaitable);

    std::size_t good = 0;
    net::task_group group{core, 10};
    for (int i = 0; i < 10; ++i) group.try_spawn(ensure_into(s, t, good));
    co_await group.join();

    EXPECT_EQ(good, 10U);
    EXPECT_EQ(service.count("POST /login"), has_refresh ? 1U : 2U);
    EXPECT_EQ(service.count("POST /refresh"), has_refresh ? 1U : 0U);
    EXPECT_NE(t.actors[0].attributes.find("token"), first);
    auto const made =
        co_await tenants::create_object(s.workshop, s.model.resources[0], t, t.actors[0]);
    EXPECT_TRUE(made) << made.error().message;
}

TEST(Sessions, AreRenewedOnceForAllWhoAskAtOnce)
{
    small_service service{{.token_life = 5s}};
    test::temp_dir const folder;
    test::run_async(renew_sessions(service, folder / "j", /*has_refresh=*/true));
}

TEST(Sessions, AreOpenedAnewWhereThereIsNoRefresh)
{
    small_service service{{.token_life = 5s}};
    test::temp_dir const folder;
    test::run_async(renew_sessions(service, folder / "j", /*has_refresh=*/false));
}

asio::awaitable<void> outlive_token(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    m.resources = {items()};
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), test::small_plan(1), journal};
    static_cast<void>(co_await tenants::provision(s.workshop));
    asio::steady_timer timer{core, 350ms};
    co_await timer.async_wait(asio::use_awaitable);
    auto& t = s.made.tenants.at(0);
    auto const made =
        co_await tenants::create_object(s.workshop, s.model.resources[0], t, t.actors[0]);
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_EQ(service.count("POST /login"), 2U);
    EXPECT_EQ(service.items(), 1U);
}

TEST(Sessions, ThatEndUnannouncedAreOpenedAnew)
{
    small_service service{{.token_life = 300ms}};
    test::temp_dir const folder;
    test::run_async(outlive_token(service, folder / "j"));
}

asio::awaitable<void> sign_up(small_service& service, std::filesystem::path journal)
{
    auto how = test::small_plan(2);
    // No creation of tenants: the first user's sign-up makes one.
    how.create.reset();
    auto& user = how.users[0];
    user.create->captures = {{target::capture::from::json_pointer, "tenant.id", "/id"}};
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(service.port()), how, journal};

    auto const failures = co_await tenants::provision(s.workshop);

    EXPECT_TRUE(failures.empty());
    EXPECT_TRUE(s.made.tenants.at(0).attributes.find("id"));
    auto const extra = co_await tenants::provision_extra(s.workshop);
    WT_CO_ASSERT(extra.has_value());
    EXPECT_EQ((*extra)->slug, "t-2");
    EXPECT_TRUE((*extra)->attributes.find("id"));
    EXPECT_EQ(tenants::journal::read(journal.string()).value().entries.size(), 3U);
}

TEST(Provisioning, TakesTheTenantFromItsFirstUsersSignUp)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(sign_up(service, folder / "j"));
}

} // namespace
} // namespace watertight
