#include "harness/probe/body_diff.hpp"
#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/like_named/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::like_named {

using nlohmann::ordered_json;

static bool holds(std::string_view text, probe::marks const& canary)
{
    auto const digits = std::to_string(canary.number);
    return text.find(canary.text) != text.npos ||
           (canary.number != 0 && text.find(digits) != text.npos);
}

// Somebody may well be one person in two tenants.
static bool names_a_person(std::string_view member, std::string_view value)
{
    auto const name = to_lower(member);
    if (value.find('@') != value.npos) return true;
    return std::ranges::any_of(
        std::vector<std::string>{"mail", "login", "username", "user_name", "phone"},
        [&](std::string const& word) { return name.find(word) != std::string::npos; }
    );
}

std::vector<naming> namings(
    std::string_view body,
    std::string_view target,
    probe::marks const& canary,
    std::string_view word
)
{
    std::vector<naming> out;
    auto const whole = ordered_json::parse(body, nullptr, false);
    if (whole.is_object()) {
        auto const fields = probe::own_fields(whole);
        for (auto const& [name, value] : whole.at(fields).items()) {
            if (!value.is_string()) continue;
            auto const text = value.get<std::string>();
            auto const is_name = text.find(canary.text) != std::string::npos;
            if (!is_name || names_a_person(name, text)) continue;
            auto changed = whole;
            changed[fields][name] = replace_all(text, canary.text, word);
            auto sent = changed.dump();
            if (holds(sent, canary)) out.push_back({name, std::move(sent), {}});
        }
    }
    if (target.find(canary.text) != target.npos && holds(body, canary)) {
        auto changed = replace_all(std::string{target}, canary.text, word);
        out.push_back({"the address", {}, std::move(changed)});
    }
    return out;
}

static probe::exchange const* shown_in(sight const& s, probe::marks const& canary)
{
    return probe::shown_in(s.views, canary);
}

static probe::violation
about(trial const& t, std::string detail, std::vector<probe::exchange> exchanges)
{
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.intruder;
    v.channel = t.channel;
    v.detail = std::move(detail);
    v.exchanges = std::move(exchanges);
    return v;
}

// The view by which the victim saw its object before, as it is now.
static probe::exchange const* same_view(sight const& now, std::string const& channel)
{
    auto const found =
        std::ranges::find_if(now.views, [&](auto const& e) { return e.channel == channel; });
    return found == now.views.end() ? nullptr : &*found;
}

// What one is shown of the other's object, under a name that both gave.
static bool judge_sight(trial const& t, sight const& s, bool is_victims, probe::conclusion& out)
{
    auto const& foreign = is_victims ? t.intruders : t.victims;
    auto const* const shown = shown_in(s, foreign);
    if (shown == nullptr) return false;
    auto v = about(
        t,
        fmt::format(
            "Two tenants made an object of the same name ({}); {} one of them is shown the "
            "other's.",
            t.how,
            s.when
        ),
        {t.made, t.other_made, *shown}
    );
    v.token = shown->shown(foreign);
    v.position = "a view of one's own";
    if (is_victims) v.kind = evidence::guarantee::integrity;
    out.violations.push_back(std::move(v));
    return true;
}

static bool judge_loss(trial const& t, sight const& s, probe::conclusion& out)
{
    for (auto const& before : t.before.views) {
        if (!before.success() || before.shown(t.victims).empty()) continue;
        auto const* const now = same_view(s, before.channel);
        if (now == nullptr || now->undecided() || !now->shown(t.victims).empty()) continue;
        out.violations.push_back(about(
            t,
            fmt::format(
                "A tenant no longer finds what it made {}; both had given it the same name ({}).",
                s.when,
                t.how
            ),
            {before, t.other_made, *now}
        ));
        out.violations.back().kind = evidence::guarantee::integrity;
        return true;
    }
    return false;
}

// What the intruder did to its own shows in the victim's, and in nothing else of the victim's.
static bool judge_action(trial const& t, trial::action const& a, probe::conclusion& out)
{
    auto const seen = std::ranges::all_of(a.before, &probe::exchange::success);
    if (!seen || a.before.empty() || !a.after.success() || !a.done.success()) return false;
    std::vector<std::string> bodies;
    for (auto const& e : a.before) bodies.push_back(e.body);
    auto const ignored = probe::volatile_parts(bodies);
    auto changed = probe::changed_parts(bodies.back(), a.after.body, ignored);
    auto const by_itself = probe::changed_parts(a.twin_before.body, a.twin_after.body, ignored);
    std::erase_if(changed, [&](auto const& part) {
        return std::ranges::count(by_itself, part) != 0;
    });
    if (changed.empty()) return false;
    auto v = about(
        t,
        fmt::format(
            "What a tenant did to its own object ({}) changed {} of another tenant's object of the "
            "same name ({}).",
            a.channel,
            changed.front().empty() ? "the content" : changed.front(),
            t.how
        ),
        {a.before.back(), a.done, a.after}
    );
    v.channel = a.channel;
    v.kind = evidence::guarantee::integrity;
    out.violations.push_back(std::move(v));
    return true;
}

static bool judge_family(trial const& t, trial::family const& f, probe::conclusion& out)
{
    auto const shows = [](probe::exchange const& e, probe::marks const& m) {
        return e.success() && !e.shown(m).empty();
    };
    if (!shows(f.control, f.victims)) return false;
    auto const is_leak = shows(f.hostile, f.victims);
    auto const is_mixed = shows(f.again, f.intruders);
    auto const is_lost = f.again.success() && !shows(f.again, f.victims);
    if (!is_leak && !is_mixed && !is_lost) return false;
    auto v = about(
        t,
        fmt::format(
            "Of what lives under two objects of the same name ({}) a tenant {} ({}).",
            t.how,
            is_leak || is_mixed ? "is shown the other's" : "no longer finds its own",
            f.kind
        ),
        {f.control, f.hostile, f.again}
    );
    v.channel = f.hostile.channel;
    if (!is_leak) v.kind = evidence::guarantee::integrity;
    out.violations.push_back(std::move(v));
    return true;
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    if (!t.made.success()) {
        // The place takes no such name: nothing is promised about it.
        if (t.made.undecided()) seen.undecided(t.channel, "a creation failed: " + summary(t.made));
        return;
    }
    auto const& control = t.at_once ? t.after.front() : t.before;
    if (t.other_made.undecided()) {
        return seen.undecided(t.channel, "a creation failed: " + summary(t.other_made));
    }
    // The answer to the second creation may be the first one's object.
    sight const answered{"at once", {t.other_made}};
    auto found = judge_sight(t, answered, false, out);
    for (auto const& s : t.after) {
        if (found) break;
        found = judge_sight(t, s, true, out) || judge_loss(t, s, out);
    }
    if (!found) found = judge_sight(t, t.others, false, out);
    for (auto const& f : t.families) {
        if (!found) found = judge_family(t, f, out);
    }
    for (auto const& a : t.actions) {
        if (!found) found = judge_action(t, a, out);
    }
    if (!found && shown_in(control, t.victims) == nullptr) {
        auto const why = fmt::format(
            "made with {}, one's own new object shows no canary in any view: a further text with "
            "{{canary}} in its creation would, if it is shown",
            t.how.substr(0, t.how.find(" = "))
        );
        return seen.undecided(t.channel, why);
    }
    seen.decided(t.channel);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::like_named
