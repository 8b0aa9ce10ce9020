#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/row_ownership/probe.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace watertight::probes::postgres::row_ownership {

static void judge_row(trial const& t, trial::row const& row, probe::conclusion& out)
{
    for (auto const& token : row.tokens) {
        if (row.stored == token.who.tenant) continue;
        probe::violation v;
        v.victim = token.who.tenant;
        v.intruder = row.stored;
        v.channel = "postgres " + t.table;
        v.detail = fmt::format(
            "{} says '{}' in a row that carries another tenant's canary.",
            t.tenant_column,
            row.stored_value
        );
        v.token = token.token;
        v.position = "row of " + t.table;
        v.reproduction = t.reproduction;
        out.violations.push_back(std::move(v));
        return;
    }
}

static void judge_crossing(trial const& t, trial::crossing const& c, probe::conclusion& out)
{
    probe::violation v;
    v.victim = c.to;
    v.intruder = c.from;
    v.channel = fmt::format("postgres {} by {}", t.table, c.key);
    v.detail = fmt::format(
        "{} row(s) of one tenant refer by {} to rows of {} that are another tenant's.",
        c.count,
        c.key,
        c.parent
    );
    v.position = "row of " + t.table;
    v.level = evidence::severity::medium;
    v.reproduction = t.reproduction;
    out.violations.push_back(std::move(v));
}

// The tenant to whom each value belongs: most of the rows under it carry their canaries.
static std::map<std::string, tenant_index> owners_of(std::vector<trial::strangers> const& all)
{
    std::map<std::string, std::pair<std::uint64_t, tenant_index>> most;
    for (auto const& s : all) {
        auto& best = most[s.value];
        if (s.count > best.first) best = {s.count, s.carries};
    }
    std::map<std::string, tenant_index> out;
    for (auto const& [value, best] : most) out.emplace(value, best.second);
    return out;
}

static void
judge_strangers(trial const& t, bool is_tenants_column, probe::tally& seen, probe::conclusion& out)
{
    auto const owners = owners_of(t.under_others);
    for (auto const& s : t.under_others) {
        auto row = s.sample;
        if (!is_tenants_column) row.stored = owners.at(s.value);
        for (std::uint64_t i = 0; i < s.count; ++i) seen.decided("postgres " + t.table);
        judge_row(t, row, out);
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<std::string> tenant_columns;
    for (auto const& t : trials) {
        auto const is_known = [](trial::row const& r) { return r.stored.has_value(); };
        if (t.rightly > 0 || std::ranges::any_of(t.rows, is_known))
            tenant_columns.insert(t.tenant_column);
    }
    for (auto const& t : trials) {
        for (std::uint64_t i = 0; i < t.rightly; ++i) seen.decided("postgres " + t.table);
        for (auto const& row : t.rows) {
            seen.decided("postgres " + t.table);
            judge_row(t, row, out);
        }
        for (auto const& c : t.crossings) judge_crossing(t, c, out);
        auto const is_tenants = !t.is_guessed && tenant_columns.contains(t.tenant_column);
        judge_strangers(t, is_tenants, seen, out);
    }
    seen.finish(out);
    if (out.trials == 0) {
        out.add_undecided("no row with a tenant column carries a canary: is it the real store?");
    }
    return out;
}

} // namespace watertight::probes::postgres::row_ownership
