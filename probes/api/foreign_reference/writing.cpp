#include "probes/api/foreign_reference/writing.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/shaping.hpp"

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

static bool holds(probe::exchange const& e, std::string const& member, std::string const& id)
{
    return e.success() && refers(e.body, member, id);
}

// The read with what it refers to asked for in the ways that are usual, all at once; alone, the
// most usual one, where that is too much for the target.
static asio::awaitable<probe::exchange> expanded(
    probe::context& ctx, writing const& w, tenant_index who, probe::request_options const& about
)
{
    auto const stem = probe::stem_of_reference(w.by.member);
    auto asked = about;
    asked.changes.query = probe::expanding(stem);
    auto view = co_await ctx.send(*w.of->read, ctx.actor(who), std::move(asked));
    if (view.success() || !view.answered) co_return view;
    auto alone = about;
    alone.changes.query.emplace_back("include", stem);
    co_return co_await ctx.send(*w.of->read, ctx.actor(who), std::move(alone));
}

// The object of the intruder's as it is shown to it: read, list, every other read.
static asio::awaitable<void> look(
    probe::context& ctx,
    writing const& w,
    tenant_index who,
    target::object const& o,
    std::string const& id,
    written& out
)
{
    auto const about = probe::about(ctx, o);
    for (auto const& read : probe::object_reads(ctx.model())) {
        if (read.of != w.of || !read.op->mentions("id")) continue;
        auto view = co_await ctx.send(*read.op, ctx.actor(who), about);
        out.is_kept = out.is_kept || holds(view, w.by.member, id);
        out.views.push_back(std::move(view));
    }
    if (w.of->read) {
        auto view = co_await expanded(ctx, w, who, about);
        if (view.success()) out.views.push_back(std::move(view));
    }
    if (!w.of->list) co_return;
    // What is shown of others in the list is not this object's doing.
    auto view = co_await ctx.send(*w.of->list, ctx.actor(who), about);
    auto const part = probe::part_about(view.body, probe::tokens_of(o));
    std::erase_if(view.seen, [&](auto const& s) {
        return part.find(s.token) == std::string::npos;
    });
    view.body = part;
    out.views.push_back(std::move(view));
}

// What the owner of what is referred to sees of it: the object itself, and what lives under it.
static asio::awaitable<void>
look_as_owner(probe::context& ctx, writing const& w, target::object const& theirs, written& out)
{
    auto& owner = ctx.actor(theirs.tenant);
    if (w.refers_to->read) {
        auto const about = probe::about(ctx, theirs);
        auto view = co_await ctx.send(*w.refers_to->read, owner, about);
        out.owners_views.push_back(std::move(view));
    }
    if (!w.of->list) co_return;
    auto place = probe::own_place(ctx, theirs.tenant, {w.of, &*w.of->list}, 0);
    if (w.of->parent == w.refers_to->name) place.parent = &theirs;
    auto view = co_await ctx.send(*w.of->list, owner, std::move(place));
    out.owners_views.push_back(std::move(view));
}

// An object of the intruder's that is there already.
static asio::awaitable<written> change(
    probe::context& ctx,
    writing const& w,
    tenant_index who,
    std::string const& id,
    target::object const* theirs
)
{
    written out;
    auto const made = co_await ctx.create_object(*w.of, who);
    if (made.has_error()) co_return out;
    auto options = probe::about(ctx, **made);
    options.canary = ctx.fresh_canary(who);
    options.canary_number = ctx.fresh_number(who);
    ctx.plants(options.canary, options.canary_number);
    out.canary = {options.canary, options.canary_number};
    auto const plain = probe::body_of(ctx, *w.op, who, options).value_or("");
    auto body = with_reference(plain, w.by, id);
    if (body) {
        options.changes.body = std::move(body);
        out.answer = co_await ctx.send(*w.op, ctx.actor(who), options);
        co_await look(ctx, w, who, **made, id, out);
        if (theirs != nullptr) co_await look_as_owner(ctx, w, *theirs, out);
    }
    co_await probe::discard(ctx, *w.of, **made);
    co_return out;
}

asio::awaitable<written> write(
    probe::context& ctx,
    writing const& w,
    tenant_index who,
    std::string id,
    target::object const* theirs
)
{
    if (w.op != &*w.of->create) co_return co_await change(ctx, w, who, id, theirs);
    written out;
    auto object = co_await probe::planting::begin(ctx, *w.of, who);
    auto place = object.options();
    out.canary = object.canary();
    place.parent = probe::own_place(ctx, who, {w.of, w.op}, 0).parent;
    auto const asked = probe::body_of(ctx, *w.op, who, place).value_or("");
    place.changes.body = with_reference(asked, w.by, id);
    if (!place.changes.body) co_return out;
    auto const way = probe::approach::own_path;
    out.answer = co_await object.send(ctx, {who, who}, way, std::move(place));
    out.is_kept = holds(out.answer, w.by.member, id);
    if (object.is_made()) co_await look(ctx, w, who, object.made(), id, out);
    if (theirs != nullptr) co_await look_as_owner(ctx, w, *theirs, out);
    co_await object.discard(ctx);
    co_return out;
}

std::vector<reference> filled_members(
    probe::context& ctx,
    target::operation const& op,
    tenant_index who,
    probe::request_options options
)
{
    // Without a canary the body has no text at all.
    options.canary = ctx.fresh_canary(who);
    options.canary_number = ctx.fresh_number(who);
    auto const body = probe::body_of(ctx, op, who, options).value_or("");
    auto const is_form = op.body != target::body_kind::json;
    std::vector<reference> out;
    for (auto& member : probe::members_that_hold(body, unlikely_id)) {
        out.push_back({std::move(member), false, is_form});
    }
    return out;
}

asio::awaitable<trial> compare(
    probe::context& ctx,
    writing const& w,
    probe::tenant_pair pair,
    std::string id,
    target::object const* theirs
)
{
    // To be shown the id that one has named oneself is no leak.
    ctx.plants(id, 0);
    trial t;
    t.member = w.by.member;
    t.victim = pair.victim;
    auto const twin = probe::absent_twin(id, ctx.random());
    auto const absent = co_await write(ctx, w, pair.intruder, twin, nullptr);
    t.absent = absent.answer;
    t.absent_is_kept = absent.is_kept;
    auto hostile = co_await write(ctx, w, pair.intruder, id, theirs);
    t.hostile = std::move(hostile.answer);
    t.views = std::move(hostile.views);
    t.is_kept = hostile.is_kept;
    t.planted = hostile.canary;
    t.victims_views = std::move(hostile.owners_views);
    if (t.hostile.status != t.absent.status || t.hostile.success() != t.absent.success()) {
        auto const absent_again = co_await write(ctx, w, pair.intruder, twin, nullptr);
        auto const hostile_again = co_await write(ctx, w, pair.intruder, id, theirs);
        t.absent_again = absent_again.answer;
        t.hostile_again = hostile_again.answer;
    }
    co_return t;
}

} // namespace watertight::probes::api::foreign_reference
