#include "harness/lint/mongo.hpp"

#include "harness/base/clock.hpp"
#include "harness/stores/mongo.hpp"

namespace watertight::lint {

static constexpr auto connect_budget = std::chrono::seconds{10};

asio::awaitable<result<report>>
examine_mongo(asio::any_io_executor core, mongo_options o, std::vector<mongo_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::mongo::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    mongo_facts facts;
    report out{.store = "mongo", .where = db->where()};
    for (auto const& unit : units) {
        outcome one{.what = unit.what, .found = unit.judge(facts), .undecided = {}};
        out.outcomes.push_back(std::move(one));
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
