#include "probes/api/timing_oracle/probe.hpp"

#include <algorithm>

namespace watertight::probes::api::timing_oracle {

constexpr probe::spec spec{
    .id = "api.timing_oracle",
    .title = "The time of a refusal tells whether another tenant's object exists",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::low,
    .cwe = "CWE-208",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 16.5.1",
    .faults = "A20",
    .rationale =
        "The object is loaded, decrypted or rendered before anybody asks whose it is. The refusal "
        "reads like that of an id that never existed, but it takes longer, and a few dozen "
        "questions tell the one from the other.",
    .remedy = "Put the tenant into the query that looks the object up, so that what is another "
              "tenant's is not found in the first place and no work is done for it.",
};

static constexpr std::size_t pairs_at_first = 32;
static constexpr std::size_t pairs_to_prove = 96;
static constexpr std::size_t objects_a_round = 4;

// An id that exists and one of the same make that nobody has. Both are asked for equally often, so
// that whatever remembers an answer remembers both.
struct couple {
    target::object const* object = nullptr;
    target::values nobody{};
};

static couple
couple_of(probe::context& ctx, target::operation const& op, target::object const& object)
{
    couple out{&object, {}};
    for (auto const& slot : probe::object_slots(op)) {
        auto const name = slot.starts_with("object.") ? slot.substr(7) : slot;
        auto const is_name = name == "canary" && !object.attributes.find(name);
        auto const real =
            is_name ? object.canary : std::string{object.attributes.find(name).value_or("")};
        if (!real.empty()) out.nobody.set(slot, probe::absent_twin(real, ctx.random()));
    }
    return out;
}

struct setting {
    probe::target_operation read{};
    probe::tenant_pair pair{};
    probe::approach way{};
};

static asio::awaitable<probe::exchange>
ask(probe::context& ctx, setting const& s, couple const& c, bool for_existing)
{
    auto options = probe::about(ctx, *c.object);
    if (!for_existing) options.extra = &c.nobody;
    auto e = co_await probe::reach(ctx, s.read, s.pair, s.way, options);
    co_return e;
}

static double ms(probe::exchange const& e)
{
    return std::chrono::duration<double, std::milli>{e.took}.count();
}

// Why the two can't be compared: whoever is shown something, or told apart by status, is the
// subject of other probes.
static std::string objection(probe::exchange const& existing, probe::exchange const& absent)
{
    if (existing.undecided()) return "a request failed: " + probe::summary(existing);
    if (absent.undecided()) return "a request failed: " + probe::summary(absent);
    if (existing.status != absent.status) return "the answers differ in status";
    auto const shows_own = existing.success() && existing.token_of(existing.tenant) != nullptr;
    if (shows_own || existing.foreign_token() != nullptr) return "the answer shows data";
    return {};
}

static asio::awaitable<std::vector<pair_of_times>> time_round(
    probe::context& ctx,
    setting const& s,
    std::vector<couple> const& couples,
    std::size_t pairs,
    bool existing_first,
    trial& t
)
{
    std::vector<pair_of_times> out;
    // The first turn of each warms up whatever warms up, and is not counted.
    for (std::size_t i = 0; i < couples.size() + pairs; ++i) {
        auto const& c = couples[i % couples.size()];
        // A B B A: whoever comes second has no lasting advantage of it.
        auto const begins = (i / couples.size() + i) % 2 == 0 ? existing_first : !existing_first;
        auto one = co_await ask(ctx, s, c, begins);
        auto other = co_await ask(ctx, s, c, !begins);
        if (!begins) std::swap(one, other);
        t.unusable = objection(one, other);
        if (!t.unusable.empty()) co_return out;
        if (i >= couples.size()) out.push_back({ms(one), ms(other)});
        t.existing = std::move(one);
        t.absent = std::move(other);
    }
    co_return out;
}

static std::vector<couple> known_couples(probe::context& ctx, setting const& s)
{
    std::vector<couple> out;
    for (std::size_t i = 0; i < objects_a_round; ++i) {
        auto const* const object = probe::pick_foreign(ctx, s.pair, *s.read.of, i);
        if (object == nullptr || probe::has_same_id(ctx, s.pair.intruder, *object)) return {};
        auto one = couple_of(ctx, *s.read.op, *object);
        if (one.nobody.all().empty()) return {};
        out.push_back(std::move(one));
    }
    return out;
}

// Objects that nobody has asked for yet; the former where none can be made.
static asio::awaitable<std::vector<couple>>
fresh_couples(probe::context& ctx, setting const& s, std::vector<couple> former)
{
    if (!s.read.of->create) co_return former;
    std::vector<couple> out;
    for (std::size_t i = 0; i < objects_a_round; ++i) {
        auto const made = co_await probe::create_foreign(ctx, *s.read.of, s.pair);
        if (made.has_error()) co_return former;
        out.push_back(couple_of(ctx, *s.read.op, **made));
    }
    co_return out;
}

static asio::awaitable<void> attempt(probe::context& ctx, setting const& s, std::vector<trial>& out)
{
    auto const couples = known_couples(ctx, s);
    if (couples.empty()) co_return;
    trial t;
    t.victim = s.pair.victim;
    t.way = probe::describe(s.way);
    auto const about = probe::about(ctx, *couples.front().object);
    t.control = co_await ctx.send(*s.read.op, ctx.actor(s.pair.victim), about);
    t.first = co_await time_round(ctx, s, couples, pairs_at_first, true, t);
    if (t.unusable.empty() && is_worth_a_look(read(t.first))) {
        auto const fresh = co_await fresh_couples(ctx, s, couples);
        t.second = co_await time_round(ctx, s, fresh, pairs_to_prove, false, t);
    }
    ctx.covered().examined("endpoint", s.read.op->channel(), spec.id);
    out.push_back(std::move(t));
}

// A target that asks one tenant's store after another finds what the last of them holds no sooner
// than it gives up, so that one victim alone may show nothing.
static std::vector<probe::tenant_pair> two_victims(probe::context& ctx)
{
    auto const& pairs = ctx.pairs();
    if (pairs.empty()) return {};
    auto const first = pairs.front();
    auto const other =
        std::ranges::find_if(pairs, [&](auto const& p) { return p.victim != first.victim; });
    if (other == pairs.end()) return {first};
    return {first, *other};
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    auto reads = probe::object_reads(ctx.model());
    std::erase_if(reads, [](auto const& one) {
        return one.of->expect_foreign == target::foreign_access::denied;
    });
    probe::conclusion out;
    auto const pairs = two_victims(ctx);
    if (reads.empty() || pairs.empty()) {
        out.not_applicable = "no read of a single object, or all are declared to be denied";
        co_return out;
    }
    std::vector<setting> settings;
    for (auto const& pair : pairs) {
        for (auto const& one : reads) {
            for (auto const way : probe::approaches(*one.op)) settings.push_back({one, pair, way});
        }
    }
    std::vector<trial> trials;
    // One after another: requests beside each other would time each other.
    for (auto const& s : settings) co_await attempt(ctx, s, trials);
    out = judge(trials, settings.size());
    if (trials.empty()) {
        out.not_applicable = "each tenant has objects with the same ids as all others";
    }
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::timing_oracle
