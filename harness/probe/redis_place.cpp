#include "harness/evidence/reproduction.hpp"
#include "harness/probe/findings.hpp"
#include "harness/probe/redis_scan.hpp"

namespace watertight::probe {

std::string redis_place::name() const
{
    return database ? fmt::format("db{}:{}", *database, key) : key;
}

key_name redis_place::name_among(tenant_name_set const& tenants) const
{
    auto out = name_of_key(key, tenants);
    if (database) out.family = "db*:" + out.family;
    return out;
}

static std::string
pasted(context& ctx, std::optional<unsigned> const& database, redis_words const& command)
{
    redis_words words;
    if (database) words = {"-n", std::to_string(*database)};
    words.insert(words.end(), command.begin(), command.end());
    return evidence::redis_command(variable_for(ctx, ctx.redis_store().url), words);
}

std::string redis_reproduction(context& ctx, redis_place const& at, std::string verb)
{
    return pasted(ctx, at.database, {std::move(verb), at.key});
}

std::string redis_reproduction(context& ctx, redis_entry const& entry)
{
    auto const& key = entry.at.key;
    redis_words words{"GET", key};
    if (entry.type == "hash") words = {"HGETALL", key};
    if (entry.type == "set") words = {"SMEMBERS", key};
    if (entry.type == "list" || entry.type == "zset") {
        words = {entry.type == "list" ? "LRANGE" : "ZRANGE", key, "0", "-1"};
    }
    if (entry.type == "stream") words = {"XREVRANGE", key, "+", "-", "COUNT", "1000"};
    return pasted(ctx, entry.at.database, words);
}

} // namespace watertight::probe
