#include "harness/verdict/changes.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <map>

namespace watertight::verdict {

using lines = std::vector<std::string>;

static std::string in_words(std::string_view status)
{
    return replace_all(std::string{status}, "_", " ");
}

// Waived ones are known and have their reason: they neither come nor go.
static std::map<std::string, evidence::finding const*> open_findings(run_result const& r)
{
    std::map<std::string, evidence::finding const*> out;
    for (auto const& f : r.findings) {
        auto const id = f.fingerprint();
        if (!r.waived.contains(id)) out.emplace(id, &f);
    }
    return out;
}

static void compare_findings(run_result const& before, run_result const& now, lines& out)
{
    auto const known = open_findings(before);
    auto const present = open_findings(now);
    auto const tell = [&](std::string_view what, evidence::finding const& f) {
        out.push_back(fmt::format(
            "{} finding ({}): {}; {}, {}", what, to_string(f.level), f.title, f.channel, f.probe
        ));
    };
    for (auto const& [id, f] : present) {
        if (!known.contains(id)) tell("new", *f);
    }
    for (auto const& [id, f] : known) {
        if (!present.contains(id)) tell("no longer seen:", *f);
    }
}

// One conclusion of a run: what a criterion or a probe came to, and by what.
struct conclusion {
    std::string status;
    std::string by;
};

static void compare_all(
    std::string_view kind,
    std::map<std::string, conclusion> const& before,
    std::map<std::string, conclusion> const& now,
    lines& out
)
{
    for (auto const& [id, c] : now) {
        auto const known = before.find(id);
        auto const by = c.by.empty() ? std::string{} : " (" + c.by + ")";
        if (known == before.end()) {
            out.push_back(fmt::format("{} {} is new: {}{}", kind, id, c.status, by));
        } else if (known->second.status != c.status) {
            out.push_back(fmt::format(
                "{} {} was {} and is {}{}", kind, id, known->second.status, c.status, by
            ));
        }
    }
    for (auto const& [id, c] : before) {
        if (!now.contains(id)) {
            out.push_back(fmt::format("{} {} is gone; it was {}", kind, id, c.status));
        }
    }
}

static std::map<std::string, conclusion> criteria_of(run_result const& r)
{
    std::map<std::string, conclusion> out;
    for (auto const& c : r.criteria) {
        out[c.id] = {in_words(to_string(c.status)), c.measured.empty() ? c.note : c.measured};
    }
    return out;
}

static std::map<std::string, conclusion> probes_of(run_result const& r)
{
    std::map<std::string, conclusion> out;
    for (auto const& p : r.probes) {
        bool const tells = p.status != probe_status::pass;
        out[p.id] = {in_words(to_string(p.status)), tells ? p.reason : std::string{}};
    }
    return out;
}

std::vector<std::string> changes(run_result const& before, run_result const& now)
{
    lines out;
    if (before.outcome != now.outcome) {
        out.push_back(fmt::format(
            "the outcome was {} and is {}: {}",
            in_words(to_string(before.outcome)),
            in_words(to_string(now.outcome)),
            now.summary
        ));
    }
    compare_findings(before, now, out);
    compare_all("criterion", criteria_of(before), criteria_of(now), out);
    compare_all("probe", probes_of(before), probes_of(now), out);
    return out;
}

} // namespace watertight::verdict
