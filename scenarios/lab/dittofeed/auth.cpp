#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/dittofeed/gate.hpp"
#include "scenarios/lab/dittofeed/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::dittofeed {

using nlohmann::json;
using stores::quote_literal;

static constexpr std::uint32_t session_s = 3600;

struct member {
    std::string id;
    std::string role;
};

static asio::awaitable<std::optional<member>>
check_password(call& c, std::string workspace_id, json body)
{
    auto const email = to_lower(required_text(body, "email"));
    auto const password = required_text(body, "password", 1024);
    auto sql = context_sql(c.process(), workspace_id);
    sql += fmt::format(
        "SELECT id, role, \"passwordHash\" FROM \"WorkspaceMember\" "
        "WHERE \"workspaceId\" = {} AND email = {}",
        quote_literal(workspace_id),
        quote_literal(email)
    );
    auto const rows = co_await c.core.db.script(std::move(sql));
    // A hash is computed in any case, so that the time does not tell whether the member exists.
    static auto const nobody = hash_password("nobody's");
    auto const is_known = !rows.values.empty();
    auto const matches = password_matches(password, is_known ? *rows.values[0][2] : nobody);
    if (!is_known || !matches) co_return std::nullopt;
    co_return member{rows.values[0][0].value(), rows.values[0][1].value()};
}

static asio::awaitable<response> log_in(call& c)
{
    auto const body = read_object(c.in);
    auto const id = named_workspace(c.in);
    presence const here{c.process().workspaces.in_flight(id)};
    auto const on = co_await find_workspace(c.core, id);
    auto const who = co_await check_password(c, id, body);
    if (on && !who && on->status != "deleting") {
        std::string about = "session";
        if (c.faults().on("A18")) about = c.in.body;
        co_await audit(c.core, id, "anonymous", "login.failed", std::move(about));
    }
    if (!on || !who) {
        throw refusal{401, "INVALID_CREDENTIALS", "workspace, e-mail or password is wrong"};
    }
    if (!on->is_active()) throw refusal{403, "WORKSPACE_SUSPENDED", "the workspace is suspended"};

    co_await audit(c.core, id, who->id, "login", "session");
    auto const lifetime_s = c.process().asked.session_s.value_or(session_s);
    json const claims{{"sub", who->id}, {"workspaceId", id}, {"role", who->role}};
    co_return json_response(
        200,
        {{"token", c.process().tokens.issue(claims, lifetime_s)},
         {"expiresIn", lifetime_s},
         {"member", {{"id", who->id}, {"role", who->role}}}}
    );
}

asio::awaitable<std::string>
insert_member(transaction& tx, std::string workspace_id, json member, std::string role)
{
    auto id = random_uuid();
    sql_values values{
        id,
        std::move(workspace_id),
        to_lower(required_text(member, "email")),
        std::move(role),
        hash_password(required_text(member, "password", 1024))};
    try {
        co_await tx.query(
            "INSERT INTO \"WorkspaceMember\" (id, \"workspaceId\", email, role, \"passwordHash\") "
            "VALUES ($1, $2, $3, $4, $5)",
            std::move(values)
        );
    } catch (store_error const& e) {
        if (e.detail != unique_violation) throw;
        throw refusal{409, "EMAIL_TAKEN", "a member with this e-mail address exists"};
    }
    co_return id;
}

static asio::awaitable<response> add_member(call& c)
{
    auto const body = read_object(c.in);
    auto tx = co_await begin(c);
    auto const id = co_await insert_member(tx, c.on->id, body, "member");
    co_await tx.commit();
    co_return json_response(201, {{"id", id}});
}

void add_auth(routes& to)
{
    to.add("POST", "/api/session", {access::anyone, log_in});
    to.add("POST", "/api/members", {access::admin, add_member});
}

} // namespace watertight::lab::dittofeed
