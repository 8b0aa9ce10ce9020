#include "probes/api/foreign_reference/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/shaping.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

constexpr probe::spec spec{
    .id = "api.foreign_reference",
    .title = "An own object may refer to another tenant's",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.2.3",
    .faults = "A17 P36 MG3",
    .rationale =
        "The id that a body names is stored without asking whose it is; whoever reads the object "
        "later is shown what it points to, for the join knows no tenant either.",
    .remedy = "Look each reference up by id and tenant before storing it, or let a foreign key of "
              "both columns do it; join on the tenant as well.",
};

using target::resource;

// A write that refers to something: a creation or an update, by the intruder, of its own.
struct writing {
    resource const* of = nullptr;
    target::operation const* op = nullptr;
    reference by{};
    resource const* refers_to = nullptr;
};

// What was said and is shown of one such write.
struct written {
    probe::exchange answer{};
    std::vector<probe::exchange> views{};
    bool is_kept = false;
};

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

// Writes an object of the intruder's with a reference to `id`, looks at it and removes it.
static asio::awaitable<written>
write(probe::context& ctx, writing const& w, tenant_index who, std::string id)
{
    written out;
    auto const made = co_await ctx.create_object(*w.of, who);
    if (made.has_error()) co_return out;
    auto const is_update = w.op != &*w.of->create;
    auto options = probe::about(ctx, **made);
    options.canary = ctx.fresh_canary(who);
    options.canary_number = ctx.fresh_number(who);
    auto const plain = probe::body_of(ctx, *w.op, who, options).value_or("");
    auto body = with_reference(plain, w.by, id);
    if (body && is_update) {
        options.changes.body = std::move(body);
        out.answer = co_await ctx.send(*w.op, ctx.actor(who), options);
        co_await look(ctx, w, who, **made, id, out);
    }
    co_await probe::discard(ctx, *w.of, **made);
    if (!body || is_update) co_return out;

    auto object = co_await probe::planting::begin(ctx, *w.of, who);
    auto place = object.options();
    place.parent = probe::own_place(ctx, who, {w.of, w.op}, 0).parent;
    auto const asked = probe::body_of(ctx, *w.op, who, place).value_or("");
    place.changes.body = with_reference(asked, w.by, id);
    auto const way = probe::approach::own_path;
    out.answer = co_await object.send(ctx, {who, who}, way, std::move(place));
    out.is_kept = holds(out.answer, w.by.member, id);
    if (object.is_made()) co_await look(ctx, w, who, object.made(), id, out);
    co_await object.discard(ctx);
    co_return out;
}

static bool shows_canary(written const& w, probe::marks const& canary)
{
    auto const shows = [&](auto const& e) { return e.success() && !e.shown(canary).empty(); };
    return shows(w.answer) || std::ranges::any_of(w.views, shows);
}

// Whether the member is one that the target knows.
static asio::awaitable<bool>
attempt(probe::context& ctx, writing const& w, probe::tenant_pair pair, std::vector<trial>& out)
{
    auto const* const own = probe::pick_object(ctx, pair.intruder, *w.refers_to, 0);
    if (own == nullptr || probe::id_of(*own).empty()) co_return false;
    auto const plain = co_await write(ctx, w, pair.intruder, probe::id_of(*own));
    // A member that the target neither keeps nor follows is none of its own.
    if (!plain.is_kept && !shows_canary(plain, probe::marks_of(*own))) co_return false;
    auto const theirs = co_await probe::create_foreign(ctx, *w.refers_to, pair);
    if (theirs.has_error() || probe::has_same_id(ctx, pair.intruder, **theirs)) co_return true;
    if (w.refers_to->read) {
        auto const about = probe::about(ctx, **theirs);
        auto const seen = co_await probe::send_as_intruder(ctx, *w.refers_to->read, pair, about);
        // What everybody may see, everybody may refer to; if it is not meant so, that is another
        // probe's finding.
        if (!seen.shown(probe::marks_of(**theirs)).empty()) co_return true;
    }
    auto const id = probe::id_of(**theirs);
    // To be shown the id that one has named oneself is no leak.
    ctx.plants(id, 0);
    trial t;
    t.member = w.by.member;
    t.of = w.refers_to->name;
    t.victim = pair.victim;
    t.control = plain.answer;
    auto const twin = probe::absent_twin(id, ctx.random());
    auto const absent = co_await write(ctx, w, pair.intruder, twin);
    t.absent = absent.answer;
    t.absent_is_kept = absent.is_kept;
    auto hostile = co_await write(ctx, w, pair.intruder, id);
    t.hostile = std::move(hostile.answer);
    t.views = std::move(hostile.views);
    t.is_kept = hostile.is_kept;
    if (t.hostile.status != t.absent.status) {
        auto const absent_again = co_await write(ctx, w, pair.intruder, twin);
        auto const hostile_again = co_await write(ctx, w, pair.intruder, id);
        t.absent_again = absent_again.answer;
        t.hostile_again = hostile_again.answer;
    }
    co_await probe::discard(ctx, *w.refers_to, **theirs);
    ctx.covered().examined("endpoint", w.op->channel(), spec.id);
    out.push_back(std::move(t));
    co_return true;
}

// Members that the scenario itself fills with the id of the parent or of one of the tenant's other
// objects, {tenant.tags.id}, whatever they are called: no answer needs to show them.
static void add_described(
    probe::context& ctx,
    resource const& r,
    resource const& other,
    tenant_index who,
    std::vector<reference>& out
)
{
    static constexpr std::string_view unlikely = "918273645";
    target::object parent;
    target::values named;
    named.set("tenant." + other.name + ".id", std::string{unlikely});
    if (other.name == r.parent) parent.attributes.set("id", std::string{unlikely});
    probe::request_options options;
    options.parent = &parent;
    options.extra = &named;
    // Nothing is sent, but without it the body has no text at all.
    options.canary = ctx.fresh_canary(who);
    options.canary_number = ctx.fresh_number(who);
    auto const body = probe::body_of(ctx, *r.create, who, options).value_or("");
    auto const is_form = r.create->body != target::body_kind::json;
    for (auto& member : probe::members_that_hold(body, unlikely)) {
        reference const found{std::move(member), false, is_form};
        if (std::ranges::count(out, found) == 0) out.push_back(found);
    }
}

// Actions on an object that name another one in their body: {"tag_id": ...}.
static void add_actions(
    probe::context& ctx,
    writing const& like,
    target::object const& sample,
    std::vector<std::string> const& ids,
    std::vector<writing>& out
)
{
    auto const about = probe::about(ctx, sample);
    for (auto const& op : like.of->others) {
        auto const is_action = !probe::is_read(op) && probe::is_tenants_own(ctx.model(), op) &&
                               target::takes_fields(op.body) && op.mentions("id");
        if (!is_action) continue;
        auto const body = probe::body_of(ctx, op, sample.tenant, about).value_or("");
        for (auto& by : named_in(body, like.refers_to->name, ids)) {
            auto one = like;
            one.op = &op;
            one.by = std::move(by);
            out.push_back(std::move(one));
        }
    }
}

static asio::awaitable<std::vector<writing>>
candidates(probe::context& ctx, resource const& r, tenant_index who)
{
    std::vector<writing> out;
    auto const* const sample = probe::pick_object(ctx, who, r, 0);
    if (sample == nullptr) co_return out;
    auto const about = probe::about(ctx, *sample);
    auto const view = co_await probe::look_up(ctx, r, ctx.actor(who), about);
    for (auto const& other : ctx.model().resources) {
        // A parent in the path is where the object lives, and api.object_create's subject.
        auto const is_in_path =
            other.name == r.parent && r.create->path_pattern.find("{parent.") != std::string::npos;
        if (other.is_shared || !other.create || is_in_path) continue;
        std::vector<std::string> ids;
        for (auto const* o : ctx.population().living(who, other.name)) {
            ids.push_back(probe::id_of(*o));
        }
        if (ids.empty()) continue;
        auto members = references_in(view.body, other.name, ids);
        add_described(ctx, r, other, who, members);
        if (&other != &r) add_actions(ctx, {&r, nullptr, {}, &other}, *sample, ids, out);
        for (auto& by : members) {
            out.push_back({&r, &*r.create, by, &other});
            auto const has_fields = r.update && target::takes_fields(r.update->body);
            if (has_fields) out.push_back({&r, &*r.update, by, &other});
        }
    }
    co_return out;
}

// One after another: a reference that another attempt made in an object of the same kind must not
// be taken for this one's.
static asio::awaitable<void> attempt_all(
    probe::context& ctx,
    resource const& r,
    std::vector<probe::tenant_pair> const& pairs,
    std::vector<trial>& out
)
{
    auto const all = co_await candidates(ctx, r, pairs.front().intruder);
    for (auto const& w : all) {
        auto is_known = true;
        for (std::size_t i = 0; i < pairs.size() && is_known; ++i) {
            is_known = co_await attempt(ctx, w, pairs[i], out);
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto resources = probe::seen_resources_with(ctx.model(), {&resource::create});
    std::erase_if(resources, [](auto const* r) { return !target::takes_fields(r->create->body); });
    std::vector<trial> trials;
    static constexpr std::size_t pairs_max = 2;
    auto const pairs = ctx.few_pairs(pairs_max);
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        co_await attempt_all(ctx, *resources[i], pairs, trials);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    if (!pairs.empty()) co_await ctx.for_each(resources.size(), each);
    if (trials.empty()) {
        out.not_applicable =
            "no member of a created object was found that refers to another object";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::foreign_reference
