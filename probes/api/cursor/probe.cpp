#include "probes/api/cursor/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

namespace watertight::probes::api::cursor {

constexpr probe::spec spec{
    .id = "api.cursor",
    .title = "A token for the next page shows another tenant's list",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A31",
    .rationale = "A token holds the whole query, tenant and all, or names one that is kept on the "
                 "server; who presents it is given the rest of it. Tokens travel in addresses and "
                 "end up in logs and histories.",
    .remedy = "Let a token hold the position alone and take the tenant from the credentials each "
              "time, or seal tenant and user into it and compare.",
};

// The page after the first is another query than the first's. A list that leaks from the beginning
// is another probe's finding.
static bool strays_further_on(trial const& t, probe::conclusion& out)
{
    if (t.first.foreign_token() != nullptr) return false;
    for (auto const* const page : {&t.control, &t.rest}) {
        auto const* const token = page->foreign_token();
        if (token == nullptr) continue;
        out.violations.push_back(probe::shown_by(
            *token,
            page->channel,
            fmt::format(
                "{} went on to the next page of its own list ({}) and was shown another tenant's "
                "data.",
                page->sender,
                t.from
            ),
            {t.first, *page}
        ));
        return true;
    }
    return false;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.control.channel;
        auto const strays = strays_further_on(t, out);
        if (auto const* const token = t.hostile.foreign_token()) {
            out.violations.push_back(probe::shown_by(
                *token,
                channel,
                fmt::format(
                    "{} asked for its own list with the token for the next page that another "
                    "tenant was given ({}), and was shown that tenant's.",
                    t.hostile.sender,
                    t.from
                ),
                {t.control, t.hostile}
            ));
            seen.decided(channel);
        } else if (!t.goes_on) {
            // What leads nowhere for whom it was given to is no token.
            if (strays) seen.decided(channel);
            continue;
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    if (out.trials == 0 && out.violations.empty() && out.undecided.empty()) {
        out.not_applicable = "no list hands out a token for its next page";
    }
    return out;
}

// All that lists are asked to be short by; those that they do not know they ignore.
static void ask_for_one(probe::request_options& options)
{
    for (auto const* const name :
         {"limit", "size", "page_size", "pageSize", "per_page", "perPage", "first", "maxResults"})
    {
        options.changes.query.emplace_back(name, "1");
    }
}

// The request for the page that `to` leads to, on the list at `target`.
static void follow(next_page const& to, std::string_view target, probe::request_options& options)
{
    if (!to.is_address) {
        auto const leaf = to.from.substr(to.from.rfind('/') + 1);
        options.changes.query.emplace_back(leaf, to.token);
        for (auto const* const name :
             {"cursor",
              "page_token",
              "pageToken",
              "next_token",
              "continuation_token",
              "continuationToken",
              "after",
              "starting_after",
              "marker",
              "scroll_id"})
        {
            if (leaf != name) options.changes.query.emplace_back(name, to.token);
        }
        return;
    }
    // What stands in the address behind the '?', on the asker's own list.
    auto const question = to.token.find('?');
    auto const path = std::string{target.substr(0, target.find('?'))};
    options.changes.path =
        path + (question == std::string::npos ? std::string{} : to.token.substr(question));
    options.changes.query.clear();
}

static bool shows_another(probe::exchange const& later, probe::exchange const& first)
{
    if (!later.success() || !later.shows_canary_of(later.tenant)) return false;
    for (auto const& s : later.seen) {
        if (s.kind != evidence::token_kind::identifier && !first.shows(s.token)) return true;
    }
    return false;
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation list,
    probe::tenant_pair pair,
    std::vector<trial>& out
)
{
    auto place = probe::own_place(ctx, pair.victim, list, 0);
    auto const own = probe::own_place(ctx, pair.intruder, list, 0);
    if (probe::names_parent(*list.op) && (!place.parent || !own.parent)) co_return;
    auto const theirs = probe::target_of(ctx, *list.op, pair.victim, place);
    auto const mine = probe::target_of(ctx, *list.op, pair.intruder, own);
    if (!theirs || !mine) co_return;
    auto short_list = place;
    ask_for_one(short_list);
    auto first = co_await ctx.send(*list.op, ctx.actor(pair.victim), short_list);
    if (!first.success()) first = co_await ctx.send(*list.op, ctx.actor(pair.victim), place);
    auto const leads = next_of(first.head, first.body);
    for (auto const& to : leads) {
        trial t;
        t.from = to.from;
        t.first = first;
        auto options = short_list;
        follow(to, *theirs, options);
        t.control = co_await ctx.send(*list.op, ctx.actor(pair.victim), std::move(options));
        t.goes_on = shows_another(t.control, t.first);
        // One of two tenants' rows may be its own by chance: the others as well, as many as go on
        // a page.
        auto long_page = place;
        follow(to, *theirs, long_page);
        t.rest = co_await ctx.send(*list.op, ctx.actor(pair.victim), std::move(long_page));
        auto const strays =
            t.control.foreign_token() != nullptr || t.rest.foreign_token() != nullptr;
        if (!t.goes_on && !strays) continue;
        auto hostile = own;
        ask_for_one(hostile);
        follow(to, *mine, hostile);
        t.hostile = co_await ctx.send(*list.op, ctx.actor(pair.intruder), std::move(hostile));
        out.push_back(std::move(t));
    }
    ctx.covered().examined("endpoint", list.op->channel(), spec.id);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto lists = probe::collection_reads(ctx.model());
    std::erase_if(lists, [](auto const& list) { return list.op->method != "GET"; });
    static constexpr std::size_t pairs_max = 2;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, lists[i % lists.size()], pairs[i / lists.size()], trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * lists.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::cursor
