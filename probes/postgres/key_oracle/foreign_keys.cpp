#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/key_oracle/keys.hpp"

#include <algorithm>

namespace watertight::probes::postgres::key_oracle {

using stores::quote_identifier;
using stores::quote_literal;

static constexpr auto foreign_sql = R"sql(
select k.conname, n.nspname, p.relname, (k.confdeltype = 'c')::int,
       string_agg(a.attname, E'\x1f' order by u.n), string_agg(b.attname, E'\x1f' order by u.n)
from pg_constraint k
cross join unnest(k.conkey, k.confkey) with ordinality as u (own, theirs, n)
join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.own
join pg_attribute b on b.attrelid = k.confrelid and b.attnum = u.theirs
join pg_class p on p.oid = k.confrelid join pg_namespace n on n.oid = p.relnamespace
where k.contype = 'f' and k.conrelid = {}::regclass and k.conparentid = 0
group by k.oid, k.conname, n.nspname, p.relname, k.confdeltype)sql";

struct reference {
    std::string key{};
    std::vector<std::string> columns{};
    probe::table parent{};
    std::vector<std::string> parent_columns{};
    bool cascades = false;

    /// Columns of the table, or of its parent, that hold these.
    static std::string
    equal(std::vector<std::string> const& names, std::vector<std::string> const& values);
    std::map<std::string, std::string> to(std::vector<std::string> const& values) const;
};

std::string
reference::equal(std::vector<std::string> const& names, std::vector<std::string> const& values)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        out.push_back(fmt::format("{} = {}", quote_identifier(names[i]), quote_literal(values[i])));
    }
    return join(out, " and ");
}

std::map<std::string, std::string> reference::to(std::vector<std::string> const& values) const
{
    std::map<std::string, std::string> out;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        out.emplace(columns[i], quote_literal(values[i]));
    }
    return out;
}

// What rows of this tenant's are referred to by; empty if it has none.
static asio::awaitable<std::vector<std::string>>
parents_key(bench const& b, reference const& r, tenant_index of)
{
    std::vector<std::string> out;
    auto const keys = co_await probe::owner_keys_of(b.ctx, *b.s.site.db, r.parent);
    if (keys.has_error()) co_return out;
    std::vector<std::string> shown;
    for (auto const& c : r.parent_columns) shown.push_back("p." + quote_identifier(c) + "::text");
    auto sql = fmt::format(
        "select {} from {} p where {} limit 1",
        join(shown, ", "),
        r.parent.quoted(),
        keys->condition(of, "p")
    );
    auto const rows = co_await b.s.site.db->query(std::move(sql));
    if (rows.has_error() || rows->values.empty()) co_return out;
    for (auto const& value : rows->values[0]) {
        if (!value) co_return std::vector<std::string>{};
        out.push_back(*value);
    }
    co_return out;
}

static asio::awaitable<void> try_cascade(bench b, reference r, std::vector<attempt>& out)
{
    auto const mine = co_await parents_key(b, r, b.intruder);
    auto const parents = co_await b.s.site.role->facts_of(r.parent);
    if (mine.empty() || parents.has_error() || !parents->may_delete) co_return;
    auto const child = b.copy(b.victim, r.to(mine));
    auto const there =
        fmt::format("select 1 from {} where {}", b.t.quoted(), reference::equal(r.columns, mine));
    auto const remove = fmt::format(
        "delete from {} where {}", r.parent.quoted(), reference::equal(r.parent_columns, mine)
    );
    auto const again = b.enter(b.victim) + "; " + there;
    auto const sql = fmt::format("{}; {}; {}; {}", child, b.enter(b.intruder), remove, again);
    attempt a{.what = kind::cascade, .table = b.t.display(), .key = r.key};
    a.columns = join(r.columns, ", ");
    a.victim = b.victim;
    a.intruder = b.intruder;
    a.reproduction = b.s.site.role->reproduction(b.enter(b.victim), sql);
    auto const undisturbed = fmt::format("{}; {}", child, again);
    auto const before = co_await b.s.site.role->attempt(b.enter(b.victim), undisturbed);
    auto const after = co_await b.s.site.role->attempt(b.enter(b.victim), sql);
    a.control = before.has_value() && !before->values.empty() && after.has_value();
    a.tells = a.control && after->values.empty();
    if (a.control) out.push_back(std::move(a));
}

static asio::awaitable<void> try_reference(bench b, reference r, std::vector<attempt>& out)
{
    auto const theirs = co_await parents_key(b, r, b.victim);
    if (theirs.empty()) co_return;
    std::vector<std::string> absent;
    for (auto const& one : theirs) absent.push_back(probe::absent_twin(one, b.ctx.random()));
    auto const sql = b.copy(b.intruder, r.to(theirs));
    if (sql.empty()) co_return;
    attempt a{.what = kind::reference, .table = b.t.display(), .key = r.key};
    a.columns = join(r.columns, ", ");
    a.victim = b.victim;
    a.intruder = b.intruder;
    auto const enter = b.enter(b.intruder);
    a.reproduction = b.s.site.role->reproduction(enter, sql);
    // Checked when the statement ends, or when somebody asks for it.
    auto const now = std::string{"set constraints all immediate; "};
    auto const accepted = co_await b.s.site.role->attempt(now + enter, sql);
    auto const nowhere = b.copy(b.intruder, r.to(absent));
    auto const refused = co_await b.s.site.role->attempt(now + enter, nowhere);
    a.control = refused.has_error() && refused.error().detail == "23503";
    a.tells = accepted.has_value() && accepted->affected == 1;
    a.failure = refused.has_error() ? refused.error().message : "what is not there is accepted";
    auto const goes_on = a.tells && r.cascades;
    out.push_back(std::move(a));
    if (goes_on) co_await try_cascade(b, r, out);
}

asio::awaitable<void> try_foreign_keys(bench b, std::vector<attempt>& out)
{
    // Where the application alone keeps rows apart, it has to look at references itself.
    if (!probe::is_protected(b.ctx.postgres_store(), b.t)) co_return;
    auto sql = fmt::format(foreign_sql, quote_literal(b.t.quoted()));
    auto const foreign = co_await b.s.site.db->query(std::move(sql));
    if (foreign.has_error()) co_return;
    for (auto const& row : foreign->values) {
        reference r{.key = *row[0], .columns = names_in(row[4])};
        r.parent_columns = names_in(row[5]);
        r.cascades = row[3] == "1";
        if (b.names_tenant(r.columns)) continue;
        for (auto const& t : b.s.site.tables) {
            if (t.schema == row[1] && t.name == row[2]) r.parent = t;
        }
        // What has no tenant is everybody's to refer to.
        if (!r.parent.is_owned() || r.parent.is_tenants) continue;
        co_await try_reference(b, std::move(r), out);
    }
}

} // namespace watertight::probes::postgres::key_oracle
