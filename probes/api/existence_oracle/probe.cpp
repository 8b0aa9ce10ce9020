#include "probes/api/existence_oracle/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <iterator>

namespace watertight::probes::api::existence_oracle {

constexpr probe::spec spec{
    .id = "api.existence_oracle",
    .title = "The answer tells whether another tenant's object exists",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::medium,
    .cwe = "CWE-203",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 16.5.1",
    .faults = "A19",
    .rationale = "403 for what exists and 404 for what does not, or two different messages, lets "
                 "anybody count and enumerate what other tenants have.",
    .remedy =
        "Answer for objects of other tenants exactly as for ids that never existed: look them "
        "up with the tenant in the query, so that there is only one path.",
};

static constexpr std::size_t repetitions = 3;

// Ids that look like the object's own and that nobody has, for each slot that tells objects apart.
static target::values nobodys(
    probe::context& ctx,
    target::operation const& op,
    target::object const& object,
    std::vector<std::string>& ids
)
{
    target::values out;
    for (auto const& slot : probe::object_slots(op)) {
        auto const name = slot.starts_with("object.") ? slot.substr(7) : slot;
        auto const is_name = name == "canary" && !object.attributes.find(name);
        auto const real =
            is_name ? object.canary : std::string{object.attributes.find(name).value_or("")};
        if (real.empty()) continue;
        auto twin = probe::absent_twin(real, ctx.random());
        ids.push_back(real);
        ids.push_back(twin);
        out.set(slot, std::move(twin));
    }
    return out;
}

// Where ids count anew in each tenant or parent, what another probe or the traffic left there may
// have the id that is the victim's elsewhere.
static asio::awaitable<bool> names_own(
    probe::context& ctx,
    target::resource const& of,
    probe::tenant_pair pair,
    probe::approach way,
    probe::request_options const& options
)
{
    if (way == probe::approach::victims_path || !of.read || !probe::ids_repeat(ctx, of)) {
        co_return false;
    }
    auto const seen = co_await probe::reach(ctx, {&of, &*of.read}, pair, way, options);
    co_return seen.success() && seen.token_of(pair.victim) == nullptr;
}

// Where the path names no tenant, the victim's is the intruder's own.
static bool is_by_own_path(probe::target_operation read, probe::approach way)
{
    return way != probe::approach::victims_path || !probe::names_tenant(*read.op);
}

// @param made  to be asked for each time; null: the victim's objects in turn.
static asio::awaitable<void> compare(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::approach way,
    std::size_t turn,
    target::object const* made,
    std::vector<trial>& out
)
{
    trial t;
    t.victim = pair.victim;
    auto wanted = repetitions;
    for (std::size_t i = 0; i < wanted; ++i) {
        auto const* const object =
            made != nullptr ? made : probe::pick_foreign(ctx, pair, *read.of, turn + i);
        if (object == nullptr) co_return;
        auto const is_shared = probe::has_same_id(ctx, pair.intruder, *object);
        if (is_shared && is_by_own_path(read, way)) co_return;
        auto const options = probe::about(ctx, *object);
        auto const nobody = nobodys(ctx, *read.op, *object, t.ids);
        if (nobody.all().empty()) co_return;
        if (i == 0) t.control = co_await ctx.send(*read.op, ctx.actor(pair.victim), options);
        // The nobody's id stands in for the object's; everything else is as for the one that is.
        auto to_nobody = options;
        to_nobody.extra = &nobody;
        // In changing order, or two servers that take turns would tell the kinds apart.
        if (i % 2 == 1) t.absent.push_back(co_await probe::reach(ctx, read, pair, way, to_nobody));
        t.existing.push_back(co_await probe::reach(ctx, read, pair, way, options));
        if (i % 2 == 0) t.absent.push_back(co_await probe::reach(ctx, read, pair, way, to_nobody));
        if (fails(t.existing.back()) || fails(t.absent.back())) wanted = repetitions_of_failures;
        if (t.existing.back().success() && !t.names_own)
            t.names_own = co_await names_own(ctx, *read.of, pair, way, options);
    }
    ctx.covered().examined("endpoint", read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<void> attempt(
    probe::context& ctx,
    probe::target_operation read,
    probe::tenant_pair pair,
    probe::approach way,
    std::size_t turn,
    std::vector<trial>& out
)
{
    if (!is_by_own_path(read, way)) {
        co_await compare(ctx, read, pair, way, turn, nullptr, out);
        co_return;
    }
    auto const one = co_await probe::strange_to_intruder(ctx, read, pair, turn);
    if (one.object != nullptr) co_await compare(ctx, read, pair, way, turn, one.made, out);
    // Also one that turned out to be of no use.
    if (one.made != nullptr) co_await probe::discard(ctx, *read.of, *one.made);
}

// Writes that name an object, of resources that can be made anew: what is tried on may be lost.
static std::vector<probe::target_operation> object_writes(target::model const& m)
{
    std::vector<probe::target_operation> out;
    auto const add = [&](target::resource const& r, target::operation const& op) {
        if (probe::is_read(op) || probe::object_slots(op).empty()) return;
        if (probe::is_tenants_own(m, op)) out.push_back({&r, &op});
    };
    for (auto const& r : m.resources) {
        auto const is_declared = r.expect_foreign == target::foreign_access::denied;
        if (!r.create || !r.read || r.is_shared || is_declared) continue;
        if (r.update) add(r, *r.update);
        for (auto const& op : r.others) add(r, op);
        if (r.remove) add(r, *r.remove);
    }
    return out;
}

// Where a write was carried out, that is the subject of other probes. Some answer refusals by
// success, too: then the owner's view decides.
static bool is_carried_out(trial const& t, probe::exchange const& before)
{
    auto const is_done = [](auto const& e) { return e.success(); };
    if (std::ranges::none_of(t.existing, is_done)) return false;
    return !t.control.success() || !probe::changed_parts(before.body, t.control.body, {}).empty();
}

static asio::awaitable<void> attempt_write(
    probe::context& ctx,
    probe::target_operation write,
    probe::tenant_pair pair,
    probe::approach way,
    target::object const& object,
    std::vector<trial>& out
)
{
    trial t;
    t.victim = pair.victim;
    auto& owner = ctx.actor(pair.victim);
    auto const place = probe::about(ctx, object);
    auto const before = co_await ctx.send(*write.of->read, owner, place);
    for (std::size_t i = 0; i < repetitions; ++i) {
        auto options = place;
        auto const nobody = nobodys(ctx, *write.op, object, t.ids);
        if (nobody.all().empty()) co_return;
        options.canary = ctx.fresh_canary(pair.intruder);
        options.canary_number = ctx.fresh_number(pair.intruder);
        ctx.plants(options.canary, options.canary_number);
        auto to_nobody = options;
        to_nobody.extra = &nobody;
        if (i % 2 == 1) t.absent.push_back(co_await probe::reach(ctx, write, pair, way, to_nobody));
        t.existing.push_back(co_await probe::reach(ctx, write, pair, way, options));
        if (i % 2 == 0) t.absent.push_back(co_await probe::reach(ctx, write, pair, way, to_nobody));
    }
    if (std::ranges::any_of(t.existing, &probe::exchange::success))
        t.names_own = co_await names_own(ctx, *write.of, pair, way, place);
    t.control = co_await ctx.send(*write.of->read, owner, place);
    if (is_carried_out(t, before)) co_return;
    ctx.covered().examined("endpoint", write.op->channel(), spec.id);
    out.push_back(std::move(t));
}

static asio::awaitable<void> try_writes(probe::context& ctx, std::vector<trial>& out)
{
    static constexpr std::size_t pairs_max = 2;
    for (auto const& write : object_writes(ctx.model())) {
        for (auto const pair : ctx.few_pairs(pairs_max)) {
            auto const made = co_await probe::create_foreign(ctx, *write.of, pair);
            if (made.has_error()) continue;
            auto& object = **made;
            auto const is_shared = probe::has_same_id(ctx, pair.intruder, object);
            for (auto const way : probe::approaches(*write.op)) {
                if (is_shared && way != probe::approach::victims_path) continue;
                co_await attempt_write(ctx, write, pair, way, object, out);
            }
            co_await probe::discard(ctx, *write.of, object);
        }
    }
}

// A write says less of why it was refused than a read: what can't be compared is only noted.
static void add_writes(probe::conclusion more, probe::conclusion& out)
{
    std::ranges::move(more.violations, std::back_inserter(out.violations));
    out.trials += more.trials;
    out.controls += more.controls;
    for (auto const& why : more.undecided)
        out.notes.push_back("api.existence_oracle: not compared: " + why);
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::object_reads(ctx.model());
    // A declared refusal of foreign access that differs from "not found" is the owner's decision.
    std::erase_if(reads, [](auto const& read) {
        return read.of->expect_foreign == target::foreign_access::denied;
    });
    probe::conclusion out;
    if (reads.empty()) {
        out.not_applicable = "no read of a single object, or all are declared to be denied";
        co_return out;
    }
    static constexpr std::size_t pairs_max = 32;
    auto const pairs = ctx.few_pairs(pairs_max);
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        auto const& read = reads[i % reads.size()];
        for (auto const way : probe::approaches(*read.op)) {
            co_await attempt(ctx, read, pairs[i / reads.size()], way, i, trials);
        }
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(pairs.size() * reads.size(), each);
    out = judge(trials);
    std::vector<trial> writes;
    co_await try_writes(ctx, writes);
    add_writes(judge(writes), out);
    if (trials.empty() && writes.empty()) {
        out.not_applicable = "each tenant has objects with the same ids as all others";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::existence_oracle
