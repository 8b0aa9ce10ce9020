#include "harness/lint/redis.hpp"

#include "harness/base/clock.hpp"
#include "harness/stores/redis.hpp"

namespace watertight::lint {

static constexpr auto connect_budget = std::chrono::seconds{10};

static asio::awaitable<result<redis_facts>> read_facts(stores::redis& db)
{
    redis_facts out;
    std::vector<std::vector<std::string>> const commands{{"INFO", "server"}, {"ACL", "LIST"}};
    auto const replies = co_await db.pipeline(commands);
    if (replies.has_error()) co_return replies.error();
    out.info = replies->at(0).text;
    auto const& acl = replies->at(1);
    if (acl.is_error()) out.acl_refused = acl.text;
    for (auto const& line : acl.elements) out.acl.push_back(line.text);
    co_return out;
}

asio::awaitable<result<report>>
examine_redis(asio::any_io_executor core, redis_options o, std::vector<redis_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::redis::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    auto const facts = co_await read_facts(*db);
    if (facts.has_error()) co_return facts.error();
    report out{.store = "redis", .where = db->where()};
    for (auto const& unit : units) {
        outcome one{.what = unit.what, .found = unit.judge(*facts), .undecided = {}};
        out.outcomes.push_back(std::move(one));
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
