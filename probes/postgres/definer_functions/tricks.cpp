#include "probes/postgres/definer_functions/tricks.hpp"

#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::postgres::definer_functions {

using stores::quote_identifier;
using stores::quote_literal;

static attempt attempt_of(bench const& b, std::string function, way how, std::string arguments)
{
    attempt a{.function = std::move(function), .intruder = b.scene.intruder};
    a.arguments = std::move(arguments);
    a.how = how;
    return a;
}

// Everything that the function's owner may read of the protected tables, or may after it has had
// row security no longer forced: nothing but canaries, by way of an error, which a function that
// goes on to fail does not lose.
static std::string ear_sql(bench const& b)
{
    std::vector<std::string> names;
    for (auto const& t : b.scene.guarded) names.push_back(quote_literal(t.quoted()));
    return fmt::format(
        "create function pg_temp.watertight_ear() returns boolean language plpgsql as $ear$ "
        "declare t text; one text; heard text := ''; begin "
        "foreach t in array array[{}]::text[] loop "
        "begin execute 'alter table ' || t || ' no force row level security'; "
        "exception when others then null; end; "
        "begin execute 'select string_agg(distinct m[1], '' '') from ' || t || ' r, "
        "regexp_matches(r::text, ''({}[a-z0-9]{{24}})'', ''gi'') m' into one; "
        "heard := left(heard || ' ' || coalesce(one, ''), 4000); "
        "exception when others then null; end; end loop; "
        "raise exception 'watertight heard %', heard; end $ear$; ",
        join(names, ", "),
        evidence::canary_prefix
    );
}

asio::awaitable<void> try_shadow(bench b, function f, passing with, std::vector<attempt>& out)
{
    std::string views;
    for (auto const& t : b.relations) {
        if (!f.mentions(t.name)) continue;
        auto const name = "pg_temp." + quote_identifier(t.name);
        views += fmt::format(
            // Nothing that a planner could conclude from, so that whoever asks has it carried out.
            "create view {} as select (s.r).* from (select null::{} as r, "
            "pg_temp.watertight_ear() as e offset 0) s where s.e; "
            "grant select on {} to public; ",
            name,
            t.quoted(),
            name
        );
    }
    if (views.empty()) co_return;
    auto a = attempt_of(b, f.display, way::shadow, with.what);
    auto const enter = probe::context_sql_of(b.ctx, b.scene.intruder);
    // What an earlier call looked up is kept in its plan.
    auto const sql = fmt::format(
        "discard plans; {}{}select r::text from {} r limit 1", ear_sql(b), views, call_of(f, with)
    );
    a.reproduction = b.scene.site.role->reproduction(enter, sql);
    auto const shown = co_await b.scene.site.role->attempt(enter, sql);
    a.answered = shown.has_value();
    if (shown.has_error() && shown.error().message.find("watertight heard") != std::string::npos) {
        std::vector<std::string> const said{shown.error().message};
        a.token = co_await probe::guarded_token_in(b.ctx, b.scene, said);
    }
    out.push_back(std::move(a));
}

// @param condition  with {} for the column.
static asio::awaitable<void>
try_condition(bench b, probe::table t, std::string condition, attempt a, std::vector<attempt>& out)
{
    auto const facts = co_await b.scene.site.role->facts_of(t);
    if (facts.has_error() || !facts->may_select || t.tenant_column.empty()) co_return;
    auto const enter = probe::context_sql_of(b.ctx, b.scene.intruder);
    auto const own = quote_literal(probe::stored_tenant_value(b.ctx, b.scene.intruder));
    auto const others = fmt::format(
        "select 1 from {} where {} <> {} limit 1",
        t.quoted(),
        quote_identifier(t.tenant_column),
        own
    );
    // Where no policy keeps them from it anyway, other probes say so.
    auto const open = co_await b.scene.site.role->look(enter, others);
    if (open.has_error() || !open->values.empty()) co_return;
    for (auto const& column : facts->columns) {
        if (!column.is_text() || column.name == t.tenant_column) continue;
        // By way of an index the server would meet one's own rows alone.
        auto const sql = fmt::format(
            "set local enable_indexscan = off; set local enable_bitmapscan = off; "
            "set local enable_indexonlyscan = off; select count(*) from {} where {} <> {} and {}",
            t.quoted(),
            quote_identifier(t.tenant_column),
            own,
            replace_all(condition, "{}", quote_identifier(column.name))
        );
        auto const shown = co_await b.scene.site.role->look(enter, sql);
        a.answered = shown.has_value();
        if (shown.has_value()) continue;
        std::vector<std::string> const said{shown.error().message};
        a.token = co_await probe::guarded_token_in(b.ctx, b.scene, said);
        a.reproduction = b.scene.site.role->reproduction(enter, sql);
        if (a.token) break;
    }
    out.push_back(std::move(a));
}

asio::awaitable<void> try_leak(bench b, function f, std::vector<attempt>& out)
{
    if (!f.is_leakproof || f.types.size() != 1) co_return;
    auto const type = f.types[0];
    if (type != "text" && !type.starts_with("character")) co_return;
    for (auto const& t : b.scene.guarded) {
        auto a = attempt_of(b, f.display, way::leak, "rows of " + t.display());
        auto const condition = fmt::format("{}({{}}) is not null", f.name);
        co_await try_condition(b, t, condition, std::move(a), out);
        if (!out.empty() && out.back().token) co_return;
    }
}

asio::awaitable<void> try_casts(bench b, std::vector<attempt>& out)
{
    for (auto const& t : b.scene.guarded) {
        auto a = attempt_of(b, "cast on " + t.display(), way::leak, "its rows");
        std::string const condition{"{}::text::integer > 0"};
        co_await try_condition(b, t, condition, std::move(a), out);
    }
}

// For the id of a tenant that is there, and for two that nobody has.
static asio::awaitable<void> compare_ids(bench b, function f, passing with, attempt& a)
{
    auto const theirs = probe::stored_tenant_value(b.ctx, b.scene.victim);
    auto const enter = probe::context_sql_of(b.ctx, b.scene.intruder);
    for (std::size_t at = 0; at < with.values.size(); ++at) {
        std::vector<std::optional<std::string>> said;
        std::string sql;
        for (int i = 0; i < 3; ++i) {
            auto const id = i == 2 ? theirs : probe::absent_twin(theirs, b.ctx.random());
            auto one = with;
            one.values[at] = with_id(f.types[at], id);
            sql = fmt::format(
                "select coalesce(string_agg(r::text, ','), '') from {} r", call_of(f, one)
            );
            auto const shown = co_await b.scene.site.role->look(enter, sql);
            if (shown.has_error() || shown->values.empty()) break;
            said.push_back(shown->values[0][0]);
        }
        if (said.size() != 3 || said[0] != said[1] || said[1] == said[2]) continue;
        a.tells_of = b.scene.victim;
        a.arguments = "another tenant's id, compared with one that nobody has";
        a.reproduction = b.scene.site.role->reproduction(enter, sql);
        co_return;
    }
}

// As a whole, and the figures that a plan gives for rows that a filter left out: times differ.
static std::string digest_of(std::string const& call, bool is_plan)
{
    if (!is_plan) return probe::digest_sql(call);
    return fmt::format(
        "(select coalesce(sum(m[1]::bigint), -1)::text from {} r, "
        "regexp_matches(r::text, 'Rows Removed by Filter\"?: (\\d+)', 'g') m)",
        call
    );
}

static asio::awaitable<void>
compare_writing(bench b, std::string call, probe::table base, bool is_plan, attempt& a)
{
    auto digest = digest_of(call, is_plan);
    auto again = co_await probe::moved_by_victims_row(b.ctx, b.scene, base, std::move(digest));
    if (again.empty()) co_return;
    a.tells_of = b.scene.victim;
    a.arguments += ", before and after a row of another tenant's";
    a.reproduction = std::move(again);
}

asio::awaitable<void> try_figures(bench b, function f, passing with, std::vector<attempt>& out)
{
    auto a = attempt_of(b, f.display, way::figure, with.what);
    a.answered = true;
    if (f.explains() || (f.is_definer && b.users_call)) co_await compare_ids(b, f, with, a);
    for (auto const& t : b.scene.guarded) {
        if (a.tells_of || b.scene.site.is_replica || !f.mentions(t.name)) continue;
        co_await compare_writing(b, call_of(f, with), t, false, a);
        if (f.explains() && !a.tells_of) {
            co_await compare_writing(b, call_of(f, with), t, true, a);
        }
    }
    out.push_back(std::move(a));
}

} // namespace watertight::probes::postgres::definer_functions
