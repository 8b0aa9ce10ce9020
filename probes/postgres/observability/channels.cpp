#include "harness/probe/toolbox.hpp"
#include "probes/postgres/observability/stage.hpp"

#include <algorithm>

namespace watertight::probes::postgres::observability {

using stores::quote_identifier;
using stores::quote_literal;

// As the privileged role sees it: everything that anybody listens to or tells.
static constexpr auto channels_sql = R"sql(
select distinct name from (
  select lower(m[1]) as name from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
         regexp_matches(p.prosrc, '\mnotify\s+([a-z_][a-z0-9_]*)', 'gi') m
  where n.nspname not in ('pg_catalog', 'information_schema')
  union all
  select m[1] from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
         regexp_matches(p.prosrc, 'pg_notify\s*\(\s*''([^'']+)''', 'gi') m
  where n.nspname not in ('pg_catalog', 'information_schema')
  union all
  select m[1] from pg_stat_activity,
         regexp_matches(query, '^\s*listen\s+"?([^";\s]+)', 'gi') m
  where datname = current_database() and pid <> pg_backend_pid()
) c where name <> '' limit 20)sql";

asio::awaitable<std::vector<std::string>> channels_of(stage s)
{
    std::vector<std::string> out;
    auto const rows = co_await s.db.query(channels_sql);
    if (rows.has_error()) co_return out;
    for (auto const& row : rows->values) {
        auto const name = row[0].value_or("");
        out.push_back(name);
        // The beginning of a name that the tenant's ends.
        if (std::string_view{"_:.-"}.find(name.back()) == std::string_view::npos) continue;
        out.push_back(name + probe::stored_tenant_value(s.ctx, s.victim));
        out.push_back(name + s.ctx.tenant(s.victim).slug);
    }
    co_return out;
}

void note_channels(
    stage const& s,
    std::vector<std::string> const& names,
    result<std::vector<stores::postgres_notice>> const& told,
    std::vector<attempt>& out
)
{
    for (auto const& name : names) {
        attempt a{.what = sight::channel, .victim = s.victim, .intruder = s.intruder};
        a.channel = "postgres channel " + name;
        a.control = told.has_value();
        if (told.has_error()) a.failure = told.error().message;
        a.reproduction = s.role.reproduction("", "listen " + quote_identifier(name));
        for (std::size_t i = 0; told.has_value() && i < told->size(); ++i) {
            auto const& one = (*told)[i];
            if (one.channel != name) continue;
            for (auto const& seen : probe::canaries_in(s.ctx, one.payload)) {
                if (seen.who.tenant == s.victim) a.token = seen.token;
            }
        }
        out.push_back(std::move(a));
    }
}

static constexpr auto slots_sql = R"sql(
select slot_name, plugin, (select string_agg(pubname, ',') from pg_publication)
from pg_replication_slots
where slot_type = 'logical' and database = current_database() and not active
order by 1 limit 10)sql";

static std::string peek_sql(std::string const& slot, std::string const& plugin, std::string with)
{
    auto const name = quote_literal(slot);
    if (plugin == "pgoutput") {
        return fmt::format(
            "select encode(data, 'escape') from pg_logical_slot_peek_binary_changes({}, null, "
            "5000, "
            "'proto_version', '1', 'publication_names', {})",
            name,
            quote_literal(with)
        );
    }
    return fmt::format("select data from pg_logical_slot_peek_changes({}, null, 5000)", name);
}

asio::awaitable<void> note_slots(stage s, std::vector<attempt>& out)
{
    auto const slots = co_await s.db.query(slots_sql);
    if (slots.has_error() || !s.is_role) co_return;
    for (auto const& row : slots->values) {
        attempt a{.what = sight::slot, .victim = s.victim, .intruder = s.intruder};
        a.channel = "postgres slot " + *row[0];
        auto const sql = peek_sql(*row[0], row[1].value_or(""), row[2].value_or(""));
        a.reproduction = s.role.reproduction("", sql);
        auto const shown = co_await s.direct->script("set statement_timeout = '4s'; " + sql);
        a.control = shown.has_value() || probe::is_forbidden(shown.error());
        if (shown.has_error()) a.failure = shown.error().message;
        if (shown.has_value()) {
            for (auto const& change : shown->values) {
                for (auto const& seen : probe::canaries_in(s.ctx, change[0].value_or(""))) {
                    if (seen.who.tenant == s.victim) a.token = seen.token;
                }
            }
        }
        out.push_back(std::move(a));
    }
}

} // namespace watertight::probes::postgres::observability
