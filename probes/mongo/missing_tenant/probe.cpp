#include "probes/mongo/missing_tenant/probe.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::mongo::missing_tenant {

constexpr probe::spec spec{
    .id = "mongo.missing_tenant",
    .title = "A document says nothing of whose it is",
    .where = probe::layer::mongo,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-668",
    .owasp = "API1:2023",
    .asvs = "8.4.1",
    .faults = "MG1 MG2",
    .rationale = "A backfill that missed some, or a path that writes without the tenant, leaves "
                 "documents that every query with a filter loses and every query without one shows "
                 "to everybody.",
    .remedy = "Repeat the backfill, set the field wherever documents are written, and have a "
              "validator require it.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "mongo " + t.name;
        seen.decided(channel);
        if (t.missing == 0) continue;
        probe::violation v;
        if (t.token) {
            v.victim = t.token->who.tenant;
            v.token = t.token->token;
        } else {
            v.victim_name = "(not said)";
        }
        v.channel = channel;
        v.detail = fmt::format(
            "{} of {} lack {}.", t.missing, plural(t.documents, "document"), t.tenant_field
        );
        v.position = fmt::format("document {} of {}", t.example_id, t.name);
        v.reproduction = t.reproduction;
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    if (out.trials == 0) out.add_undecided("no document of any collection has the tenant field");
    return out;
}

// Equal to null matches what is absent, too.
static stores::mongo_document without(std::string const& field)
{
    stores::mongo_document out;
    out[field] = nullptr;
    return out;
}

static asio::awaitable<result<void>>
look_at_example(probe::context& ctx, stores::mongo& db, stores::mongo_place at, trial& t)
{
    stores::mongo_query q;
    q.filter = without(t.tenant_field);
    auto const one = co_await db.find_one(at, std::move(q));
    if (one.has_error()) co_return one.error();
    // It may have been mended meanwhile.
    if (!one->has_value()) co_return boost::system::in_place_value;
    auto const& document = **one;
    t.example_id = document.contains("_id") ? document["_id"].dump() : "null";
    auto const canaries = probe::canaries_in(ctx, document.dump());
    if (!canaries.empty()) t.token = canaries.front();
    auto const script = fmt::format(
        "db.getSiblingDB(\"{}\").getCollection(\"{}\").countDocuments({{\"{}\": null}})",
        at.database,
        at.collection,
        t.tenant_field
    );
    auto const url = probe::variable_for(ctx, ctx.mongo_store().url);
    t.reproduction = evidence::mongo_command(url, script);
    co_return boost::system::in_place_value;
}

static asio::awaitable<result<trial>>
examine(probe::context& ctx, stores::mongo& db, stores::mongo_place at)
{
    trial out{.name = probe::display(at), .tenant_field = ctx.mongo_store().tenant_field};
    auto const every = co_await db.count(at, stores::mongo_document::object());
    if (every.has_error()) co_return every.error();
    auto const bare = co_await db.count(at, without(out.tenant_field));
    if (bare.has_error()) co_return bare.error();
    out.documents = *every;
    out.missing = std::min(*bare, *every);
    if (out.missing == 0) co_return out;
    auto const looked = co_await look_at_example(ctx, db, std::move(at), out);
    if (looked.has_error()) co_return looked.error();
    co_return out;
}

// A tenant's collection holds the field somewhere, or a tenant's data; others are the system's own.
static bool holds_tenants(trial const& t)
{
    return t.missing < t.documents || t.token.has_value();
}

static asio::awaitable<void> examine_all(
    probe::context& ctx,
    stores::mongo& db,
    std::vector<stores::mongo_place> const& all,
    std::vector<trial>& trials,
    probe::conclusion& out
)
{
    probe::mongo_homes const homes{ctx};
    for (auto const& at : all) {
        auto const name = probe::display(at);
        if (!homes.owners_of(at).empty()) continue;
        auto t = co_await examine(ctx, db, at);
        ctx.tick();
        if (t.has_error()) {
            out.add_undecided(name + ": " + t.error().message);
            ctx.covered().skipped("collection", name, t.error().message);
        } else if (holds_tenants(*t)) {
            ctx.covered().examined("collection", name, spec.id);
            trials.push_back(std::move(*t));
        } else if (t->documents > 0) {
            out.notes.push_back(fmt::format(
                "{}: none of {} has {}: taken for a collection of no tenant's",
                name,
                plural(t->documents, "document"),
                t->tenant_field
            ));
        }
    }
}

static bool
all_have_homes(probe::mongo_homes const& homes, std::vector<stores::mongo_place> const& all)
{
    auto const has_one = [&](auto const& at) { return !homes.owners_of(at).empty(); };
    return !all.empty() && std::ranges::all_of(all, has_one);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (!ctx.has_mongo() || ctx.mongo_store().tenant_field.empty()) {
        out.not_applicable = "stores.mongo with tenant_field";
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
    if (all_have_homes(probe::mongo_homes{ctx}, *all)) {
        out.not_applicable = "a collection that several tenants share; each here is one tenant's";
        co_return out;
    }
    std::vector<trial> trials;
    co_await examine_all(ctx, **db, *all, trials, out);
    auto judged = judge(trials);
    for (auto& reason : out.undecided) judged.add_undecided(std::move(reason));
    judged.notes = std::move(out.notes);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::mongo::missing_tenant
