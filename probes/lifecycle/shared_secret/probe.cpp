#include "probes/lifecycle/shared_secret/probe.hpp"

#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace watertight::probes::lifecycle::shared_secret {

constexpr probe::spec spec{
    .id = "lifecycle.shared_secret",
    .title = "Two tenants were given the same secret",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-323",
    .owasp = "API2:2023",
    .asvs = "11.4.1, 13.3.1",
    .faults = "L9",
    .rationale = "Keys that are copied from a template, or made from a name or a number, are "
                 "everybody's: one customer's key opens, signs or decrypts another's.",
    .remedy = "Make each tenant's secrets of its own from the system's random source when it is "
              "provisioned, and refuse one that is there already.",
};

bool is_lasting_secret(std::string_view name)
{
    auto const lower = to_lower(std::string{name});
    if (lower.find("public") != std::string::npos) return false;
    for (auto const* const part : {"key", "secret", "signing", "webhook", "credential"}) {
        if (lower.find(part) != std::string::npos) return true;
    }
    return false;
}

probe::conclusion judge(std::vector<given> const& all)
{
    probe::conclusion out;
    std::map<std::string, given const*> first;
    std::set<tenant_index> owners;
    std::set<std::string> told;
    for (auto const& g : all) {
        owners.insert(g.tenant);
        auto const [known, is_new] = first.emplace(g.value, &g);
        ++out.trials;
        ++out.controls;
        auto const& other = *known->second;
        if (is_new || other.tenant == g.tenant || !told.insert(g.value).second) continue;
        probe::violation v;
        v.victim = other.tenant;
        v.intruder = g.tenant;
        v.channel = "secret " + g.what;
        v.detail = "It is the same as another tenant's.";
        v.reproduction = "# make two tenants and compare what their creation answers";
        out.violations.push_back(std::move(v));
    }
    if (owners.size() >= 2) return out;
    probe::conclusion none;
    none.not_applicable = "no two tenants of the run were given keys or secrets";
    return none;
}

// What the scenario chose itself is no secret of the target's making.
static std::set<std::string> chosen(tenants::plan const& how)
{
    std::set<std::string> out;
    for (auto const& [name, text] : how.attributes) out.insert("tenant " + name);
    for (auto const& user : how.users) {
        for (auto const& [name, text] : user.attributes) out.insert("user " + name);
    }
    return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    static constexpr std::size_t telling = 8;
    auto const& how = ctx.shop().how;
    if (!how.create && !how.create_sql) {
        probe::conclusion none;
        none.not_applicable = "it takes tenants of the run's making: whoever made the others may "
                              "have chosen their secrets";
        co_return none;
    }
    auto const own = chosen(how);
    std::vector<given> all;
    auto const add = [&](tenant_index t, target::values const& values, std::string const& whose) {
        for (auto const& [name, value] : values.all()) {
            auto const is_given = is_lasting_secret(name) && value.size() >= telling;
            auto const kind = whose == "tenant" ? "tenant " : "user ";
            if (!is_given || own.contains(kind + name)) continue;
            all.push_back({t, name + " of a " + whose, value});
        }
    };
    for (auto const t : ctx.tenants()) {
        auto const& tenant = ctx.tenant(t);
        add(t, tenant.attributes, "tenant");
        for (auto const& who : tenant.actors) add(t, who.attributes, who.role);
    }
    co_return judge(all);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::shared_secret
