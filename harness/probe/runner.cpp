#include "harness/probe/runner.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/findings.hpp"
#include "harness/probe/forecast.hpp"
#include "harness/probe/store_scan.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <set>

namespace watertight::probe {

bool matches(std::string_view pattern, std::string_view id)
{
    return pattern == "all" || glob_matches(pattern, id);
}

std::vector<unit> select(
    std::span<unit const> all,
    std::vector<std::string> const& include,
    std::vector<std::string> const& exclude
)
{
    std::vector<unit> out;
    for (auto const& u : all) {
        auto const named = [&](std::string const& pattern) { return matches(pattern, u.what->id); };
        if (std::ranges::any_of(include, named) && std::ranges::none_of(exclude, named)) {
            out.push_back(u);
        }
    }
    return out;
}

verdict::probe_outcome outcome_of(spec const& what, conclusion const& c)
{
    verdict::probe_outcome out;
    out.id = what.id;
    out.title = what.title;
    out.layer = to_string(what.where);
    out.kind = what.kind;
    out.trials = c.trials;
    out.controls = c.controls;
    out.cwe = what.cwe;
    out.owasp = what.owasp;
    out.asvs = what.asvs;
    out.rationale = what.rationale;
    out.remedy = what.remedy;
    if (!c.violations.empty()) {
        out.status = verdict::probe_status::fail;
        out.reason = plural(c.violations.size(), "violation") + " in " + plural(c.trials, "trial");
    } else if (!c.not_applicable.empty()) {
        out.status = verdict::probe_status::not_applicable;
        out.reason = c.not_applicable;
    } else if (!c.undecided.empty()) {
        out.status = verdict::probe_status::inconclusive;
        out.reason = join(c.undecided, "; ");
    } else if (c.trials == 0) {
        out.status = verdict::probe_status::inconclusive;
        out.reason = "nothing could be tried";
    } else {
        out.status = verdict::probe_status::pass;
        out.reason = fmt::format("{}, each after a successful control", plural(c.trials, "trial"));
    }
    return out;
}

// The outer run's cancellation is not the probe's failure.
static bool is_cancellation(std::exception const& e)
{
    auto const* const system = dynamic_cast<boost::system::system_error const*>(&e);
    return system != nullptr && system->code() == asio::error::operation_aborted;
}

static asio::awaitable<conclusion> conclude(context& ctx, unit u)
{
    std::string broke;
    try {
        co_return co_await u.run(ctx);
    } catch (std::exception const& e) {
        if (is_cancellation(e)) throw;
        broke = e.what();
    }
    conclusion out;
    out.add_undecided("it could not be carried out: " + broke);
    co_return out;
}

// Whatever a probe sent for: an answer that shows another tenant's token is a violation. Those
// that a probe's own judge reported, or whose channel has such a finding, are not told again.
static constexpr spec observer{
    .id = "observer",
    .title = "Another tenant's data was shown in answer to a request for something else",
    .where = layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-200",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "",
    .rationale = "",
    .remedy = "Follow the channel to where its answer is put together, and add the tenant of the "
              "credentials to what it asks for.",
};

static void
add_strays(context& ctx, std::set<std::string> const& told, evidence::finding_book& findings)
{
    std::set<std::string> channels;
    for (auto const& f : findings.sorted()) {
        if (f.kind == evidence::guarantee::confidentiality) channels.insert(f.channel);
    }
    for (auto const& e : ctx.strays()) {
        if (told.contains(e.wire) || channels.contains(e.channel)) continue;
        auto const detail = e.sender + " was shown a token of another tenant.";
        auto const v = shown_by(*e.foreign_token(), e.channel, detail, {e});
        findings.add(to_finding(ctx, observer, v));
    }
}

// Where a tenth of the requests stayed throttled, what they were sent for is not known.
static void note_throttling(conclusion& c, std::uint64_t stuck, std::uint64_t sent)
{
    if (stuck == 0 || !c.not_applicable.empty()) return;
    auto const reason = fmt::format("the target went on throttling {} of {} requests", stuck, sent);
    if (stuck * 10 >= sent) {
        c.add_undecided(reason);
    } else {
        c.notes.push_back(reason);
    }
}

// Cells are made of what the target said, too.
static void
add_tables(context& ctx, spec const& what, conclusion const& c, verdict::run_result& into)
{
    for (auto table : c.tables) {
        if (table.id.empty()) table.id = what.id;
        for (auto& row : table.rows) {
            for (auto& cell : row) cell = ctx.shop().secrets.redact(cell);
        }
        into.tables.push_back(std::move(table));
    }
}

asio::awaitable<void> run_all(
    context& ctx,
    std::vector<unit> units,
    verdict::run_result& into,
    evidence::finding_book& findings,
    std::function<void(verdict::probe_outcome const&)> after_each
)
{
    auto& display = ctx.shop().display;
    auto const sends = [](unit const& u) {
        auto const where = u.what->where;
        return where != layer::postgres && where != layer::mongo;
    };
    auto const probes = static_cast<std::size_t>(std::ranges::count_if(units, sends));
    ctx.expect(expected_requests(ctx.model(), ctx.pairs().size(), probes));
    std::set<std::string> told;
    for (auto const& u : units) {
        display.begin(u.what->id, 0);
        auto const begun = steady::now();
        auto const sent = ctx.requests_sent();
        auto const stuck = ctx.given_up();
        auto c = co_await conclude(ctx, u);
        note_throttling(c, ctx.given_up() - stuck, ctx.requests_sent() - sent);
        auto outcome = outcome_of(*u.what, c);
        outcome.seconds = seconds(steady::now() - begun);
        for (auto const& v : c.violations) {
            findings.add(to_finding(ctx, *u.what, v));
            for (auto const& e : v.exchanges) told.insert(e.wire);
        }
        into.notes.insert(into.notes.end(), c.notes.begin(), c.notes.end());
        add_tables(ctx, *u.what, c, into);
        display.end(fmt::format("{}: {}", verdict::to_string(outcome.status), outcome.reason));
        if (after_each) after_each(outcome);
        into.probes.push_back(std::move(outcome));
    }
    add_strays(ctx, told, findings);
}

} // namespace watertight::probe
