#include "probes/lifecycle/deleted_object/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probes::lifecycle::deleted_object {

constexpr probe::spec spec{
    .id = "lifecycle.deleted_object",
    .title = "A deleted object is still shown by another view of it",
    .where = probe::layer::lifecycle,
    .kind = evidence::guarantee::integrity,
    .level = evidence::severity::high,
    .cwe = "CWE-672",
    .owasp = "API1:2023",
    .asvs = "14.2.4",
    .faults = "A22 K09",
    .rationale = "A deletion that only marks its row is forgotten by the lists, searches and "
                 "downloads that do not ask for the mark, and an index or a file lives on by "
                 "itself.",
    .remedy = "Let every view read what is not marked (a view of the table, a default scope), and "
              "remove what was derived from the object with it.",
};

bool shows_deleted_by_design(target::operation const& op)
{
    static constexpr std::string_view words[] = {
        "activities", "activity", "archive", "archived", "audit",    "bin",     "changes",
        "deleted",    "event",    "events",  "export",   "exports",  "feed",    "history",
        "log",        "logs",     "recycle", "removed",  "report",   "reports", "revision",
        "revisions",  "timeline", "trash",   "version",  "versions",
    };
    auto text = to_lower(op.name + " " + op.path_pattern);
    for (auto& c : text) c = c >= 'a' && c <= 'z' ? c : ' ';
    return std::ranges::any_of(split(text, ' '), [](std::string_view word) {
        return std::ranges::count(words, word) != 0;
    });
}

// What the request itself said is an echo.
static bool shows(probe::exchange const& e, probe::marks const& canary)
{
    if (!e.success()) return false;
    auto const token = e.shown(canary);
    return !token.empty() && e.wire.find(token) == std::string::npos;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.after.channel;
        if (!shows(t.before, t.canary)) {
            seen.undecided(channel, "it does not show the object before: " + summary(t.before));
        } else if (!t.removal.success()) {
            seen.undecided(channel, "the deletion was refused: " + summary(t.removal));
        } else if (shows(t.after, t.canary)) {
            probe::violation v;
            v.victim = t.before.tenant;
            v.channel = channel;
            v.detail = "The object was deleted, and this view still shows it.";
            v.token = t.after.shown(t.canary);
            v.position = "response body";
            v.exchanges = {t.before, t.removal, t.after};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (t.after.undecided()) {
            seen.undecided(channel, "looking again failed: " + probe::summary(t.after));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// A search for the beginning of the canary: what an answer then shows in full was not said.
static std::string term_for(std::string const& canary)
{
    static constexpr std::size_t left_out = 6;
    return canary.substr(0, canary.size() - std::min(left_out, canary.size()));
}

static asio::awaitable<probe::exchange>
look(probe::context& ctx, target::operation const& op, target::object const& o)
{
    target::values terms;
    terms.set("object.canary", term_for(o.canary));
    auto options = probe::about(ctx, o);
    if (probe::is_search(op)) options.extra = &terms;
    co_return co_await ctx.send(op, ctx.actor(o.tenant), options);
}

static asio::awaitable<probe::exchange> look_until_gone(
    probe::context& ctx,
    target::resource const& r,
    target::operation const& op,
    target::object const& o
)
{
    auto allowed = op.within;
    if (r.read) allowed = std::max(allowed, r.read->within);
    auto const until = steady::now() + allowed;
    for (;;) {
        auto e = co_await look(ctx, op, o);
        if (!shows(e, probe::marks_of(o)) || steady::now() >= until) co_return e;
        asio::steady_timer pause{
            co_await asio::this_coro::executor, std::chrono::milliseconds{100}};
        co_await pause.async_wait(asio::use_awaitable);
    }
}

// Every view but the read, which cache.stale_entry looks at.
static std::vector<target::operation const*>
views_of(target::model const& m, target::resource const& r)
{
    std::vector<target::operation const*> out;
    auto const add = [&](target::operation const& op) {
        auto const is_plain = probe::is_read(op) && probe::is_tenants_own(m, op);
        auto const holds_number = op.mentions("object.canary.number");
        if (is_plain && !holds_number && !shows_deleted_by_design(op)) out.push_back(&op);
    };
    if (r.list) add(*r.list);
    for (auto const& op : r.others) add(op);
    return out;
}

static asio::awaitable<void>
attempt(probe::context& ctx, target::resource const& r, tenant_index who, std::vector<trial>& out)
{
    auto const made = co_await ctx.create_object(r, who);
    if (made.has_error()) co_return;
    auto& object = **made;
    std::vector<trial> all;
    auto const views = views_of(ctx.model(), r);
    for (auto const* const op : views) {
        trial t;
        t.canary = probe::marks_of(object);
        t.before = co_await look(ctx, *op, object);
        // A view that never shows it says nothing of its deletion.
        t.after.channel = op->channel();
        all.push_back(std::move(t));
    }
    auto const about = probe::about(ctx, object);
    auto const removal = co_await ctx.send(*r.remove, ctx.actor(who), about);
    if (removal.success()) object.removed = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto& t = all[i];
        if (!shows(t.before, t.canary)) continue;
        t.removal = removal;
        t.after = co_await look_until_gone(ctx, r, *views[i], object);
        ctx.covered().examined("endpoint", views[i]->channel(), spec.id);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    auto resources = probe::resources_with(ctx.model(), {&resource::create, &resource::remove});
    std::erase_if(resources, [&](auto const* r) { return views_of(ctx.model(), *r).empty(); });
    probe::conclusion out;
    auto const tenants = ctx.tenants();
    if (resources.empty() || tenants.empty()) {
        out.not_applicable = "no resource can be created, deleted and seen but by its read";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt(ctx, *resources[i], tenants.front(), trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(resources.size(), each);
    out = judge(trials);
    if (trials.empty()) out.not_applicable = "no other view shows what was created";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::lifecycle::deleted_object
