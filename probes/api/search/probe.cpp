#include "probes/api/search/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"

namespace watertight::probes::api::search {

constexpr probe::spec spec{
    .id = "api.search",
    .title = "A search finds other tenants' objects",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A09 A37 MG4 MG11",
    .rationale = "Searches run on an index, a view or a hand-written query of their own, where the "
                 "filter that lists have was never added.",
    .remedy = "Give the index the tenant as a field and put it into every query where queries are "
              "built; the term of a search must not be able to widen it.",
};

std::string part_of(std::string_view canary)
{
    // The MAC stands last: without its end no scan takes the rest for a canary.
    static constexpr std::size_t left_out = 6;
    return std::string{canary.substr(0, canary.size() - std::min(left_out, canary.size()))};
}

// How the answer differs from that to a term which nobody holds, apart from the terms themselves.
static std::vector<std::string> differences(
    trial const& t,
    probe::exchange const& found,
    probe::exchange const& absent,
    probe::exchange const& absent_again
)
{
    if (!found.success() || !absent.success() || !absent_again.success()) return {};
    std::vector<std::string> const terms{t.term, t.nobodys};
    auto const bare = [&](probe::exchange const& e) {
        return probe::without_tokens(e.body, terms);
    };
    return probe::changed_parts(
        bare(absent), bare(found), probe::volatile_parts({bare(absent), bare(absent_again)})
    );
}

// The term in the answer is an echo: something besides it must have come back.
static bool control_finds(trial const& t)
{
    if (!t.control.success()) return false;
    return t.control.token_of(t.control.tenant) != nullptr ||
           !differences(t, t.control, t.control_absent, t.control_absent).empty();
}

static probe::violation told_by(trial const& t, std::vector<std::string> const& parts)
{
    probe::violation v;
    v.victim = t.control.tenant;
    v.intruder = t.hostile.tenant;
    v.channel = t.hostile.channel;
    v.detail = fmt::format(
        "{} searched for '{}', which only another tenant's object holds: the answer differs from "
        "that to a term which nobody holds ({}).",
        t.hostile.sender,
        t.term,
        fmt::join(parts, ", ")
    );
    v.position = "response body";
    v.exchanges = {t.control, t.absent, t.hostile};
    return v;
}

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
                    "{} searched for '{}', which only another tenant's object holds, and was shown "
                    "that tenant's data.",
                    t.hostile.sender,
                    t.term
                ),
                {t.control, t.hostile}
            ));
            seen.decided(channel);
        } else if (auto const parts = differences(t, t.hostile, t.absent, t.absent_again);
                   !parts.empty()) {
            out.violations.push_back(told_by(t, parts));
            seen.decided(channel);
        } else if (!control_finds(t)) {
            seen.undecided(channel, "the owner's own search finds nothing: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the search failed: " + probe::summary(t.hostile));
        } else if (t.absent.refused() && !t.control_absent.refused()) {
            // What may not search at all finds nothing.
            seen.undecided(
                channel, "the intruder's own search is refused: " + probe::summary(t.absent)
            );
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// Where the tenant itself searches: about an object of its own, under a parent of its own. The term
// alone is another's.
static probe::request_options
own_search(probe::context& ctx, probe::target_operation search, tenant_index who, std::size_t turn)
{
    auto const* const own = probe::pick_object(ctx, who, *search.of, turn);
    return own == nullptr ? probe::own_place(ctx, who, search, turn) : probe::about(ctx, *own);
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation search,
    probe::tenant_pair pair,
    std::size_t turn,
    std::vector<trial>& out
)
{
    // A new one where that can be: what was changed meanwhile no longer holds its first canary.
    target::object const* object = probe::pick_foreign(ctx, pair, *search.of, turn);
    if (search.of->create) {
        auto const made = co_await probe::create_foreign(ctx, *search.of, pair);
        if (made.has_value()) object = *made;
    }
    if (object == nullptr) co_return;
    for (auto const& term : {part_of(object->canary), object->canary}) {
        auto& victim = ctx.actor(pair.victim);
        auto& intruder = ctx.actor(pair.intruder);
        trial t;
        t.term = term;
        t.nobodys = probe::absent_twin(term, ctx.random());
        target::values terms;
        terms.set("object.canary", term);
        target::values nobodys;
        nobodys.set("object.canary", t.nobodys);
        auto found = probe::about(ctx, *object);
        found.extra = &terms;
        auto absent = found;
        absent.extra = &nobodys;
        t.control = co_await ctx.send(*search.op, victim, found);
        t.control_absent = co_await ctx.send(*search.op, victim, absent);
        found = absent = own_search(ctx, search, pair.intruder, turn);
        found.extra = &terms;
        absent.extra = &nobodys;
        t.absent = co_await ctx.send(*search.op, intruder, absent);
        t.hostile = co_await ctx.send(*search.op, intruder, found);
        t.absent_again = co_await ctx.send(*search.op, intruder, absent);
        ctx.covered().examined("endpoint", search.op->channel(), spec.id);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto const searches = probe::searches(ctx.model());
    probe::conclusion out;
    if (searches.empty()) {
        out.not_applicable = "no read takes {object.canary} as its term";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 24;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, searches[i % searches.size()], pairs[i / searches.size()], i, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * searches.size(), each);
    out = judge(trials);
    if (trials.empty()) out.add_undecided("no tenant has an object to search for");
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::search
