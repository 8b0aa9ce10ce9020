#include "harness/lint/postgres.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/lint/prelude.hpp"
#include "harness/lint/tenancy_facts.hpp"
#include "harness/stores/postgres.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace watertight::lint {

static constexpr auto connect_budget = std::chrono::seconds{10};

static std::vector<std::string> table_ids(database_facts const& facts, tenancy const& t)
{
    std::vector<std::string> out;
    for (auto const& table : t.tables) out.push_back(std::to_string(table.id));
    if (!out.empty()) return out;
    for (auto const& r : facts.shape.relations) {
        if (r.kind == 'r' || r.kind == 'p') out.push_back(std::to_string(r.id));
    }
    return out;
}

// $1 to $7 of the prelude.
static parameters prelude_values(database_facts const& facts, tenancy const& t, app_roles const& a)
{
    std::vector<std::string> relations;
    for (auto const& r : facts.shape.relations) relations.push_back(std::to_string(r.id));
    std::vector<std::string> tables;
    std::vector<std::string> columns;
    for (auto const& table : t.tables) {
        tables.push_back(std::to_string(table.id));
        columns.push_back(fmt::format("{{{}}}", fmt::join(table.columns, ",")));
    }
    parameters out;
    out.emplace_back(array_text(relations));
    out.emplace_back(array_text(tables));
    out.emplace_back(array_text(columns));
    out.emplace_back(std::to_string(t.tenants_table));
    out.emplace_back(array_text(a.oids));
    out.emplace_back(a.is_told ? "true" : "false");
    out.emplace_back(array_text(t.schemas));
    return out;
}

static std::optional<std::size_t>
column_of(stores::postgres_rows const& rows, std::string_view name)
{
    auto const at = std::ranges::find(rows.columns, name);
    if (at == rows.columns.end()) return std::nullopt;
    return static_cast<std::size_t>(at - rows.columns.begin());
}

// The columns of a probe.sql by their names: kind, object and detail, and, if they are there, fix
// and level.
static std::string read_rows(stores::postgres_rows const& rows, outcome& out)
{
    auto const kind = column_of(rows, "kind");
    auto const object = column_of(rows, "object");
    auto const detail = column_of(rows, "detail");
    auto const fix = column_of(rows, "fix");
    auto const level = column_of(rows, "level");
    if (!kind || !object || !detail) return "the query does not name kind, object and detail";
    for (auto const& row : rows.values) {
        suspicion s{
            .kind = row[*kind].value_or(""),
            .object = row[*object].value_or(""),
            .detail = row[*detail].value_or(""),
            .fix = fix ? row[*fix].value_or("") : "",
            .level = {}};
        evidence::severity departure{};
        if (level && row[*level] && evidence::parse(*row[*level], departure)) s.level = departure;
        out.found.push_back(std::move(s));
    }
    return {};
}

static asio::awaitable<outcome>
carry_out(stores::postgres& db, postgres_options const& o, postgres_unit unit, parameters values)
{
    outcome out{.what = unit.what, .found = {}, .undecided = {}};
    auto const begun = steady::now();
    if (!db.is_open()) {
        auto const again = co_await db.reconnect(connect_budget);
        if (again.has_error()) {
            out.undecided = again.error().message;
            co_return out;
        }
    }
    auto const rows = co_await read_only(db, o, with_prelude(unit.sql), std::move(values));
    out.undecided = rows.has_error() ? rows.error().message : read_rows(*rows, out);
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

static std::string member(nlohmann::json const& from, char const* name)
{
    auto const at = from.find(name);
    return at != from.end() && at->is_string() ? at->get<std::string>() : std::string{};
}

static suspicion suspicion_of(std::string const& text)
{
    auto const found = nlohmann::json::parse(text);
    suspicion out{
        .kind = member(found, "kind"),
        .object = member(found, "object"),
        .detail = member(found, "detail"),
        .fix = member(found, "fix"),
        .level = {}};
    evidence::severity departure{};
    if (evidence::parse(member(found, "level"), departure)) out.level = departure;
    return out;
}

// A batch that fails is gone through one by one, so that one lint's failure is its own.
static asio::awaitable<void> carry_out_batch(
    stores::postgres& db,
    postgres_options const& o,
    std::vector<postgres_unit> units,
    parameters values,
    report& into
)
{
    auto const begun = steady::now();
    std::vector<std::string_view> queries;
    for (auto const& u : units) queries.push_back(u.sql);
    auto const rows = co_await read_only(db, o, together(queries), values);
    if (rows.has_error()) {
        for (auto const& unit : units) {
            auto one = co_await carry_out(db, o, unit, values);
            into.outcomes.push_back(std::move(one));
        }
        co_return;
    }
    auto const share = seconds(steady::now() - begun) / static_cast<double>(units.size());
    auto const first = into.outcomes.size();
    for (auto const& u : units) {
        into.outcomes.push_back({.what = u.what, .found = {}, .undecided = {}, .seconds = share});
    }
    for (auto const& row : rows->values) {
        auto const unit = std::stoul(row[0].value_or("0"));
        into.outcomes.at(first + unit).found.push_back(suspicion_of(row[1].value_or("{}")));
    }
}

static void note_tenancy(database_facts const& facts, tenancy const& t, report& out)
{
    out.notes.push_back(fmt::format(
        "PostgreSQL {}{}", facts.server.version_text, facts.server.is_standby ? ", a standby" : ""
    ));
    std::set<oid> named;
    for (auto const& table : t.tables) named.insert(table.id);
    if (t.how.empty()) {
        out.notes.emplace_back("nothing was found that names a tenant: say so by --tenant-column");
    } else {
        out.notes.push_back(t.how + fmt::format(" ({})", plural(t.tables.size(), "relation")));
    }
    if (!t.schemas.empty()) return;
    for (auto const& r : facts.shape.relations) {
        auto const is_table = r.kind == 'r' || r.kind == 'p' || r.kind == 'f';
        if (!is_table || named.contains(r.id) || r.id == t.tenants_table) continue;
        out.not_examined.push_back(
            {"table",
             r.schema + "." + r.name,
             "no column names a tenant: examined as far as that does not matter"}
        );
    }
}

static void note_roles(app_roles const& a, report& out)
{
    if (a.oids.empty()) {
        out.notes.emplace_back(
            "no role was found that the application would connect as, superusers aside: say so by "
            "--app-role"
        );
        return;
    }
    out.notes.push_back(fmt::format(
        "the application's role{}: {}{}",
        a.names.size() == 1 ? "" : "s",
        fmt::join(a.names, ", "),
        a.is_told ? "" : " (derived from privileges; --app-role says otherwise)"
    ));
}

asio::awaitable<result<report>>
examine_postgres(asio::any_io_executor core, postgres_options o, std::vector<postgres_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::postgres::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    auto facts = co_await read_database(*db, o);
    if (facts.has_error()) co_return facts.error();
    auto const found = find_tenancy(facts->shape, o.tenant_columns);
    auto tables = table_ids(*facts, found);
    auto const roles = co_await find_app_roles(*db, o, std::move(tables));
    if (roles.has_error()) co_return roles.error();
    report out{.store = "postgres", .where = db->where()};
    out.not_examined = facts->not_examined;
    out.examined = facts->examined;
    note_tenancy(*facts, found, out);
    note_roles(*roles, out);
    auto const values = prelude_values(*facts, found, *roles);
    static constexpr std::size_t batch_max = 14;
    for (std::size_t i = 0; i < units.size(); i += batch_max) {
        auto const end = std::min(i + batch_max, units.size());
        std::vector<postgres_unit> batch;
        for (auto at = i; at < end; ++at) batch.push_back(units[at]);
        co_await carry_out_batch(*db, o, std::move(batch), values, out);
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
