#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/mis/gate.hpp"
#include "scenarios/lab/mis/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::mis {

using nlohmann::json;

struct member {
    std::string id;
    std::string email;
    std::string role;
};

static response session_response(call const& c, tenant const& t, member const& m)
{
    json claims{
        {"sub", m.id},
        {"tenantId", t.id},
        {"tenantSlug", t.slug},
        {"role", m.role},
    };
    return json_response(
        200,
        {
            {"success", true},
            {"token", c.process().tokens.issue(std::move(claims), t.session_s)},
            {"expiresIn", t.session_s},
            {"tenant", {{"id", t.id}, {"slug", t.slug}, {"name", t.name}}},
            {"user", {{"id", m.id}, {"email", m.email}, {"role", m.role}}},
        }
    );
}

// The tenant that the request names, by any of its ways. @throws refusal if it names two.
static asio::awaitable<std::shared_ptr<tenant const>> named_tenant(call& c, json body)
{
    auto names = read_tenant_names(c.in);
    if (auto slug = text_member(body, "tenantSlug", 63)) names.slugs.push_back(*slug);
    if (names.none()) throw refusal{400, "VALIDATION", "tenantSlug is required"};

    std::shared_ptr<tenant const> t;
    if (!names.ids.empty()) {
        t = co_await find_tenant(c.core, names.ids.front());
    } else {
        auto const& labels = !names.slugs.empty()   ? names.slugs
                             : !names.hosts.empty() ? names.hosts
                                                    : names.queries;
        t = co_await find_tenant_by_label(c.core, labels.front());
    }
    if (t && !all_name(names, *t)) {
        throw refusal{403, "TENANT_MISMATCH", "the request names more than one tenant"};
    }
    co_return t;
}

static asio::awaitable<std::optional<member>>
check_password(call& c, std::string tenant_id, json body)
{
    auto const email = to_lower(required_text(body, "email"));
    auto const password = required_text(body, "password", 1024);
    sql_values values{tenant_id, email};
    // With the defect, whoever has this address anywhere: the named tenant's user first.
    std::string const scope = c.faults().on("J12")
                                  ? "email = $2 AND deleted_at IS NULL ORDER BY tenant_id <> $1"
                                  : "tenant_id = $1 AND email = $2 AND deleted_at IS NULL";
    auto const rows = co_await c.core.main.query(
        "SELECT id, email, role, password_hash FROM users WHERE " + scope, std::move(values)
    );
    // A hash is computed in any case, so that the time does not tell whether the user exists.
    static auto const nobody = hash_password("nobody's");
    auto const is_known = !rows.values.empty() && rows.values[0][3].has_value();
    auto const matches = password_matches(password, is_known ? *rows.values[0][3] : nobody);
    if (!is_known || !matches) co_return std::nullopt;
    auto const& row = rows.values[0];
    co_return member{row[0].value(), row[1].value(), row[2].value()};
}

static asio::awaitable<response> log_in(call& c)
{
    auto const body = read_object(c.in);
    auto const t = co_await named_tenant(c, body);
    auto const tenant_id = t ? t->id : "00000000-0000-0000-0000-000000000000";
    presence const here{c.process().tenants.in_flight(tenant_id)};
    auto const who = co_await check_password(c, tenant_id, body);
    if (t && !who && t->status != "deleting") {
        co_await audit_now(c.core, t->id, "anonymous", "login.failed", "session");
    }
    if (!t || !who) {
        throw refusal{401, "INVALID_CREDENTIALS", "tenant, e-mail or password is wrong"};
    }
    if (!t->is_active()) throw refusal{403, "TENANT_SUSPENDED", "the tenant is suspended"};

    co_await audit_now(c.core, t->id, who->id, "login", "session");
    co_return session_response(c, *t, *who);
}

static asio::awaitable<response> refresh(call& c)
{
    sql_values values{c.on->id, c.user_id};
    auto const rows = co_await c.core.main.query(
        "SELECT id, email, role FROM users WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
        std::move(values)
    );
    if (rows.values.empty()) throw refusal{401, "UNAUTHENTICATED", "the user is no longer active"};
    auto const& row = rows.values[0];
    member const who{row[0].value(), row[1].value(), row[2].value()};
    co_return session_response(c, *c.on, who);
}

// A session in the name of one of the tenant's users, for its administrators.
static asio::awaitable<response> impersonate(call& c)
{
    // The defect: whoever has the id.
    auto const* const scope = c.faults().on("J15") ? "$1::uuid IS NOT NULL" : "tenant_id = $1";
    auto const id = c.id_parameter("id");
    sql_values values{c.on->id, id};
    auto const rows = co_await c.core.main.query(
        fmt::format(
            "SELECT id, email, role, tenant_id FROM users WHERE {} AND id = $2 "
            "AND deleted_at IS NULL",
            scope
        ),
        std::move(values)
    );
    if (rows.values.empty()) not_found();
    auto const& row = rows.values[0];
    auto const t = co_await find_tenant(c.core, row[3].value());
    if (!t) not_found();
    co_await audit_now(c.core, c.on->id, c.actor(), "session.impersonate", "session");
    member const who{row[0].value(), row[1].value(), row[2].value()};
    auto out = session_response(c, *t, who);
    out.status = 201;
    co_return out;
}

void add_auth(routes& to)
{
    to.add("POST", "/api/v1/users/{id}/impersonate", {access::admin, impersonate});
    to.add("POST", "/api/v1/auth/login", {access::anyone, log_in});
    to.add("POST", "/api/v1/auth/refresh", {access::user, refresh});
}

} // namespace watertight::lab::mis
