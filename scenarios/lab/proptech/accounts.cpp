#include "harness/base/text.hpp"
#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <nlohmann/json.hpp>

namespace watertight::lab::proptech {

using nlohmann::json;

static constexpr std::uint32_t session_s = 3600;

static asio::awaitable<response> log_in(call& c)
{
    auto const body = read_object(c.in);
    auto const email = to_lower(required_text(body, "email"));
    auto const password = required_text(body, "password", 1024);
    mongo_query q;
    q.filter = matching("email", email);
    auto const account = co_await c.core.store.find_one(main_place("users"), std::move(q));
    // A hash is computed in any case, so that the time does not tell whether the account exists.
    static auto const nobody = hash_password("nobody's");
    auto const stored = account ? text_field(*account, "password_hash") : nobody;
    if (!password_matches(password, stored) || !account) {
        throw refusal{401, "INVALID_CREDENTIALS", "e-mail or password is wrong"};
    }
    auto const id = text_field(*account, "_id");
    auto const lifetime = c.process().asked.session_s.value_or(session_s);
    json claims{{"sub", id}};
    auto const token = c.process().tokens.issue(std::move(claims), lifetime);
    co_return json_response(
        200,
        {{"access_token", token},
         {"expires_in", lifetime},
         {"user", {{"id", id}, {"email", email}}}}
    );
}

static asio::awaitable<response> list_members(call& c)
{
    mongo_query q;
    q.filter = matching("tenant_id", c.on->id);
    auto const found = co_await c.core.store.find(main_place("memberships"), std::move(q));
    auto users = json::array();
    for (auto const& m : found) {
        users.push_back(
            {{"id", text_field(m, "user_id")},
             {"email", text_field(m, "email")},
             {"name", text_field(m, "name")},
             {"role", text_field(m, "role")}}
        );
    }
    auto const total = users.size();
    co_return json_response(200, {{"users", std::move(users)}, {"total", total}});
}

static asio::awaitable<response> add_member(call& c)
{
    auto const body = read_object(c.in);
    membership m{
        .tenant_id = c.on->id,
        .user_id = {},
        .email = to_lower(required_text(body, "email")),
        .name = text_member(body, "name", 255).value_or(""),
        .role = text_member(body, "role", 16).value_or("agent")};
    if (!is_role(m.role)) throw refusal{400, "VALIDATION", "no such role"};
    auto const password = required_text(body, "password", 1024);
    // Whoever has an account already keeps it, and its password: nobody learns which it was.
    m.user_id = co_await account_for(c.core, m.email, password);
    json const shown{{"id", m.user_id}, {"email", m.email}, {"name", m.name}, {"role", m.role}};
    co_await bind(c.core, std::move(m));
    co_return json_response(201, shown);
}

static asio::awaitable<response> remove_member(call& c)
{
    auto filter = matching("_id", c.on->id + ":" + c.parameter("id"));
    auto const n = co_await c.core.store.remove(main_place("memberships"), std::move(filter));
    if (n == 0) not_found();
    response out;
    out.status = 204;
    co_return out;
}

static asio::awaitable<response> who_am_i(call& c)
{
    co_return json_response(200, {{"id", c.user_id}, {"tenant_id", c.on->id}, {"role", c.role}});
}

void add_accounts(routes& to)
{
    to.add("POST", "/api/auth/login", {access::anyone, scope::read, log_in});
    to.add("GET", "/api/auth/me", {access::member, scope::read, who_am_i});
    to.add("GET", "/api/users", {access::member, scope::read, list_members});
    to.add("POST", "/api/users", {access::member, scope::manage, add_member});
    to.add("DELETE", "/api/users/{id}", {access::member, scope::manage, remove_member});
}

} // namespace watertight::lab::proptech
