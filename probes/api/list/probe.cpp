#include "probes/api/list/probe.hpp"

#include "harness/probe/shaping.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace watertight::probes::api::list {

constexpr probe::spec spec{
    .id = "api.list",
    .title = "A list, search or summary shows other tenants' data",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A05 A06 A07 A09 A18 F2 MG4",
    .rationale = "The tenant filter is one predicate among many, built by code that may leave it "
                 "out when no other filter is given, or that lets a parameter of the request "
                 "replace it.",
    .remedy = "Take the tenant from the credentials alone, add it where queries are built rather "
              "than where they are used, and ignore or refuse parameters that name another.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::set<std::string> controlled;
    for (auto const& t : trials) {
        auto const shows_own = t.answer.token_of(t.answer.tenant) != nullptr;
        if (t.is_plain && t.answer.success() && shows_own) controlled.insert(t.answer.channel);
    }
    for (auto const& t : trials) {
        auto const& e = t.answer;
        std::set<tenant_index> named;
        for (auto const& token : e.seen) {
            if (token.who.tenant == e.tenant || !named.insert(token.who.tenant).second) continue;
            auto const detail = fmt::format(
                "{} asked for its own data{} and was shown another tenant's.",
                e.sender,
                t.with.empty() ? "" : " with " + t.with
            );
            out.violations.push_back(probe::shown_by(token, e.channel, detail, {e}));
        }
        // The target fails for the parameter, not for the list: nothing was shown by it.
        auto const fails_for_it = !t.is_plain && e.status >= 500 && controlled.contains(e.channel);
        if (fails_for_it) continue;
        if (e.undecided()) {
            seen.undecided(e.channel, "the request failed: " + probe::summary(e));
        } else if (controlled.contains(e.channel)) {
            seen.decided(e.channel);
        } else if (t.must_show_own) {
            seen.undecided(e.channel, "no tenant met its own canary in it: " + probe::summary(e));
        }
    }
    seen.finish(out);
    return out;
}

static bool is_identity(target::model const& m, std::string_view name)
{
    for (auto const& channel : m.identity) {
        if (channel.type == target::identity_channel::kind::query && channel.name == name)
            return true;
    }
    return false;
}

// What belongs to an object of the other tenant's, or to one of its users: the filter finds it, and
// what else the list is limited to may be forgotten for it.
static std::vector<std::vector<parameter>>
by_reference(probe::context& ctx, tenant_index asker, tenant_index other, std::string_view own_view)
{
    static constexpr std::size_t resources_max = 12;
    std::vector<std::vector<parameter>> out;
    for (auto const& r : ctx.model().resources) {
        auto const theirs = ctx.population().living(other, r.name);
        auto const own = ctx.population().living(asker, r.name);
        if (theirs.empty() || out.size() >= resources_max) continue;
        auto const own_id = own.empty() ? std::string{} : probe::id_of(*own.front());
        auto& with = out.emplace_back();
        for (auto& name : filters_by(r.name, own_view, own_id)) {
            with.push_back({std::move(name), probe::id_of(*theirs.front())});
        }
    }
    auto const& users = ctx.tenant(other).actors;
    auto const id = users.empty() ? std::nullopt : users.front().attributes.find("id");
    if (!id) return out;
    auto& with = out.emplace_back();
    for (auto const* const name :
         {"user_id",
          "userId",
          "user",
          "assignee",
          "assignee_id",
          "assigneeId",
          "owner",
          "author",
          "author_id",
          "created_by",
          "createdBy",
          "member_id"})
    {
        with.push_back({name, std::string{*id}});
    }
    return out;
}

static asio::awaitable<trial> ask_with(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index asker,
    probe::request_options options,
    std::vector<parameter> const& with
)
{
    trial out;
    out.must_show_own = false;
    out.is_plain = false;
    for (auto const& p : with) {
        if (is_identity(ctx.model(), p.name)) continue;
        options.changes.query.emplace_back(p.name, p.value);
        out.with += (out.with.empty() ? "" : "&") + p.name + "=" + p.value;
    }
    out.answer = co_await ctx.send(*read.op, ctx.actor(asker), std::move(options));
    co_return out;
}

static asio::awaitable<void> pollute(
    probe::context& ctx,
    probe::target_operation read,
    tenant_index asker,
    tenant_index other,
    probe::request_options const& place,
    probe::exchange const& own_view,
    std::vector<trial>& out
)
{
    auto queries = other_queries();
    for (auto const& shape : probe::shaping_queries(ctx, *read.op, own_view)) {
        auto& with = queries.emplace_back();
        for (auto const& [name, value] : shape) with.push_back({name, value});
    }
    for (auto const& with : queries) {
        auto polluted = co_await ask_with(ctx, read, asker, place, with);
        out.push_back(std::move(polluted));
    }
    auto const names = probe::tenant_names(ctx.model());
    auto all_at_once = by_reference(ctx, asker, other, own_view.body);
    std::ranges::move(in_groups(ctx.tenant(other), names), std::back_inserter(all_at_once));
    for (auto const& with : all_at_once) {
        auto together = co_await ask_with(ctx, read, asker, place, with);
        auto const is_refused = together.answer.refused();
        out.push_back(std::move(together));
        // Whoever refuses what it does not know has to be asked one by one, by the likeliest names.
        static constexpr std::size_t singles_max = 4;
        for (std::size_t i = 0; is_refused && i < std::min(with.size(), singles_max); ++i) {
            std::vector<parameter> const one{with[i]};
            auto polluted = co_await ask_with(ctx, read, asker, place, one);
            out.push_back(std::move(polluted));
        }
    }
    for (auto& p : parameters(own_view.body, ctx.tenant(asker), ctx.tenant(other), names)) {
        // Conflicting identity channels are another probe's subject.
        if (is_identity(ctx.model(), p.name)) continue;
        std::vector<parameter> const one{std::move(p)};
        auto polluted = co_await ask_with(ctx, read, asker, place, one);
        out.push_back(std::move(polluted));
    }
}

// Parameters are tried by a few tenants: what a handler takes from one it takes from all.
static constexpr std::size_t polluters_max = 3;

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    std::size_t place_of_asker,
    std::vector<trial>& out
)
{
    auto const tenants = ctx.tenants();
    auto const asker = tenants[place_of_asker];
    auto const place = probe::own_place(ctx, asker, read, place_of_asker);
    // Without a parent nothing can be listed under one.
    if (probe::names_parent(*read.op) && place.parent == nullptr) co_return;
    trial plain;
    plain.must_show_own = read.of != nullptr && read.of->create.has_value();
    plain.answer = co_await ctx.send(*read.op, ctx.actor(asker), place);
    auto const view = plain.answer;
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(plain));
    if (place_of_asker >= polluters_max || tenants.size() < 2) co_return;
    auto const other = tenants[(place_of_asker + 1) % tenants.size()];
    co_await pollute(ctx, read, asker, other, place, view, out);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const reads = probe::collection_reads(ctx.model());
    auto const tenants = ctx.tenants();
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no list";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], i / reads.size(), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(tenants.size() * reads.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::list
