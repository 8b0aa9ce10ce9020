#include "probes/files/public_link/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::files::public_link {

constexpr probe::spec spec{
    .id = "files.public_link",
    .title = "A link to a tenant's data opens for whoever guesses it",
    .where = probe::layer::files,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-425",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1, 14.2.1",
    .faults = "F3 F4 F7 F9",
    .rationale =
        "Files are handed out by a store that knows no tenants: under URLs made of names and ids, "
        "or by a signer that signs whatever key it is asked for. Whoever can tell the address has "
        "the file, without being anybody.",
    .remedy = "Sign links to one object for a short time, after the same check that guards a "
              "download; keep buckets private; delete what is linked with the object.",
};

static bool is_linking(target::operation const& op)
{
    auto const text = to_lower(op.name + " " + op.path_pattern);
    return std::ranges::any_of(
        std::vector<std::string>{"link", "url", "share", "sign", "public", "download"},
        [&](std::string const& word) { return text.find(word) != std::string::npos; }
    );
}

// What may tell the owner, or somebody else, an address of the object.
static std::vector<probe::target_operation> sources(target::model const& m)
{
    auto out = probe::object_reads(m);
    for (auto const& r : m.resources) {
        for (auto const& op : r.others) {
            auto const is_known =
                std::ranges::any_of(out, [&](auto const& known) { return known.op == &op; });
            auto const names_object = !probe::object_slots(op).empty();
            auto const is_usable = probe::is_tenants_own(m, op) && !r.is_shared && names_object;
            if (!is_known && is_usable && is_linking(op)) out.push_back({&r, &op});
        }
    }
    return out;
}

static void add_values(target::values const& from, std::vector<std::string>& out)
{
    for (auto const& [name, value] : from.all()) {
        if (value.size() >= 3) out.push_back(value);
    }
}

// What gets around of the owner: none of it makes a link secret.
static std::vector<std::string>
known_values(probe::context& ctx, tenant_index victim, target::object const& o)
{
    auto const& t = ctx.tenant(victim);
    std::vector<std::string> out{t.slug, t.name, o.canary};
    add_values(t.attributes, out);
    add_values(o.attributes, out);
    if (auto const id = t.actors.front().attributes.find("id")) out.emplace_back(*id);
    return out;
}

static std::string host_of(probe::exchange const& source)
{
    return std::string{net::find_header(source.wire, "Host").value_or("")};
}

static asio::awaitable<probe::exchange> follow(
    probe::context& ctx,
    probe::exchange const& source,
    target::object const& object,
    probe::link const& where,
    target::actor& who,
    bool has_credentials
)
{
    target::operation op;
    op.name = "link";
    auto const space = source.channel.find(' ');
    op.path_pattern = "link of " + source.channel.substr(space + 1);
    auto options = probe::about(ctx, object);
    options.changes.path = where.target;
    options.judged_alone = true;
    if (!where.host.empty()) options.changes.host = where.host;
    if (!has_credentials) {
        // Where the page lies that has the link, for a tenant may have a host of its own.
        auto host = host_of(source);
        if (where.host.empty() && !host.empty()) options.changes.host = std::move(host);
        options.changes.credentials.emplace();
        options.changes.identity.emplace();
    }
    auto e = co_await ctx.send(op, who, options);
    if (!has_credentials) e.sender = "somebody without credentials";
    co_return e;
}

// With and without the slash at its end, as servers of files and of objects have it.
static std::vector<probe::link> folders_of(probe::link const& l)
{
    static constexpr std::size_t folders_max = 3;
    std::vector<probe::link> out;
    auto path = l.target.substr(0, l.target.find_first_of("?#"));
    while (out.size() < 2 * folders_max) {
        auto const slash = path.rfind('/');
        if (slash == std::string::npos || slash == 0) break;
        path.resize(slash);
        out.push_back({l.host, path + "/"});
        out.push_back({l.host, path});
    }
    return out;
}

// Addresses elsewhere are none of the target's, as far as the scenario allows to tell.
static bool is_targets_own(probe::context& ctx, probe::exchange const& source, probe::link const& l)
{
    if (l.host.empty()) return true;
    auto const& base = ctx.model().base;
    return iequals(l.host, base.authority()) || iequals(l.host, base.host) ||
           iequals(l.host, host_of(source));
}

// Links that the intruder was given to an object of its own, rewritten to the victim's.
static std::vector<probe::link>
rewritten(probe::exchange const& own_source, std::string const& own, std::string const& other)
{
    std::vector<probe::link> out;
    for (auto const& l : probe::links_in(own_source)) {
        if (auto changed = probe::with_other_id(l, own, other)) out.push_back(std::move(*changed));
    }
    return out;
}

static asio::awaitable<void> follow_all(
    probe::context& ctx,
    probe::exchange const& source,
    probe::tenant_pair pair,
    target::object const& object,
    std::vector<probe::link> const& by_own,
    std::vector<trial>& out
)
{
    auto const known = known_values(ctx, pair.victim, object);
    for (auto const& where : probe::links_in(source)) {
        if (!is_targets_own(ctx, source, where)) continue;
        trial t;
        t.victim = pair.victim;
        t.source = source;
        t.where = where;
        t.is_capability = probe::is_capability(where, known);
        t.owners = co_await follow(ctx, source, object, where, ctx.actor(pair.victim), true);
        t.intruders = co_await follow(ctx, source, object, where, ctx.actor(pair.intruder), true);
        t.nobodys = co_await follow(ctx, source, object, where, ctx.actor(pair.intruder), false);
        for (auto const& other : probe::without_secret(where, known)) {
            auto e = co_await follow(ctx, source, object, other, ctx.actor(pair.intruder), false);
            t.altered.push_back(std::move(e));
        }
        // Where a path names the tenant, the intruder's own name stands there with the other's id.
        for (auto const& other : by_own) {
            auto e = co_await follow(ctx, source, object, other, ctx.actor(pair.intruder), false);
            t.rewritten.push_back(std::move(e));
        }
        for (auto const& folder : folders_of(where)) {
            auto e = co_await follow(ctx, source, object, folder, ctx.actor(pair.intruder), false);
            t.folders.push_back(std::move(e));
        }
        out.push_back(std::move(t));
    }
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    target::resource const& r,
    std::vector<probe::target_operation> const& all,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto const made = co_await probe::create_foreign(ctx, r, pair);
    if (made.has_error()) co_return;
    auto& object = **made;
    auto const mine = co_await ctx.create_object(r, pair.intruder);
    auto const first = out.size();
    auto const options = probe::about(ctx, object);
    for (auto const& one : all) {
        if (one.of != &r) continue;
        auto const own = co_await ctx.send(*one.op, ctx.actor(pair.victim), options);
        ctx.covered().examined("endpoint", one.op->channel(), spec.id);
        if (!own.success()) continue;
        std::vector<probe::link> by_own;
        if (mine.has_value()) {
            auto const intruders = probe::about(ctx, **mine);
            auto const e = co_await ctx.send(*one.op, ctx.actor(pair.intruder), intruders);
            by_own = rewritten(e, probe::id_of(**mine), probe::id_of(object));
        }
        co_await follow_all(ctx, own, pair, object, by_own, out);
        for (auto const way : probe::approaches(*one.op)) {
            auto const given = co_await probe::reach(ctx, one, pair, way, options);
            if (given.success()) co_await follow_all(ctx, given, pair, object, {}, out);
        }
    }
    if (mine.has_value()) co_await probe::discard(ctx, r, **mine);
    if (!r.remove || out.size() == first) co_return;
    auto const removed = co_await ctx.send(*r.remove, ctx.actor(pair.victim), options);
    if (!removed.success()) co_return;
    object.removed = true;
    for (auto i = first; i < out.size(); ++i) {
        auto& t = out[i];
        t.afterwards =
            co_await follow(ctx, t.source, object, t.where, ctx.actor(pair.intruder), false);
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const all = sources(ctx.model());
    auto const resources = probe::resources_with(ctx.model(), {&resource::create});
    auto const pairs = ctx.few_pairs(1);
    std::vector<trial> trials;
    for (auto const& pair : pairs) {
        for (auto const* const r : resources) co_await attempt(ctx, *r, all, pair, trials);
    }
    out = judge(trials);
    if (out.trials == 0 && out.undecided.empty()) {
        out.not_applicable = "no answer about an object has a link that leads to its data";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::files::public_link
