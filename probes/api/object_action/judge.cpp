#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"
#include "probes/api/object_action/probe.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::api::object_action {

// What a view says of the object; empty text where it is not to be seen.
static std::string told(probe::exchange const& e, side const& s, bool is_list)
{
    if (!e.success()) return {};
    return is_list ? probe::part_about(e.body, s.tokens) : e.body;
}

// Parts of the object that the action changed, for each view.
static std::vector<std::set<std::string>> changes(side const& s, std::size_t first_list)
{
    std::vector<std::set<std::string>> out;
    for (std::size_t i = 0; i < s.after.size(); ++i) {
        auto const is_list = i >= first_list;
        auto const before = told(s.before[i], s, is_list);
        auto const again = told(s.before_again[i], s, is_list);
        auto const after = told(s.after[i], s, is_list);
        auto const by_itself = probe::volatile_parts({before, again});
        // What fails to answer shows nothing, changed or not.
        auto const is_lost = s.before[i].undecided() || s.after[i].undecided();
        auto const parts =
            is_lost ? std::vector<std::string>{} : probe::changed_parts(before, after, by_itself);
        out.emplace_back(parts.begin(), parts.end());
    }
    return out;
}

// Parts that changed under the intruder's action and change under the owner's, but not where nobody
// acted: what changes with time, or by what else goes on, is no effect of either.
static std::vector<std::string> common_changes(trial const& t)
{
    std::vector<std::string> out;
    auto const by_intruder = changes(t.hostile, t.first_list);
    auto const by_owner = changes(t.own, t.first_list);
    auto const by_nobody = changes(t.idle, t.first_list);
    for (std::size_t i = 0; i < std::min(by_intruder.size(), by_owner.size()); ++i) {
        for (auto const& part : by_intruder[i]) {
            if (i < by_nobody.size() && by_nobody[i].contains(part)) continue;
            if (by_owner[i].contains(part)) out.push_back(part.empty() ? "the whole" : part);
        }
    }
    return out;
}

static bool has_effect(trial const& t)
{
    auto const of_owner = changes(t.own, t.first_list);
    auto const is_changed =
        std::ranges::any_of(of_owner, [](auto const& parts) { return !parts.empty(); });
    return is_changed || std::ranges::any_of(t.own.after, [&](auto const& view) {
               return !view.shown(t.own.planted).empty();
           });
}

static bool shows_owner(side const& s)
{
    auto const shows = [](probe::exchange const& e) {
        return e.success() && e.shows_canary_of(e.tenant);
    };
    return std::ranges::any_of(s.before, shows) || std::ranges::any_of(s.after, shows);
}

static probe::exchange const* planted_view(side const& s)
{
    for (auto const& view : s.after) {
        if (view.success() && !view.shown(s.planted).empty()) return &view;
    }
    return nullptr;
}

// Status and members of an answer: by what it differs from another one whatever the values are.
static std::set<std::string> shape(probe::exchange const& e)
{
    std::set<std::string> out{std::to_string(e.status)};
    for (auto const& [part, value] : probe::flatten(e.body)) out.insert(part);
    return out;
}

// Where the owner sees nothing of the action: answered like the owner, and not like somebody who
// names an object that is not there.
static bool is_accepted(trial const& t)
{
    if (!t.own.action.success() || t.hostile.action.undecided()) return false;
    if (t.absent.wire.empty() || t.absent.undecided()) return false;
    auto const intruders = shape(t.hostile.action);
    return intruders == shape(t.own.action) && intruders != shape(t.absent);
}

static bool is_turned_away(trial const& t)
{
    auto const& e = t.hostile.action;
    if (e.refused()) return true;
    // The owner's own answer shows the object: the intruder's would have, too.
    if (t.own.action.shows_canary_of(t.own.action.tenant)) return true;
    auto const is_like_absent = t.absent.answered && shape(e) == shape(t.absent);
    return is_like_absent && shape(e) != shape(t.own.action);
}

static probe::violation
violation_of(trial const& t, std::string detail, probe::exchange const* shown_in)
{
    probe::violation v;
    v.victim = t.own.action.tenant;
    v.intruder = t.hostile.action.tenant;
    v.channel = t.hostile.action.channel;
    v.detail = std::move(detail);
    v.position = "the owner's read-back";
    auto const& s = t.hostile;
    v.exchanges = {s.before.front(), shown_in == nullptr ? s.after.front() : *shown_in, s.action};
    if (shown_in != nullptr) v.token = shown_in->shown(s.planted);
    return v;
}

static void judge_answer(trial const& t, probe::conclusion& out)
{
    auto const& e = t.hostile.action;
    auto const* const token = e.foreign_token();
    if (token == nullptr) return;
    auto v = probe::shown_by(
        *token,
        e.channel,
        fmt::format(
            "{} asked for the action {} and was shown another tenant's data.", e.sender, t.way
        ),
        {t.own.action, e}
    );
    v.kind = evidence::guarantee::confidentiality;
    out.violations.push_back(std::move(v));
}

// Whether the victim's object was changed; its violation then stands in `out`.
static bool judge_effect(trial const& t, probe::conclusion& out)
{
    auto const after =
        t.prepared.empty() ? std::string{} : " (the owner did " + t.prepared + " before)";
    if (auto const* const view = planted_view(t.hostile)) {
        auto const detail = fmt::format(
            "After the intruder's action {}{} the owner sees the intruder's canary.", t.way, after
        );
        out.violations.push_back(violation_of(t, detail, view));
        return true;
    }
    if (auto const parts = common_changes(t); !parts.empty() && t.own.action.success()) {
        auto const detail = fmt::format(
            "The intruder's action {}{} had the effect of the owner's: {} changed in the owner's "
            "read-back.",
            t.way,
            after,
            fmt::join(parts, ", ")
        );
        out.violations.push_back(violation_of(t, detail, nullptr));
        return true;
    }
    return false;
}

static void judge_without_effect(trial const& t, probe::tally& seen, probe::conclusion& out)
{
    auto const& channel = t.hostile.action.channel;
    if (is_accepted(t)) {
        auto v = violation_of(
            t,
            fmt::format(
                "The action {} was answered as its owner's is, while one on an object that nobody "
                "has is not. What it does is not to be seen in the owner's read-back.",
                t.way
            ),
            nullptr
        );
        v.exchanges = {t.own.action, t.absent, t.hostile.action};
        v.level = evidence::severity::medium;
        out.violations.push_back(std::move(v));
        seen.decided(channel);
    } else if (is_turned_away(t) && !t.hostile.action.undecided()) {
        seen.decided(channel);
    } else {
        seen.undecided(
            channel, "the owner's own action changes nothing to be seen, and says nothing either"
        );
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.hostile.action.channel;
        judge_answer(t, out);
        if (judge_effect(t, out)) {
            seen.decided(channel);
        } else if (t.hostile.action.wire.empty()) {
            seen.undecided(channel, t.hostile.action.failure);
        } else if (!t.own.action.success()) {
            seen.undecided(
                channel, "the same action fails for the owner, too: " + summary(t.own.action)
            );
        } else if (!shows_owner(t.own) || !shows_owner(t.hostile)) {
            auto const& view = shows_owner(t.own) ? t.hostile.before : t.own.before;
            seen.undecided(channel, "the owner's read shows no canary: " + summary(view.front()));
        } else if (!has_effect(t)) {
            judge_without_effect(t, seen, out);
        } else if (t.hostile.action.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile.action));
        } else if (std::ranges::all_of(t.hostile.after, &probe::exchange::undecided)) {
            seen.undecided(channel, "the read-back failed: " + summary(t.hostile.after.front()));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::object_action
