#include "probes/api/role_matrix/probe.hpp"

#include "harness/probe/toolbox.hpp"

namespace watertight::probes::api::role_matrix {

constexpr probe::spec spec{
    .id = "api.role_matrix",
    .title = "A role may do what is another's",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-285",
    .owasp = "API5:2023",
    .asvs = "8.2.1, 8.3.1",
    .faults = "A21",
    .rationale = "Screens hide what a role may not do; the operations behind them are one request "
                 "away. Where the platform's own operations ask for any valid token, every "
                 "tenant's user administers all tenants.",
    .remedy = "Decide by role on the server, for each operation, denying what is not granted; keep "
              "the platform's operations behind credentials that no tenant's user can have.",
};

// The tenant with the most roles.
static tenant_index most_roles(probe::context& ctx)
{
    tenant_index best = ctx.tenants().front();
    for (auto const t : ctx.tenants()) {
        if (probe::roles_of(ctx, t).size() > probe::roles_of(ctx, best).size()) best = t;
    }
    return best;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (ctx.tenants().empty()) {
        out.add_undecided("no tenant is ready");
        co_return out;
    }
    auto const t = most_roles(ctx);
    std::vector<trial> trials;
    co_await try_tenants_operations(ctx, t, trials);
    co_await try_platform_operations(ctx, t, trials);
    for (auto const& one : trials) ctx.covered().examined("endpoint", one.channel, spec.id);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::role_matrix
