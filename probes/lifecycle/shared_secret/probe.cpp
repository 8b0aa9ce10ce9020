#include "probes/lifecycle/shared_secret/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/guests.hpp"
#include "harness/probe/read_back.hpp"
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
    // What is everybody's, or only names a secret.
    for (auto const* const part : {"publi", "prefix", "fingerprint", "_id", "algorithm"}) {
        if (lower.find(part) != std::string::npos) return false;
    }
    for (auto const* const part : {"key", "secret", "signing", "webhook", "credential"}) {
        if (lower.find(part) != std::string::npos) return true;
    }
    return false;
}

bool looks_random(std::string_view value)
{
    static constexpr std::size_t telling = 16;
    auto const fits = [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view{"_-+=/"}.find(c) != std::string_view::npos;
    };
    auto const digits = std::ranges::count_if(value, is_digit);
    return value.size() >= telling && std::ranges::all_of(value, fits) && digits >= 2 &&
           value.find("//") == std::string_view::npos;
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

// What is told once, by the answer that makes an object: a webhook's secret, a key.
static asio::awaitable<void>
look_at_creations(probe::context& ctx, tenant_index t, std::vector<given>& out)
{
    using target::resource;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        auto& who = ctx.actor(t);
        co_await probe::ensure_parents(ctx, *r, who);
        if (!r->parent.empty() && ctx.population().living(t, r->parent).empty()) continue;
        auto const made = co_await probe::create_once(ctx, *r, who);
        if (made.object == nullptr) continue;
        for (auto const& [place, value] : probe::flatten(made.answer.body)) {
            auto const name = place.substr(place.rfind('/') + 1);
            auto const is_text = value.size() > 2 && value.front() == '"';
            if (!is_text || !is_lasting_secret(name)) continue;
            auto secret = value.substr(1, value.size() - 2);
            auto const is_own_words = made.answer.wire.find(secret) != std::string::npos;
            if (!looks_random(secret) || is_own_words) continue;
            out.push_back({t, name + " of " + r->name, std::move(secret)});
        }
        co_await probe::discard(ctx, *r, *made.object);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    static constexpr std::size_t telling = 8;
    static constexpr std::size_t makers_max = 2;
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
    auto const makers = ctx.tenants();
    for (std::size_t i = 0; i < std::min(makers_max, makers.size()); ++i) {
        co_await look_at_creations(ctx, makers[i], all);
    }
    co_return judge(all);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::shared_secret
