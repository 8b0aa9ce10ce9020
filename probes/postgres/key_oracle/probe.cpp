#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/key_oracle/keys.hpp"

#include <algorithm>

namespace watertight::probes::postgres::key_oracle {

constexpr probe::spec spec{
    .id = "postgres.key_oracle",
    .title = "A key without the tenant tells of other tenants' rows, or reaches them",
    .where = probe::layer::postgres,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "P35 P36 P37 P38 P39 P40",
    .rationale = "The server checks unique and foreign keys past row security, on purpose: a key "
                 "that lacks the tenant is one namespace for all of them.",
    .remedy = "Put the tenant into every unique key, and refer by (tenant, id) to a unique key on "
              "both.",
};

std::string bench::copy(tenant_index who, std::map<std::string, std::string> const& fixed) const
{
    auto known = fixed;
    for (auto& one : keys.values(who)) known.insert(std::move(one));
    return probe::copy_row_sql(t, facts, keys.condition(who, "r"), known);
}

// Of a key of several columns a part may be another tenant's as well; of a parent's each tells.
bool bench::names_tenant(std::vector<std::string> const& columns) const
{
    auto const is_there = [&](std::string const& name) {
        return std::ranges::count(columns, name) != 0;
    };
    if (t.link) return std::ranges::any_of(keys.columns, is_there);
    return std::ranges::all_of(keys.columns, is_there);
}

std::vector<std::string> names_in(std::optional<std::string> const& text)
{
    std::vector<std::string> out;
    auto const whole = text.value_or("");
    for (auto const one : split(whole, '\x1f')) {
        if (!one.empty()) out.emplace_back(one);
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto s = co_await probe::open_row_scene(ctx);
    if (auto refused = s.site.refusal()) co_return std::move(*refused);
    probe::conclusion out;
    if (s.site.is_replica) {
        out.not_applicable = "a primary: on this replica nothing can be written";
        co_return out;
    }
    if (s.behind_views) {
        out.not_applicable = "a role of the application's that may write tables itself";
        co_return out;
    }
    std::vector<attempt> attempts;
    std::size_t tables = 0;
    for (auto const& t : s.site.tables) {
        if (!t.is_owned() || t.is_tenants) continue;
        auto const present = co_await probe::tenants_in(ctx, *s.site.db, t);
        auto facts = co_await s.site.role->facts_of(t);
        if (present.has_error() || facts.has_error() || present->size() < 2) continue;
        if (!facts->may_insert() || !facts->may_select) continue;
        auto keys = co_await probe::owner_keys_of(ctx, *s.site.db, t);
        if (keys.has_error()) continue;
        bench const b{ctx, s, t, std::move(*facts), std::move(*keys), (*present)[1], (*present)[0]};
        co_await try_unique_keys(b, attempts);
        co_await try_foreign_keys(b, attempts);
        ++tables;
        ctx.tick();
    }
    if (tables == 0) {
        out.add_undecided("no table that the role may write holds two tenants' rows");
        co_return out;
    }
    auto judged = judge(attempts);
    if (attempts.empty()) {
        judged.trials = judged.controls = tables;
        judged.notes.push_back(
            "Every key of the tenant tables that users choose a value of has the tenant in it."
        );
    }
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::postgres::key_oracle
