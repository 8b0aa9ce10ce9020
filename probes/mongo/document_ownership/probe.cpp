#include "probes/mongo/document_ownership/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/redis_keys.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/targets.hpp"
#include "harness/probe/toolbox.hpp"

namespace watertight::probes::mongo::document_ownership {

constexpr probe::spec spec{
    .id = "mongo.document_ownership",
    .title = "A document stands where another tenant's documents stand",
    .where = probe::layer::mongo,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-668",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "MG1 MG2 MG3 MG6 MG7 MG8 MG10 MG12",
    .rationale = "No schema makes a document say whose it is: what is written without its tenant, "
                 "with another's, or into another's collection or database is served to the wrong "
                 "tenant from then on.",
    .remedy = "Set tenant, collection and database in one place, from the credentials, and let a "
              "validator or a role of the database refuse what lacks them.",
};

// Why a group may not stand where it does; empty if it may.
static std::string fault_of(trial const& t, trial::group const& g)
{
    auto const owner = g.token.who.tenant;
    if (!t.homes.empty() && !t.homes.contains(owner)) {
        return "The collection or its database is another tenant's own.";
    }
    if (t.tenant_field.empty()) {
        if (!t.homes.empty() || g.stored_tenant == owner) return {};
        if (!g.stored_tenant) {
            return "No collection or database of its own, and no member of the document, says "
                   "whose "
                   "it is.";
        }
        return fmt::format(
            "The document says '{}', and carries another tenant's canary.", *g.stored
        );
    }
    if (!g.stored) {
        return t.homes.empty() ? fmt::format("The document has no {}.", t.tenant_field) : "";
    }
    if (g.stored_tenant == owner) return {};
    return fmt::format(
        "{} says '{}' in a document that carries another tenant's canary.",
        t.tenant_field,
        *g.stored
    );
}

static std::optional<tenant_index> intruder_of(trial const& t, trial::group const& g)
{
    if (!t.homes.empty() && !t.homes.contains(g.token.who.tenant)) return *t.homes.begin();
    return g.stored_tenant;
}

probe::conclusion judge(
    std::vector<trial> const& trials,
    std::vector<std::pair<tenant_index, std::string>> const& planted
)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<tenant_index> found;
    for (auto const& t : trials) {
        auto const channel = "mongo " + t.name;
        for (auto const& g : t.groups) {
            seen.decided(channel);
            found.insert(g.token.who.tenant);
            auto why = fault_of(t, g);
            if (why.empty()) continue;
            probe::violation v;
            v.victim = g.token.who.tenant;
            v.intruder = intruder_of(t, g);
            v.channel = channel;
            v.detail = fmt::format("{} Documents like it: {}.", why, g.count);
            v.token = g.token.token;
            v.position = fmt::format("document {} of {}", g.id, t.name);
            v.reproduction = g.reproduction;
            out.violations.push_back(std::move(v));
        }
    }
    seen.finish(out);
    if (out.trials == 0) {
        out.add_undecided("no document carries a canary: is it the real store?");
        return out;
    }
    for (auto const& [tenant, slug] : planted) {
        if (found.contains(tenant)) continue;
        out.add_undecided(fmt::format("nothing that {} wrote was found in the store", slug));
    }
    return out;
}

static std::string script_for(stores::mongo_place const& at, trial::group const& g)
{
    return fmt::format(
        "db.getSiblingDB(\"{}\").getCollection(\"{}\").find({{_id: EJSON.parse('{}')}})",
        at.database,
        at.collection,
        g.id
    );
}

static trial attribute(
    probe::context& ctx,
    stores::mongo_place const& at,
    probe::mongo_homes const& homes,
    probe::marked_documents const& marked,
    std::map<std::string, tenant_index> const& by_value
)
{
    trial out{
        .name = probe::display(at),
        .homes = homes.owners_of(at),
        .tenant_field = ctx.mongo_store().tenant_field,
        .groups = {}};
    auto const url = probe::variable_for(ctx, ctx.mongo_store().url);
    for (auto const& [key, held] : marked.groups) {
        trial::group g;
        g.token = held.token;
        g.stored = key.first;
        if (g.stored) {
            auto const named = by_value.find(*g.stored);
            if (named != by_value.end()) g.stored_tenant = named->second;
        }
        g.id = held.id;
        g.count = held.count;
        g.reproduction = evidence::mongo_command(url, script_for(at, g));
        out.groups.push_back(std::move(g));
    }
    return out;
}

// Tenants with an object that lives, so that something of theirs must stand in the store.
static std::vector<std::pair<tenant_index, std::string>> planted_in(probe::context& ctx)
{
    std::vector<std::pair<tenant_index, std::string>> out;
    for (auto const t : ctx.tenants()) {
        for (auto const& r : ctx.model().resources) {
            if (r.is_shared || probe::pick_object(ctx, t, r, 0) == nullptr) continue;
            out.emplace_back(t, ctx.tenant(t).slug);
            break;
        }
    }
    return out;
}

static void
cover(probe::context& ctx, trial const& t, std::uint64_t documents, probe::conclusion& out)
{
    ctx.covered().examined("collection", t.name, spec.id);
    if (t.groups.empty() && documents > 0) {
        out.notes.push_back(
            fmt::format("{} holds {} without a canary", t.name, plural(documents, "document"))
        );
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_mongo()) {
        out.not_applicable = "stores.mongo with a url that may read every collection";
        co_return out;
    }
    auto const db = co_await ctx.mongo();
    if (db.has_error()) {
        out.add_undecided(db.error().message);
        co_return out;
    }
    auto const all = co_await probe::list_collections(**db, ctx.mongo_store());
    if (all.has_error()) {
        out.add_undecided(all.error().message);
        co_return out;
    }
    probe::mongo_homes const homes{ctx};
    std::map<std::string, tenant_index> by_value;
    for (auto const& t : ctx.population().tenants) {
        by_value.emplace(probe::stored_mongo_value(ctx, t.index), t.index);
        if (!ctx.mongo_store().tenant_field.empty()) continue;
        for (auto const& name : probe::names_of_tenant(t)) by_value.emplace(name, t.index);
    }
    std::vector<trial> trials;
    for (auto const& at : *all) {
        auto const marked = co_await probe::find_marked(ctx, **db, at);
        if (marked.has_error()) {
            out.add_undecided(probe::display(at) + ": " + marked.error().message);
            ctx.covered().skipped("collection", probe::display(at), marked.error().message);
            continue;
        }
        auto t = attribute(ctx, at, homes, *marked, by_value);
        cover(ctx, t, marked->read, out);
        if (!marked->bound.empty()) out.notes.push_back(t.name + ": " + marked->bound);
        if (!t.groups.empty()) trials.push_back(std::move(t));
    }
    auto judged = judge(trials, planted_in(ctx));
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    judged.notes = std::move(out.notes);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::mongo::document_ownership
