#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/existence_oracle/probe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace watertight::probes::api::existence_oracle {

// What an answer says apart from the id it speaks of. Nothing if it can't be used.
static std::optional<std::string>
shape(probe::exchange const& e, std::vector<std::string> const& ids)
{
    if (e.undecided()) return std::nullopt;
    return fmt::format("{}\n{}", e.status, probe::without_tokens(e.body, ids));
}

// Parts that differ between two answers of one kind differ by themselves: request ids, times.
static std::set<std::string> noise(trial const& t)
{
    std::set<std::string> out;
    for (auto const* group : {&t.existing, &t.absent}) {
        std::vector<std::string> bodies;
        for (auto const& e : *group) bodies.push_back(probe::without_tokens(e.body, t.ids));
        out.merge(probe::volatile_parts(bodies));
    }
    return out;
}

// Header by header, as far as it does not tell of the connection, of the moment or of the rate.
static std::map<std::string, std::string>
headers_of(probe::exchange const& e, std::vector<std::string> const& ids)
{
    static constexpr std::string_view of_the_moment[] = {"date", "age", "connection", "keep-alive"};
    std::map<std::string, std::string> out;
    for (auto const line : split(e.head, '\n')) {
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto name = to_lower(line.substr(0, colon));
        // Its length is the body's matter, and an id may be repeated there.
        auto const is_left_out = std::ranges::count(of_the_moment, name) != 0 ||
                                 name == "content-length" || name == "set-cookie";
        auto value = probe::without_tokens(std::string{trim(line.substr(colon + 1))}, ids);
        if (!is_left_out) out[std::move(name)] += value;
    }
    return out;
}

// Headers that all answers of one kind have alike, and all of the other kind otherwise or not.
static std::vector<std::string> differing_headers(trial const& t)
{
    auto const values = [&](std::vector<probe::exchange> const& group) {
        std::map<std::string, std::set<std::string>> out;
        for (auto const& e : group) {
            for (auto const& [name, value] : headers_of(e, t.ids)) out[name].insert(value);
        }
        // One that only some have is told by an empty value.
        for (auto& [name, held] : out) {
            for (auto const& e : group) {
                if (!headers_of(e, t.ids).contains(name)) held.insert("");
            }
        }
        return out;
    };
    auto const existing = values(t.existing);
    auto const absent = values(t.absent);
    std::vector<std::string> out;
    for (auto const& [name, held] : existing) {
        auto const other = absent.find(name);
        auto const is_steady = held.size() == 1 && t.existing.size() > 1;
        if (!is_steady || (other != absent.end() && other->second.size() != 1)) continue;
        if (other == absent.end() || other->second != held) out.push_back(name);
    }
    for (auto const& [name, held] : absent) {
        if (held.size() == 1 && t.absent.size() > 1 && !existing.contains(name)) {
            out.push_back(name);
        }
    }
    return out;
}

static bool same_group(std::vector<probe::exchange> const& group)
{
    auto const status = [](probe::exchange const& e) { return e.status; };
    return std::ranges::adjacent_find(group, std::ranges::not_equal_to{}, status) == group.end();
}

bool fails(probe::exchange const& e)
{
    return e.answered && e.status >= 500;
}

// Chance failures fall on both kinds: one that falls on all of one kind, this often and in changing
// order, and on none of the other is how they are told apart.
static bool fails_for_one_kind(trial const& t)
{
    if (std::min(t.existing.size(), t.absent.size()) < repetitions_of_failures) return false;
    auto const works = [](probe::exchange const& e) { return !e.undecided(); };
    auto const split = [&](auto const& broken, auto const& working) {
        return std::ranges::all_of(broken, fails) && std::ranges::all_of(working, works);
    };
    return split(t.existing, t.absent) || split(t.absent, t.existing);
}

static std::string difference(trial const& t)
{
    auto const& one = t.existing.front();
    auto const& other = t.absent.front();
    if (one.status != other.status) {
        return fmt::format("status {} against {}", one.status, other.status);
    }
    auto const changed = probe::changed_parts(
        probe::without_tokens(one.body, t.ids), probe::without_tokens(other.body, t.ids), noise(t)
    );
    if (changed.empty()) {
        auto const headers = differing_headers(t);
        if (headers.empty()) return {};
        return fmt::format("different headers ({})", fmt::join(headers, ", "));
    }
    // Text that is no JSON differs as a whole; where it also differs from itself it is noise.
    return fmt::format("different bodies ({})", fmt::join(changed, ", "));
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = t.existing.front().channel;
    auto const usable = [&](auto const& e) { return shape(e, t.ids).has_value(); };
    auto const all_usable =
        std::ranges::all_of(t.existing, usable) && std::ranges::all_of(t.absent, usable);
    // By the victim's path, too, where the target goes by the credentials alone. A refusal that
    // names the asker's tenant shows nothing of the asker's.
    auto const shows_own = std::ranges::any_of(t.existing, [](auto const& e) {
        return e.success() && e.token_of(e.tenant) != nullptr;
    });
    auto const leaks = std::ranges::any_of(t.existing, [&](auto const& e) {
        return e.token_of(t.victim) != nullptr;
    });
    if (!t.control.success()) {
        seen.undecided(channel, "the owner's own read failed: " + probe::summary(t.control));
    } else if (!all_usable && !fails_for_one_kind(t)) {
        seen.undecided(channel, "some requests failed or were throttled");
    } else if (shows_own || t.names_own) {
        seen.undecided(channel, "the ids are the intruder's own, too, and answered as such");
    } else if (!same_group(t.existing) || !same_group(t.absent)) {
        seen.undecided(channel, "the same request is answered in different ways");
    } else {
        seen.decided(channel);
        auto const differs = difference(t);
        // Shown data is the subject of api.object_read; here it would say the same thing twice.
        if (differs.empty() || leaks) return;
        probe::violation v;
        v.victim = t.victim;
        v.intruder = t.existing.front().tenant;
        v.channel = channel;
        v.detail =
            "An id of another tenant that exists and one that nobody has are answered with " +
            differs + ", each time.";
        v.exchanges = {t.absent.front(), t.existing.front()};
        out.violations.push_back(std::move(v));
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::existence_oracle
