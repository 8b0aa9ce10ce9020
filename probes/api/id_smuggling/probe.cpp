#include "probes/api/id_smuggling/probe.hpp"

#include "harness/probe/id_list.hpp"
#include "harness/probe/links.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"

#include <algorithm>

namespace watertight::probes::api::id_smuggling {

constexpr probe::spec spec{
    .id = "api.id_smuggling",
    .title = "A second id beside one's own is served without a check",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A10 A14",
    .rationale = "Of a list of ids the first is checked, or the id in the path is checked and the "
                 "one among the parameters is looked up.",
    .remedy = "Check what is looked up: put the tenant into the query for every id of a list, and "
              "read each value from one place only.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.channel;
        if (auto const* const token = t.hostile.foreign_token()) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} asked for its own object with another tenant's id as {}, and was shown "
                    "that tenant's data.",
                    t.hostile.sender,
                    t.how
                ),
                {t.control, t.hostile}
            ));
            seen.decided(channel);
        } else if (probe::gives_link_alone(t.control)) {
            // What the link opens is examined by itself.
            continue;
        } else if (!t.control.success() || !t.control.shows_canary_of(t.control.tenant)) {
            seen.undecided(channel, "the owner's own read shows no canary: " + summary(t.control));
        } else if (!t.plain.success() || t.plain.token_of(t.plain.tenant) == nullptr) {
            seen.undecided(channel, "the intruder's own read shows nothing: " + summary(t.plain));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

std::vector<std::string> parameter_names(target::resource const& r)
{
    std::vector<std::string> out{"id"};
    if (!r.create) return out;
    for (auto const& c : r.create->captures) {
        if (c.name != "id" || c.where != target::capture::from::json_pointer) continue;
        auto leaf = c.expression.substr(c.expression.rfind('/') + 1);
        if (!leaf.empty() && leaf != "id") out.push_back(std::move(leaf));
    }
    return out;
}

// What each way of smuggling changes in the request.
static std::vector<std::pair<std::string, target::overrides>> ways_of(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    target::object const& own,
    target::object const& foreign
)
{
    std::vector<std::pair<std::string, target::overrides>> out;
    if (target::takes_fields(read.op->body)) {
        auto const plain = probe::body_of(ctx, *read.op, pair.intruder, probe::about(ctx, own));
        if (!plain) return out;
        for (auto const order : {probe::id_order::own_first, probe::id_order::foreign_first}) {
            auto const mine = probe::id_of(own);
            auto const theirs = probe::id_of(foreign);
            auto body = probe::body_with_second_id(read.op->body, *plain, mine, theirs, order);
            if (!body) return out;
            auto const is_last = order == probe::id_order::own_first;
            out.emplace_back(
                is_last ? "a second element of the list" : "the first element of the list",
                target::overrides{}
            );
            out.back().second.body = std::move(body);
        }
        return out;
    }
    if (read.op->method != "GET") return out;
    auto const target = probe::target_of(ctx, *read.op, pair.intruder, probe::about(ctx, own));
    if (!target) return out;
    for (auto& [how, changed] :
         probe::targets_with_second_id(*target, probe::id_of(own), probe::id_of(foreign)))
    {
        out.emplace_back(how, target::overrides{});
        out.back().second.path = std::move(changed);
    }
    auto const theirs = probe::target_of(ctx, *read.op, pair.intruder, probe::about(ctx, foreign));
    for (auto& [how, changed] : probe::targets_with_parameter_twice(*target, theirs.value_or(""))) {
        auto const is_known = std::ranges::any_of(out, [&](auto const& known) {
            return known.second.path == changed;
        });
        if (is_known) continue;
        out.emplace_back(how, target::overrides{});
        out.back().second.path = std::move(changed);
    }
    for (auto const& name : parameter_names(*read.of)) {
        out.emplace_back("query parameter " + name, target::overrides{});
        out.back().second.query.emplace_back(name, probe::id_of(foreign));
    }
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    auto const* const foreign = probe::pick_foreign(ctx, pair, *read.of, turn);
    auto const* const own = probe::pick_object(ctx, pair.intruder, *read.of, turn);
    // An id that both have would be the intruder's own object either way.
    if (own == nullptr || foreign == nullptr || probe::id_of(*foreign).empty()) co_return;
    if (probe::has_same_id(ctx, pair.intruder, *foreign)) co_return;
    auto& intruder = ctx.actor(pair.intruder);
    for (auto& [how, changes] : ways_of(ctx, read, pair, *own, *foreign)) {
        trial t;
        t.how = how;
        auto const theirs = probe::about(ctx, *foreign);
        t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), theirs);
        auto options = probe::about(ctx, *own);
        t.plain = co_await ctx.send(*read.op, intruder, options);
        options.changes = std::move(changes);
        t.hostile = co_await ctx.send(*read.op, intruder, std::move(options));
        ctx.covered().examined("endpoint", read.op->channel(), spec.id);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::content_reads(ctx.model());
    std::erase_if(reads, [](auto const& read) { return probe::object_slots(*read.op).empty(); });
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "the scenario describes no read of a single object";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 12;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, reads[i % reads.size()], pairs[i / reads.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    out = judge(trials);
    auto const writes = co_await try_writes(ctx);
    judge_writes(writes, out);
    if (trials.empty()) out.not_applicable = "every tenant's objects have the same ids";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::id_smuggling
