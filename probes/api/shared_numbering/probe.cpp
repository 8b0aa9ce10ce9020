#include "probes/api/shared_numbering/probe.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/numbers.hpp"
#include "harness/probe/planting.hpp"
#include "harness/probe/read_back.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <charconv>

namespace watertight::probes::api::shared_numbering {

constexpr probe::spec spec{
    .id = "api.shared_numbering",
    .title = "Tenants' objects are numbered in one sequence",
    .where = probe::layer::api,
    .kind = evidence::guarantee::unobservability,
    .level = evidence::severity::low,
    .cwe = "CWE-340",
    .owasp = "API3:2023",
    .asvs = "8.2.3, 8.4.1",
    .faults = "P44",
    .rationale = "A number that all tenants draw from one sequence tells each of them how much the "
                 "others make: two invoices a day apart are the competitor's turnover.",
    .remedy = "Number by tenant, from a counter of the tenant's own row; show no sequence's value.",
};

static std::optional<std::int64_t>
number_of(trial const& t, std::size_t i, std::string const& place)
{
    auto const at = t.numbers[i].find(place);
    if (at == t.numbers[i].end()) return std::nullopt;
    return at->second;
}

// The first two are a step apart; each further one is as many steps on as objects were made.
static bool is_shared(trial const& t, std::string const& place)
{
    std::int64_t step = 0;
    for (std::size_t i = 1; i < t.numbers.size(); ++i) {
        auto const before = number_of(t, i - 1, place);
        auto const now = number_of(t, i, place);
        if (!before || !now) return false;
        if (i == 1) step = *now - *before;
        if (step <= 0 || *now - *before != step * (t.between[i] + 1)) return false;
    }
    return step > 0;
}

std::vector<std::string> shared_places(trial const& t)
{
    std::vector<std::string> out;
    if (t.numbers.size() < 4) return out;
    for (auto const& [place, value] : t.numbers.front()) {
        if (is_shared(t, place)) out.push_back(place);
    }
    return out;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided(t.channel, t.failure);
            continue;
        }
        seen.decided(t.channel);
        auto const places = shared_places(t);
        if (places.empty()) continue;
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.intruder;
        v.channel = t.channel;
        v.detail = fmt::format(
            "{} of a tenant's new objects goes on by exactly one step for each object that it or "
            "another tenant creates: whoever creates one now and then counts the others'.",
            places.front()
        );
        v.position = places.front();
        v.exchanges = {t.last};
        out.violations.push_back(std::move(v));
    }
    seen.finish(out);
    return out;
}

static constexpr std::int64_t between[] = {0, 0, 3, 0, 1};

// An id that counts tells as much, and is what most databases give: it is a note of the lint's.
static bool is_id_place(std::string_view place)
{
    auto const name = place.substr(place.rfind('/') + 1);
    auto const lower = to_lower(name);
    return lower == "id" || lower == "_id" || lower == "pk" || lower.ends_with("_id") ||
           name.ends_with("Id") || name.ends_with("ID");
}

static void add_text(
    std::map<std::string, std::int64_t>& out,
    std::string const& place,
    std::string const& text,
    std::string_view id
)
{
    auto end = text.size();
    while (end > 0 && !is_digit(text[end - 1])) --end;
    auto begin = end;
    while (begin > 0 && is_digit(text[begin - 1])) --begin;
    auto const digits = std::string_view{text}.substr(begin, end - begin);
    std::int64_t value = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || digits.size() == text.size() || parsed.ec != std::errc{}) return;
    // An address of the object.
    if (digits == id || (!id.empty() && text.find(id) != std::string::npos)) return;
    out.emplace(place + " " + text.substr(0, begin) + "#" + text.substr(end), value);
}

std::map<std::string, std::int64_t> counts_in(probe::exchange const& e, std::string_view id)
{
    auto out = probe::numbers_in(e);
    for (auto const& [place, value] : probe::flatten(e.body)) {
        auto const is_text = value.size() > 2 && value.front() == '"' && value.back() == '"';
        if (is_text) add_text(out, place, value.substr(1, value.size() - 2), id);
    }
    std::erase_if(out, [&](auto const& one) {
        return is_id_place(one.first.substr(0, one.first.find(' '))) ||
               std::to_string(one.second) == id;
    });
    return out;
}

/// Objects that are made in turn, one after the other.
class series {
public:
    series(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
        : ctx_{ctx}, r_{r}, pair_{pair}
    {
        out_.channel = r.create->channel();
        out_.victim = pair.victim;
        out_.intruder = pair.intruder;
    }

    asio::awaitable<trial> play()
    {
        for (auto const others : between) {
            for (std::int64_t i = 0; i < others && out_.failure.empty(); ++i) {
                co_await make_foreign();
            }
            if (out_.failure.empty()) co_await make_own();
            if (!out_.failure.empty()) break;
            out_.between.push_back(others);
            // Where an object has no number, none can be drawn from a sequence.
            if (out_.numbers.back().empty()) break;
        }
        for (auto* const o : theirs_) co_await probe::discard(ctx_, r_, *o);
        for (auto& one : own_) co_await one.discard(ctx_);
        co_return std::move(out_);
    }

private:
    asio::awaitable<void> make_foreign()
    {
        auto const made = co_await ctx_.create_object(r_, pair_.victim);
        if (made.has_error()) out_.failure = made.error().message;
        if (made.has_value()) theirs_.push_back(*made);
    }

    asio::awaitable<void> make_own()
    {
        auto one = co_await probe::planting::begin(ctx_, r_, pair_.intruder);
        own_.push_back(one);
        auto const options = one.options();
        out_.last = co_await one.send(ctx_, pair_, probe::approach::own_path, options);
        if (!one.is_made()) {
            out_.failure = "it can't be created: " + probe::summary(out_.last);
            co_return;
        }
        auto const id = probe::id_of(one.made());
        std::map<std::string, std::int64_t> told;
        for (auto const& [place, value] : counts_in(out_.last, id)) {
            told.emplace(place + " of the creation's answer", value);
        }
        if (probe::can_be_looked_up(r_)) {
            auto& owner = ctx_.actor(pair_.intruder);
            out_.last = co_await probe::look_up(ctx_, r_, owner, one.place(ctx_));
            if (!out_.last.success()) {
                out_.failure = "it can't be read: " + probe::summary(out_.last);
            }
            told.merge(counts_in(out_.last, id));
        }
        out_.numbers.push_back(std::move(told));
    }

    static constexpr std::int64_t between[] = {0, 0, 3, 0, 1};

    probe::context& ctx_;
    target::resource const& r_;
    probe::tenant_pair pair_;
    trial out_{};
    std::vector<target::object*> theirs_{};
    std::vector<probe::planting> own_{};
};

static bool have_parents(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
{
    auto const has = [&](tenant_index t) { return !ctx.population().lasting(t, r.parent).empty(); };
    return r.parent.empty() || (has(pair.victim) && has(pair.intruder));
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const pairs = ctx.few_pairs(1);
    std::vector<trial> trials;
    for (auto const* const r : probe::resources_with(ctx.model(), {&target::resource::create})) {
        if (pairs.empty() || !have_parents(ctx, *r, pairs.front())) continue;
        series one{ctx, *r, pairs.front()};
        auto t = co_await one.play();
        trials.push_back(std::move(t));
        ctx.tick();
    }
    if (trials.empty()) {
        out.not_applicable = "a resource that tenants create";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::shared_numbering
