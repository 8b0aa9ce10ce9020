// What tenants themselves see of Redis: the cache of their projects and what is told of them, with
// an account each. Their own tools read it; it writes nothing.
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/zoptal/handlers.hpp"

#include <fmt/format.h>

namespace watertight::lab::zoptal {

static std::string account_of(tenant const& t)
{
    return "zoptal-" + t.slug;
}

// The account's rules, which the defects K11 to K15 loosen.
static redis_words rules(tenant const& t, fault_set const& faults)
{
    redis_words out{"resetkeys", faults.on("K11") ? "~zoptal:*" : "~" + t.key("*")};
    out.emplace_back("resetchannels");
    out.push_back("&" + t.key("*"));
    if (faults.on("K12")) out.emplace_back("allchannels");
    if (faults.on("K15")) out.emplace_back("&__key*");
    out.emplace_back("-@all");
    for (auto const* const command :
         {"+get",
          "+mget",
          "+exists",
          "+ttl",
          "+type",
          "+ping",
          "+multi",
          "+exec",
          "+discard",
          "+subscribe",
          "+psubscribe",
          "+unsubscribe",
          "+punsubscribe"})
    {
        out.emplace_back(command);
    }
    if (faults.on("K13")) out.emplace_back("+@scripting");
    if (faults.on("K14")) out.insert(out.end(), {"+monitor", "+slowlog"});
    return out;
}

asio::awaitable<json> open_cache_account(core_state& core, tenant const& t)
{
    auto const password = random_password();
    redis_words words{"ACL", "SETUSER", account_of(t), "reset", "on", ">" + password};
    for (auto& rule : rules(t, core.process.faults)) words.push_back(std::move(rule));
    co_await core.redis.command(std::move(words));
    co_return json{{"user", account_of(t)}, {"password", password}};
}

asio::awaitable<void> close_cache_account(core_state& core, tenant const& t)
{
    redis_words words{"ACL", "DELUSER", account_of(t)};
    co_await core.redis.command(std::move(words));
}

asio::awaitable<void> tell(call& c, std::string_view what, std::string text)
{
    redis_words words{"PUBLISH", c.on->key(what), std::move(text)};
    co_await c.core.redis.command(std::move(words));
}

asio::awaitable<void> prepare_cache(cache& redis, fault_set const& faults)
{
    if (!faults.on("K15")) co_return;
    redis_words words{"CONFIG", "SET", "notify-keyspace-events", "KEA"};
    co_await redis.command(std::move(words));
}

} // namespace watertight::lab::zoptal
