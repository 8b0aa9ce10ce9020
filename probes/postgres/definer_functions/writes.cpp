#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/definer_functions/tricks.hpp"

#include <algorithm>

namespace watertight::probes::postgres::definer_functions {

// What the victim sees twice before, to tell whether it stays as it is by itself, and once after.
static std::string watched(bench const& b, std::string const& call)
{
    auto const as_victim = probe::context_sql_of(b.ctx, b.scene.victim);
    return fmt::format(
        "{0}; select set_config('watertight.seen1', {1}, true); "
        "select set_config('watertight.seen2', {1}, true); {2}; select count(*) from {3} r; {0}; "
        "select current_setting('watertight.seen1'), current_setting('watertight.seen2'), {1}",
        as_victim,
        b.seen,
        probe::context_sql_of(b.ctx, b.scene.intruder),
        call
    );
}

static asio::awaitable<bool> changes(bench b, function f, passing with, attempt& a)
{
    auto const sql = watched(b, call_of(f, with));
    auto const rows = co_await b.scene.site.role->attempt("", sql);
    if (rows.has_error() || rows->values.empty()) co_return false;
    a.answered = true;
    auto const& row = rows->values[0];
    if (row[0] != row[1] || row[1] == row[2]) co_return false;
    a.tells_of = b.scene.victim;
    a.reproduction = b.scene.site.role->reproduction("", sql);
    co_return true;
}

asio::awaitable<void>
try_writes(bench b, function f, std::vector<passing> calls, std::vector<attempt>& out)
{
    if (!f.is_definer || !f.is_volatile || b.seen.empty() || b.scene.site.is_replica) co_return;
    attempt a{.function = f.display, .intruder = b.scene.intruder};
    for (auto const& call : calls) {
        if (!call.is_id) continue;
        a.how = way::write;
        a.arguments = call.what;
        if (co_await changes(b, f, call, a)) break;
    }
    auto named = passings(f, {probe::stored_tenant_value(b.ctx, b.scene.victim)});
    std::erase_if(named, [](passing const& one) { return !one.is_id; });
    for (auto const& call : named) {
        if (a.tells_of) break;
        a.how = b.users_call ? way::write : way::trusted;
        a.arguments = "another tenant's own id";
        co_await changes(b, f, call, a);
    }
    if (a.answered) out.push_back(std::move(a));
}

} // namespace watertight::probes::postgres::definer_functions
