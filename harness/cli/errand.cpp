#include "harness/cli/errand.hpp"

#include "harness/probe/runner.hpp"
#include "harness/stores/postgres_address.hpp"

#include <algorithm>

namespace watertight::cli {

static std::string user_of(std::string const& url)
{
    auto const address = stores::parse_postgres_address(url);
    return address.has_error() ? std::string{} : std::string{address->get("user")};
}

void take_model(target::model const& m, errand& e)
{
    if (m.postgres) {
        e.postgres.url = m.postgres->url.empty() ? m.postgres->app_role_url : m.postgres->url;
        e.postgres.exclude = m.postgres->exclude;
        if (!m.postgres->tenant_column.empty()) {
            e.postgres.tenant_columns.push_back(m.postgres->tenant_column);
        }
        auto const role = user_of(m.postgres->app_role_url);
        if (!role.empty()) e.postgres.app_roles.push_back(role);
    }
    if (m.redis) {
        e.redis.url = m.redis->url;
        e.redis.exclude = m.redis->exclude;
    }
    if (m.mongo) {
        e.mongo.url = m.mongo->url;
        e.mongo.exclude = m.mongo->exclude;
        e.mongo.tenant_field = m.mongo->tenant_field;
    }
}

template <class Unit>
static void keep(
    std::vector<Unit>& all,
    std::vector<std::string> const& only,
    std::vector<std::string> const& skip
)
{
    std::erase_if(all, [&](Unit const& u) {
        auto const named = [&](std::string const& pattern) {
            return probe::matches(pattern, u.what.id);
        };
        auto const is_wanted = only.empty() || std::ranges::any_of(only, named);
        return !is_wanted || std::ranges::any_of(skip, named);
    });
}

void keep_chosen(
    errand& e, std::vector<std::string> const& only, std::vector<std::string> const& skip
)
{
    keep(e.postgres_units, only, skip);
    keep(e.redis_units, only, skip);
    keep(e.mongo_units, only, skip);
}

static void
take(errand& e, std::string store, result<lint::report> r, std::vector<lint::report>& out)
{
    if (r.has_error())
        e.unreached.emplace_back(std::move(store), r.error().message);
    else
        out.push_back(std::move(*r));
}

asio::awaitable<void> look(asio::any_io_executor core, errand& e, std::vector<lint::report>& out)
{
    if (!e.postgres.url.empty() && !e.postgres_units.empty()) {
        auto r = co_await lint::examine_postgres(core, e.postgres, e.postgres_units);
        take(e, "postgres", std::move(r), out);
    }
    if (!e.redis.url.empty() && !e.redis_units.empty()) {
        auto r = co_await lint::examine_redis(core, e.redis, e.redis_units);
        take(e, "redis", std::move(r), out);
    }
    if (!e.mongo.url.empty() && !e.mongo_units.empty()) {
        auto r = co_await lint::examine_mongo(core, e.mongo, e.mongo_units);
        take(e, "mongo", std::move(r), out);
    }
}

} // namespace watertight::cli
