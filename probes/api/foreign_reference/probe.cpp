#include "probes/api/foreign_reference/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "probes/api/foreign_reference/writing.hpp"

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

static bool shows_canary(written const& w, probe::marks const& canary)
{
    auto const shows = [&](auto const& e) { return e.success() && !e.shown(canary).empty(); };
    return shows(w.answer) || std::ranges::any_of(w.views, shows);
}

// One that the target takes: where both live under a parent, one under the same.
static target::object const* own_reference(probe::context& ctx, writing const& w, tenant_index who)
{
    auto const* const parent = probe::own_place(ctx, who, {w.of, w.op}, 0).parent;
    for (auto const* const o : ctx.population().living(who, w.refers_to->name)) {
        if (parent != nullptr && o->parent == parent->serial) return o;
    }
    return probe::pick_object(ctx, who, *w.refers_to, 0);
}

// Whether the member is one that the target knows.
static asio::awaitable<bool>
attempt(probe::context& ctx, writing const& w, probe::tenant_pair pair, std::vector<trial>& out)
{
    auto const* const own = own_reference(ctx, w, pair.intruder);
    if (own == nullptr || probe::id_of(*own).empty()) co_return false;
    auto const plain = co_await write(ctx, w, pair.intruder, probe::id_of(*own), nullptr);
    auto const is_seen = plain.is_kept || shows_canary(plain, probe::marks_of(*own));
    // A member that the target neither keeps nor follows is none of its own, unless the scenario
    // says so.
    if (!is_seen && !(w.is_described && plain.answer.success())) co_return false;
    auto const theirs = co_await probe::create_foreign(ctx, *w.refers_to, pair);
    if (theirs.has_error() || probe::has_same_id(ctx, pair.intruder, **theirs)) co_return true;
    if (w.refers_to->read) {
        auto const about = probe::about(ctx, **theirs);
        auto const seen = co_await probe::send_as_intruder(ctx, *w.refers_to->read, pair, about);
        // What everybody may see, everybody may refer to; if it is not meant so, that is another
        // probe's finding.
        if (!seen.shown(probe::marks_of(**theirs)).empty()) co_return true;
    }
    auto t = co_await compare(ctx, w, pair, probe::id_of(**theirs), *theirs);
    t.of = w.refers_to->name;
    t.control = plain.answer;
    t.is_unseen = !is_seen;
    co_await probe::discard(ctx, *w.refers_to, **theirs);
    ctx.covered().examined("endpoint", w.op->channel(), spec.id);
    out.push_back(std::move(t));
    co_return true;
}

// Members that the scenario itself fills with the id of the parent or of one of the tenant's other
// objects, {tenant.tags.id}, whatever they are called: no answer needs to show them.
static std::vector<reference> described(
    probe::context& ctx, writing const& of_such, target::object const* sample, tenant_index who
)
{
    auto const& other = *of_such.refers_to;
    target::object parent;
    target::values named;
    named.set("tenant." + other.name + ".id", std::string{unlikely_id});
    if (other.name == of_such.of->parent) parent.attributes.set("id", std::string{unlikely_id});
    probe::request_options options;
    options.object = sample;
    options.parent = &parent;
    options.extra = &named;
    return filled_members(ctx, *of_such.op, who, std::move(options));
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

// Creation and change of `of_such.of` by members that are known to refer, and by those that the
// scenario fills.
static void add_writes(
    probe::context& ctx,
    writing of_such,
    std::vector<reference> const& known,
    target::object const& sample,
    std::vector<writing>& out
)
{
    auto const& r = *of_such.of;
    auto const add = [&](target::operation const& op, target::object const* about) {
        of_such.op = &op;
        auto const said = described(ctx, of_such, about, sample.tenant);
        auto members = known;
        for (auto const& one : said) {
            if (std::ranges::count(members, one) == 0) members.push_back(one);
        }
        for (auto const& by : members) {
            of_such.by = by;
            of_such.is_described = std::ranges::count(said, by) != 0;
            out.push_back(of_such);
        }
    };
    add(*r.create, nullptr);
    if (r.update && target::takes_fields(r.update->body)) add(*r.update, &sample);
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
        if (other.is_shared || !other.create) continue;
        std::vector<std::string> ids;
        for (auto const* o : ctx.population().living(who, other.name)) {
            ids.push_back(probe::id_of(*o));
        }
        if (ids.empty()) continue;
        // A parent in the path is where the object lives, and api.object_create's subject; beside
        // it the body may name one, too.
        auto const is_in_path =
            other.name == r.parent && r.create->path_pattern.find("{parent.") != std::string::npos;
        auto members =
            is_in_path ? std::vector<reference>{} : references_in(view.body, other.name, ids);
        add_writes(ctx, {&r, nullptr, {}, &other}, members, *sample, out);
        if (&other != &r && !is_in_path) {
            add_actions(ctx, {&r, nullptr, {}, &other}, *sample, ids, out);
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
    auto const people = co_await writes_about_people(ctx, r, pairs.front().intruder);
    for (auto const& w : people) {
        auto is_known = true;
        for (std::size_t i = 0; i < pairs.size() && is_known; ++i) {
            is_known = co_await attempt_person(ctx, w, pairs[i], out);
        }
        if (is_known) ctx.covered().examined("endpoint", w.op->channel(), spec.id);
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
