// Workflow commands of GitHub Actions, which shows ten of a kind a step and drops the rest: one for
// each class of finding, the severest first, then the criteria that are not met.

#include "harness/base/text.hpp"
#include "reports/anchor.hpp"
#include "reports/reports.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

namespace {

constexpr std::size_t annotations_max = 10;

struct annotation {
    char const* kind = "error";
    target::source_place place{};
    std::string title{};
    std::string text{};
};

/// The findings of one probe.
struct finding_class {
    evidence::finding const* severest = nullptr;
    std::size_t findings = 0;
};

} // namespace

// The runner decodes these three, so that a line's end cannot begin a command of its own.
static std::string command_data(std::string_view text)
{
    return replace_all(
        replace_all(replace_all(visible(text), "%", "%25"), "\r", "%0D"), "\n", "%0A"
    );
}

static std::string command_property(std::string_view text)
{
    return replace_all(replace_all(command_data(text), ":", "%3A"), ",", "%2C");
}

static std::vector<finding_class> classes_of(verdict::run_result const& r)
{
    std::vector<finding_class> out;
    for (auto const& f : r.findings) {
        if (is_waived(r, f)) continue;
        auto const known = std::ranges::find_if(out, [&](finding_class const& c) {
            return c.severest->probe == f.probe;
        });
        if (known == out.end()) {
            out.push_back({&f, 1});
            continue;
        }
        ++known->findings;
        if (f.level > known->severest->level) known->severest = &f;
    }
    std::ranges::stable_sort(out, std::ranges::greater{}, [](finding_class const& c) {
        return c.severest->level;
    });
    return out;
}

static annotation of_class(verdict::run_result const& r, finding_class const& c)
{
    auto const& f = *c.severest;
    annotation out{.kind = f.level >= evidence::severity::medium ? "error" : "warning"};
    out.place = anchor_of(r, f);
    out.title = fmt::format("{} ({})", f.title, to_string(f.level));
    out.text = fmt::format("{}, {}: {}", f.probe, f.channel, f.detail);
    if (c.findings > 1) {
        out.text += fmt::format("\nand {} of this probe", counted(c.findings - 1, "more finding"));
    }
    return out;
}

static std::vector<annotation> annotations_of(verdict::run_result const& r)
{
    using verdict::criterion_status;
    std::vector<annotation> out;
    for (auto const& c : classes_of(r)) out.push_back(of_class(r, c));
    for (auto const* const c : by_urgency(r)) {
        bool const failed = c->status == criterion_status::not_met;
        if (!failed && c->status != criterion_status::inconclusive) continue;
        out.push_back(
            {failed ? "error" : "warning",
             anchor_of(r, *c),
             fmt::format("Criterion {}: {}", c->id, words(to_string(c->status))),
             failed ? c->measured + ", required: " + c->statement : c->note}
        );
    }
    for (auto const& p : r.probes) {
        if (p.status != verdict::probe_status::inconclusive) continue;
        evidence::finding place;
        place.probe = p.id;
        out.push_back({"warning", anchor_of(r, place), "Inconclusive: " + p.id, p.reason});
    }
    return out;
}

std::string annotations(verdict::run_result const& r)
{
    auto all = annotations_of(r);
    if (all.empty()) {
        bool const passed = r.outcome == verdict::overall::passed;
        all.push_back({passed ? "notice" : "error", {}, "Watertight", r.summary});
    }
    if (all.size() > annotations_max) {
        auto const more = all.size() - (annotations_max - 1);
        all.resize(annotations_max - 1);
        all.push_back(
            {"error", {}, "Watertight", "and " + std::to_string(more) + " more: see the report"}
        );
    }
    std::string out;
    for (auto const& a : all) {
        out += fmt::format("::{} ", a.kind);
        if (a.place.line > 0) {
            out += fmt::format("file={},line={},", command_property(a.place.file), a.place.line);
        }
        out += fmt::format("title={}::{}\n", command_property(a.title), command_data(a.text));
    }
    return out;
}

} // namespace watertight::reports
