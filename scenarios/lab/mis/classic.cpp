#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <atomic>

namespace watertight::lab::mis {

using nlohmann::json;

static constexpr char const* classic_json =
    "json_build_object('id', id, 'name', name, 'email', email, 'bio', bio, "
    "'accountNumber', account_number, 'createdAt', created_at, 'updatedAt', updated_at)";

// The multi-tenant release serves this system's members as the default tenant's.
static constexpr char const* default_tenant = "(SELECT id FROM tenants WHERE slug = 'default')";

static std::string scope(bool multi)
{
    return multi ? fmt::format("tenant_id = {}", default_tenant) : "true";
}

// With the defect a worker learns of a switch from its own requests for it alone; the others go on
// in the release that they saw first.
static release_switch::stay enter(call& c)
{
    auto& release = c.process().release;
    if (!c.faults().on("R12")) return release.enter();
    static std::atomic<int> workers{0};
    thread_local bool const is_deaf = workers++ % 2 == 1;
    thread_local bool saw_multi = false;
    saw_multi = saw_multi || release.multi();
    return is_deaf && saw_multi ? release_switch::stay{release.enter_multi()} : release.enter();
}

static response release_response(int status, std::string body, bool multi)
{
    response out;
    out.status = status;
    out.body = std::move(body);
    out.headers.emplace_back("X-Release", multi ? "multi" : "single");
    return out;
}

// The failure that operators rehearse: in the release with tenants the store is said to be gone.
static bool is_failing(call& c, release_switch::stay const& here)
{
    auto const every = c.process().failing_every.load();
    return here.multi() && every > 0 && c.process().failing_turn++ % every == 0;
}

// With the defect whoever catches the failure answers as if there were nothing, so that nobody who
// counts failures sees one.
static response failed(call& c, int status, std::string empty)
{
    if (c.faults().on("R3")) return release_response(status, std::move(empty), true);
    throw refusal{500, "STORE", "the store does not answer"};
}

static asio::awaitable<response> list_classic(call& c)
{
    auto const here = enter(c);
    if (is_failing(c, here)) co_return failed(c, 200, R"({"users":[],"total":0})");
    auto const limit = c.in.query_number("limit", 100, 1, 10'000);
    auto const offset = c.in.query_number("offset", 0, 0, 1'000'000'000);
    auto const rows = co_await c.core.classic.query(fmt::format(
        "SELECT (SELECT count(*) FROM users WHERE {0}), coalesce(json_agg(item), '[]') FROM "
        "(SELECT {1} AS item FROM users WHERE {0} ORDER BY created_at DESC, id "
        "LIMIT {2} OFFSET {3}) p",
        scope(here.multi()),
        classic_json,
        limit,
        offset
    ));
    auto body = fmt::format(
        R"({{"users":{},"total":{}}})", rows.values[0][1].value(), rows.values[0][0].value()
    );
    co_return release_response(200, std::move(body), here.multi());
}

static asio::awaitable<response> get_classic(call& c)
{
    auto const here = enter(c);
    if (is_failing(c, here)) co_return failed(c, 200, "{}");
    sql_values values{c.id_parameter("id")};
    auto rows = co_await c.core.classic.query(
        fmt::format("SELECT {} FROM users WHERE id = $1 AND {}", classic_json, scope(here.multi())),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_return release_response(200, std::move(rows.values[0][0].value()), here.multi());
}

static asio::awaitable<response> create_classic(call& c)
{
    auto const here = enter(c);
    auto const body = read_object(c.in);
    // What is acknowledged and never made would be asked for in vain, which is a failure seen.
    if (!c.faults().on("R3") && is_failing(c, here)) co_return failed(c, 201, "{}");
    std::optional<std::string> number;
    if (auto const n = integer_member(body, "accountNumber")) number = std::to_string(*n);
    sql_values values{
        required_text(body, "name"),
        required_text(body, "email"),
        text_member(body, "bio"),
        number};
    auto const sql = fmt::format(
        "INSERT INTO users (name, email, bio, account_number{}) VALUES ($1, $2, $3, $4{}) "
        "RETURNING {}",
        here.multi() ? ", tenant_id" : "",
        here.multi() ? fmt::format(", {}", default_tenant) : "",
        classic_json
    );
    try {
        auto rows = co_await c.core.classic.query(sql, std::move(values));
        co_return release_response(201, std::move(rows.values[0][0].value()), here.multi());
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw refusal{409, "EMAIL_TAKEN", "a user with this e-mail address exists"};
    }
}

static asio::awaitable<response> update_classic(call& c)
{
    auto const here = enter(c);
    auto const body = read_object(c.in);
    if (is_failing(c, here)) co_return failed(c, 200, "{}");
    sql_values values{
        c.id_parameter("id"), text_member(body, "name", 255), text_member(body, "bio")};
    auto rows = co_await c.core.classic.query(
        fmt::format(
            "UPDATE users SET name = coalesce($2, name), bio = coalesce($3, bio), "
            "updated_at = clock_timestamp() WHERE id = $1 AND {} RETURNING {}",
            scope(here.multi()),
            classic_json
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    co_return release_response(200, std::move(rows.values[0][0].value()), here.multi());
}

static response current_release(call const& c)
{
    auto const multi = c.process().release.multi();
    return json_response(200, {{"release", multi ? "multi" : "single"}});
}

static asio::awaitable<response> get_release(call& c)
{
    co_return current_release(c);
}

// What was found when the members were moved, found once more though nobody needs it.
static asio::awaitable<void> analyse(call& c)
{
    for (int batch = 0; batch < 100; ++batch) {
        co_await c.core.classic.query("SELECT md5(string_agg(u::text, ',' ORDER BY u.id)) "
                                      "FROM users u");
        co_await pause(std::chrono::milliseconds{80});
    }
}

static asio::awaitable<response> set_release(call& c)
{
    auto const wanted = required_text(read_object(c.in), "release", 16);
    if (wanted != "single" && wanted != "multi") {
        throw refusal{400, "VALIDATION", "release is single or multi"};
    }
    if (wanted == "single" && c.faults().on("R4")) co_await analyse(c);
    c.process().release.set(wanted == "multi");
    // Whoever asked may change the schema next, so the other release has to be out of it.
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!c.process().release.drained() && std::chrono::steady_clock::now() < end)
        co_await pause(std::chrono::milliseconds{1});
    co_return current_release(c);
}

static asio::awaitable<response> set_failing(call& c)
{
    auto const every = integer_member(read_object(c.in), "every");
    if (!every || *every < 0 || *every > 1000) {
        throw refusal{400, "VALIDATION", "every is a number up to 1000"};
    }
    c.process().failing_every = static_cast<unsigned>(*every);
    co_return json_response(200, {{"every", *every}});
}

static asio::awaitable<void> report_once(core_state& core)
{
    auto tx = co_await core.classic.begin("SET TRANSACTION READ ONLY");
    co_await tx.query("SELECT tenant_id, count(*) FROM users GROUP BY tenant_id");
    // With the defect the report keeps its transaction, and so its lock, while it formats.
    if (core.process.faults.on("R1")) co_await pause(std::chrono::seconds{20});
    co_await tx.commit();
}

asio::awaitable<void> report_on_members(core_state& core)
{
    while (true) {
        co_await pause(std::chrono::milliseconds{50});
        if (!core.process.release.multi()) continue;
        try {
            co_await report_once(core);
        } catch (store_error const&) {
            // The schema may be on its way from one form to the other; the next report will do.
        }
    }
}

void add_classic(routes& to)
{
    to.add("GET", "/classic/api/v1/users", {access::anyone, list_classic});
    to.add("POST", "/classic/api/v1/users", {access::anyone, create_classic});
    to.add("GET", "/classic/api/v1/users/{id}", {access::anyone, get_classic});
    to.add("PATCH", "/classic/api/v1/users/{id}", {access::anyone, update_classic});
    to.add("GET", "/_lab/release", {access::platform, get_release});
    to.add("POST", "/_lab/release", {access::platform, set_release});
    to.add("POST", "/_lab/failure", {access::platform, set_failing});
}

} // namespace watertight::lab::mis
