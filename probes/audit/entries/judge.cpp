#include "harness/probe/body_diff.hpp"
#include "harness/probe/tally.hpp"
#include "probes/audit/entries/probe.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::audit::entries {

std::vector<std::string> entries_of(probe::exchange const& e, std::string const& items)
{
    std::map<std::string, std::string> by_place;
    auto const prefix = items + "/";
    for (auto const& [part, value] : probe::flatten(e.body)) {
        if (!part.starts_with(prefix)) continue;
        auto const number =
            part.substr(prefix.size(), part.find('/', prefix.size()) - prefix.size());
        by_place[number] += value + "\n";
    }
    std::vector<std::string> out;
    for (auto& [number, text] : by_place) out.push_back(std::move(text));
    return out;
}

std::vector<std::string> new_entries(act const& a, std::string const& items)
{
    auto out = entries_of(a.after, items);
    for (auto const& known : entries_of(a.before, items)) {
        auto const found = std::ranges::find(out, known);
        if (found != out.end()) out.erase(found);
    }
    return out;
}

// A page or a file of lines: its entries can't be told apart, but what they name can be counted.
static bool is_text(probe::exchange const& e)
{
    auto const body = trim(e.body);
    return !body.starts_with('{') && !body.starts_with('[');
}

bool is_recorded(act const& a, std::string const& items, std::size_t added_by_look)
{
    if (is_text(a.after)) {
        return std::ranges::any_of(a.names, [&](auto const& name) {
            auto const n = probe::count_of(a.after.body, name);
            return !name.empty() && n > probe::count_of(a.before.body, name);
        });
    }
    auto const fresh = new_entries(a, items);
    if (fresh.size() <= added_by_look) return false;
    if (a.names.empty()) return true;
    auto const tells = [&](std::string const& entry) {
        return std::ranges::any_of(a.names, [&](auto const& name) {
            return entry.find(name) != std::string::npos;
        });
    };
    return std::ranges::any_of(fresh, tells);
}

bool is_turned_away(act const& a)
{
    if (a.done.refused()) return true;
    if (!a.done.success() || !a.done.seen.empty() || !a.own.success()) return false;
    auto const own = probe::flatten(a.own.body);
    auto const shown = probe::flatten(a.done.body);
    auto const is_in = [&](auto const& part) { return shown.contains(part.first); };
    auto const common = std::ranges::count_if(own, is_in);
    return 2 * common < static_cast<std::ptrdiff_t>(own.size());
}

static void judge_act(trial const& t, act const& a, probe::conclusion& out, probe::tally& seen)
{
    if (!a.before.success() || !a.after.success()) {
        auto const& failed = a.before.success() ? a.after : a.before;
        seen.undecided(a.what, "the log cannot be read: " + probe::summary(failed));
        return;
    }
    if (a.is_attempt && !is_turned_away(a)) {
        seen.undecided(a.what, "it is not refused: " + probe::summary(a.done));
        return;
    }
    if (!a.is_attempt && !a.done.success()) {
        seen.undecided(a.what, "it fails: " + probe::summary(a.done));
        return;
    }
    if (is_text(a.after) && a.names.empty()) {
        seen.undecided(
            a.what, "the log is no JSON, and nothing is known that its entry would name"
        );
        return;
    }
    seen.decided(a.what);
    if (is_recorded(a, t.items, t.added_by_look)) return;
    probe::violation v;
    v.victim = t.writer;
    v.channel = a.before.channel + ": " + a.what;
    v.detail = a.is_attempt ? "A refused attempt on another tenant is not in the log of the one "
                              "that made it."
                            : "It succeeded and left no entry that names it.";
    v.exchanges = {a.before, a.done, a.after};
    out.violations.push_back(std::move(v));
}

static void judge_readers(trial const& t, probe::conclusion& out)
{
    for (auto const& look : t.others_looks) {
        if (!look.success()) continue;
        auto const shown = std::ranges::find_if(t.writers_ids, [&](auto const& id) {
            return look.body.find(id) != std::string::npos;
        });
        if (shown == t.writers_ids.end()) continue;
        probe::violation v;
        v.victim = t.writer;
        if (look.tenant != t.writer) v.intruder = look.tenant;
        v.channel = look.channel;
        v.detail = look.tenant == t.writer
                       ? "The log is shown to whoever asks, without credentials."
                       : "Another tenant's log tells who did something, or what was done.";
        v.token = *shown;
        v.position = "response body";
        v.exchanges = {t.last, look};
        v.kind = evidence::guarantee::confidentiality;
        v.level = evidence::severity::high;
        out.violations.push_back(std::move(v));
        return;
    }
}

static void judge_secrets(trial const& t, probe::conclusion& out)
{
    if (!t.last.success()) return;
    for (auto const& [what, value] : t.secrets) {
        if (t.last.body.find(value) == std::string::npos) continue;
        probe::violation v;
        v.victim = t.writer;
        v.channel = t.last.channel;
        v.detail = fmt::format("An entry holds {}.", what);
        v.position = "response body";
        v.exchanges = {t.last};
        v.kind = evidence::guarantee::confidentiality;
        v.level = evidence::severity::high;
        out.violations.push_back(std::move(v));
        return;
    }
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.failure.empty()) {
            seen.undecided("audit", t.failure);
            continue;
        }
        for (auto const& a : t.acts) judge_act(t, a, out, seen);
        judge_readers(t, out);
        judge_secrets(t, out);
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::audit::entries
