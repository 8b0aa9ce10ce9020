#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

namespace watertight::lab::zoptal {

static constexpr std::uint32_t session_s = 3'600;

static refusal wrong_credentials()
{
    return {401, "UNAUTHENTICATED", "e-mail address or password is wrong"};
}

static asio::awaitable<response> log_in(call& c)
{
    auto const body = read_object(c.in);
    auto const password = required_text(body, "password", 1024);
    mongo_query query;
    query.filter["email"] = to_lower(required_text(body, "email"));
    auto const user = co_await c.core.mongo.find_one(c.on->place("users"), std::move(query));
    if (!user || !password_matches(password, user->value("passwordHash", std::string{}))) {
        throw wrong_credentials();
    }
    auto const lifetime_s = c.process().asked.session_s.value_or(session_s);
    auto const id = user->at("_id").get<std::string>();
    auto const role = user->value("role", std::string{"user"});
    json claims{{"sub", id}, {"tenantId", c.on->id}, {"tenantSlug", c.on->slug}, {"role", role}};
    json const out{
        {"token", c.process().tokens.issue(std::move(claims), lifetime_s)},
        {"expiresIn", lifetime_s},
        {"user", {{"id", id}, {"role", role}}}};
    co_return json_response(200, out);
}

void add_auth(routes& to)
{
    to.add("POST", "/api/auth/login", {access::visitor, log_in});
    to.add("GET", "/internal/authorise", {access::gateway, authorise});
}

} // namespace watertight::lab::zoptal
