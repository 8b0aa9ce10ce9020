#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/user_integers/credentials.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

using nlohmann::json;

struct member {
    std::string id;
    std::string username;
    std::string role;
};

static response session_response(call const& c, tenant const& t, member const& m)
{
    json claims{
        {"sub", m.id},
        {"tenant_id", t.id},
        {"subdomain", t.subdomain},
        {"role", m.role},
    };
    auto const lifetime_s = session_s(c.process());
    return json_response(
        200,
        {
            {"token", c.process().tokens.issue(std::move(claims), lifetime_s)},
            {"expires_in", lifetime_s},
            {"tenant", {{"id", t.id}, {"subdomain", t.subdomain}}},
            {"user", {{"id", m.id}, {"username", m.username}, {"role", m.role}}},
        }
    );
}

static asio::awaitable<std::shared_ptr<tenant const>> named_tenant(call& c)
{
    auto const names = read_tenant_names(c.in);
    if (names.none()) throw refusal{400, "TENANT_REQUIRED", "name the tenant by host or header"};
    auto const label = names.headers.empty() ? names.hosts.front() : names.headers.front();
    if (!names.all_are(label)) {
        throw refusal{403, "TENANT_MISMATCH", "the request names more than one tenant"};
    }
    co_return co_await find_tenant_by_subdomain(c.core, label);
}

static asio::awaitable<std::optional<member>>
check_password(call& c, std::string tenant_id, json body)
{
    auto const username = required_text(body, "username");
    auto const password = required_text(body, "password", 1024);
    auto tx = co_await c.core.main.begin(set_tenant_sql(tenant_id));
    sql_values values{tenant_id, username};
    auto const rows = co_await tx.query(
        "SELECT id, username, role, password_digest FROM users "
        "WHERE tenant_id = $1 AND username = $2",
        std::move(values)
    );
    co_await tx.commit();
    // A hash is computed in any case, so that the time does not tell whether the user exists.
    static auto const nobody = hash_password("nobody's");
    auto const is_known = !rows.values.empty();
    auto const stored = is_known ? rows.values[0][3].value() : nobody;
    auto const matches = password_matches(password, stored);
    if (!is_known || !matches) co_return std::nullopt;
    auto const& row = rows.values[0];
    co_return member{row[0].value(), row[1].value(), row[2].value()};
}

static asio::awaitable<response> log_in(call& c)
{
    auto const body = read_object(c.in);
    auto const t = co_await named_tenant(c);
    std::string const tenant_id = t ? t->id : "00000000-0000-0000-0000-000000000000";
    auto const who = co_await check_password(c, tenant_id, body);
    if (!t || !who) {
        throw refusal{401, "INVALID_CREDENTIALS", "tenant, user name or password is wrong"};
    }
    if (t->status != "active" && !c.faults().on("L6")) {
        throw refusal{403, "TENANT_NOT_ACTIVE", "the tenant is not active"};
    }
    co_return session_response(c, *t, *who);
}

static asio::awaitable<response> refresh(call& c)
{
    sql_values values{c.user_id};
    auto const rows = co_await query(
        c,
        "SELECT id, username, role FROM users WHERE tenant_id = current_tenant() AND id = $1",
        std::move(values)
    );
    if (rows.values.empty()) throw refusal{401, "UNAUTHENTICATED", "the user is no longer active"};
    auto const& row = rows.values[0];
    member const who{row[0].value(), row[1].value(), row[2].value()};
    co_return session_response(c, *c.on, who);
}

void add_auth(routes& to)
{
    to.add("POST", "/api/v1/auth/login", {access::anyone, log_in});
    to.add("POST", "/api/v1/auth/refresh", {access::user, refresh});
}

} // namespace watertight::lab::user_integers
