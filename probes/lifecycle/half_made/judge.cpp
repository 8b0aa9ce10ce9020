#include "harness/probe/tally.hpp"
#include "probes/lifecycle/half_made/probe.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::lifecycle::half_made {

using tree = nlohmann::ordered_json;

static constexpr std::size_t spoilt_max = 12;

static bool holds_any(tree const& value, std::vector<std::string> const& kept)
{
    auto const text = value.dump(-1, ' ', false, tree::error_handler_t::replace);
    return std::ranges::any_of(kept, [&](std::string const& token) {
        return !token.empty() && text.find(token) != std::string::npos;
    });
}

static std::vector<tree> bad_values(tree const& value)
{
    if (value.is_string()) return {"x", tree::object({{"no", "text"}})};
    if (value.is_number()) return {-1, "no number"};
    if (value.is_boolean()) return {"perhaps"};
    return {"no object"};
}

static void add(std::vector<spoilt>& out, std::string how, tree const& changed)
{
    if (out.size() < spoilt_max) out.push_back({std::move(how), changed.dump()});
}

// What is last in a creation is made last: a first user that fails leaves the tenant.
static void spoil_in(
    tree const& whole,
    tree::json_pointer const& at,
    std::vector<std::string> const& kept,
    std::vector<spoilt>& out
)
{
    auto const& here = whole.at(at);
    for (auto const& [name, value] : here.items()) {
        auto const place = at / name;
        if (value.is_object() && !value.empty()) spoil_in(whole, place, kept, out);
        if (value.is_structured() || holds_any(value, kept)) continue;
        for (auto const& bad : bad_values(value)) {
            auto changed = whole;
            changed[place] = bad;
            add(out, place.to_string() + " = " + bad.dump(), changed);
        }
    }
}

std::vector<spoilt> spoil(std::string_view body, std::vector<std::string> const& kept)
{
    std::vector<spoilt> out;
    auto const whole = tree::parse(body, nullptr, false);
    if (!whole.is_object()) return out;
    for (auto const& [name, value] : whole.items()) {
        if (!value.is_object() || value.empty()) continue;
        spoil_in(whole, tree::json_pointer{} / name, kept, out);
    }
    for (auto const& [name, value] : whole.items()) {
        if (value.is_structured() || holds_any(value, kept)) continue;
        for (auto const& bad : bad_values(value)) {
            auto changed = whole;
            changed[name] = bad;
            add(out, "/" + name + " = " + bad.dump(), changed);
        }
    }
    return out;
}

static bool is_refusal(probe::exchange const& e)
{
    return e.answered && e.status >= 400 && !e.throttled() && e.status != 503;
}

static probe::violation about(trial const& t, std::string detail)
{
    probe::violation v;
    v.victim = t.tenant;
    v.channel = t.refused.channel;
    v.detail = std::move(detail);
    v.exchanges = {t.refused, t.again};
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials, control const& c)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.refused.channel;
        if (!is_refusal(t.refused)) continue;
        auto const what = fmt::format(
            "The creation of a tenant ({}) was refused with {}", t.how, probe::summary(t.refused)
        );
        if (t.opens_session) {
            auto v = about(t, what + ", and its first user can log in.");
            v.level = evidence::severity::high;
            v.exchanges = {t.refused};
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!c.is_made) {
            seen.undecided(channel, "a whole creation fails as well: " + summary(c.made));
        } else if (t.is_made_again) {
            seen.decided(channel);
        } else if (t.again.refused()) {
            out.violations.push_back(about(
                t,
                fmt::format(
                    "{}; the same one, whole, was then refused with {}: half of the first is "
                    "there.",
                    what,
                    probe::summary(t.again)
                )
            ));
            seen.decided(channel);
        } else {
            seen.undecided(channel, "the second creation failed: " + summary(t.again));
        }
    }
    seen.finish(out);
    if (std::ranges::none_of(trials, [](auto const& t) { return is_refusal(t.refused); })) {
        out.not_applicable = "no creation of a tenant is refused for what its members hold";
    }
    return out;
}

} // namespace watertight::probes::lifecycle::half_made
