#include "harness/base/text.hpp"
#include "harness/cli/errand.hpp"
#include "harness/cli/stages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::cli {

// What the probe that can try it has seen. A lint alone fails no run.
static std::string fate_of(run_state const& s, lint::spec const& what, std::string const& object)
{
    if (what.live.empty()) return "suspected";
    auto const on = object.rfind(" on ");
    auto const name = replace_all(on == object.npos ? object : object.substr(on + 4), "\"", "");
    for (auto const& f : s.findings.sorted()) {
        if (f.probe == what.live && f.channel.find(name) != std::string::npos) {
            return "seen: " + what.live;
        }
    }
    // A probe that passed without looking at this very thing says nothing of it.
    for (auto const& [key, item] : s.covered.items()) {
        if (key.second == name && item.by.contains(what.live)) {
            return "not seen: " + what.live + " examined it";
        }
    }
    return "suspected; " + what.live + " decides";
}

static void add_report(run_state& s, lint::report const& r)
{
    verdict::result_table table{
        .id = "lint." + r.store,
        .title = "Suspected by lints, " + s.secrets.redact(r.where),
        .columns = {"severity", "lint", "what", "suspicion", "state"},
        .rows = {}};
    for (auto const& o : r.outcomes) {
        if (!o.undecided.empty()) {
            s.result.notes.push_back(
                s.secrets.redact(fmt::format("lint {} undecided: {}", o.what.id, o.undecided))
            );
        }
        for (auto const& found : o.found) {
            auto const level = lint::level_of(o.what, found);
            if (level < evidence::severity::low) continue;
            table.rows.push_back({
                std::string{evidence::to_string(level)},
                o.what.id,
                s.secrets.redact(found.kind + " " + found.object),
                s.secrets.redact(found.detail),
                fate_of(s, o.what, found.object),
            });
        }
    }
    s.result.notes.push_back(fmt::format(
        "{} by lints of {}: warnings, which fail no run",
        plural(table.rows.size(), "suspicion"),
        r.store
    ));
    if (!table.rows.empty()) s.result.tables.push_back(std::move(table));
}

asio::awaitable<void> suspect(run_state& s, std::vector<std::string> include)
{
    errand e;
    take_model(s.plan.target, e);
    auto exclude = s.plan.probes.exclude;
    exclude.insert(exclude.end(), s.options.skip.begin(), s.options.skip.end());
    keep_chosen(e, include, exclude);
    std::vector<lint::report> reports;
    co_await look(s.loop.get_executor(), e, reports);
    for (auto const& r : reports) add_report(s, r);
    for (auto const& [store, why] : e.unreached) {
        s.result.notes.push_back(
            s.secrets.redact(fmt::format("lints could not look at {}: {}", store, why))
        );
    }
}

} // namespace watertight::cli
