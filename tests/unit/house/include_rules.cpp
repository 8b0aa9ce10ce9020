#include "tests/unit/house/include_rules.hpp"

#include "tests/unit/house/blank.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace watertight::house {

// A module may include what stands on a lower floor.
static std::map<std::string, int, std::less<>> const& floors()
{
    static std::map<std::string, int, std::less<>> const all{
        {"base", 0},
        {"net", 1},
        {"resources", 2},
        {"stores", 2},
        {"evidence", 2},
        {"target", 2},
        {"tenants", 3},
        {"traffic", 3},
        {"verdict", 4},
        {"telemetry", 5},
        {"probe", 6},
        {"lint", 7},
        {"drill", 8},
        {"experiment", 9},
        {"draft", 10},
        {"scenario", 10},
        {"cli", 11},
    };
    return all;
}

// The n-th folder of a path; empty if it has fewer.
static std::string_view folder(std::string_view path, int n)
{
    for (; n > 0; --n) {
        auto const slash = path.find('/');
        if (slash == path.npos) return {};
        path.remove_prefix(slash + 1);
    }
    auto const slash = path.find('/');
    return slash == path.npos ? std::string_view{} : path.substr(0, slash);
}

static std::optional<int> floor_of(std::string_view path)
{
    auto const it = floors().find(folder(path, 1));
    if (folder(path, 0) != "harness" || it == floors().end()) return std::nullopt;
    return it->second;
}

static std::string wrong_for_harness(std::string_view path, std::string_view included)
{
    auto const here = folder(path, 1);
    auto const floor = floor_of(path);
    if (!floor) return fmt::format("harness/{} is no module: add it to the arrows", here);
    if (folder(included, 1) == here && folder(included, 0) == "harness") return {};
    auto const target = floor_of(included);
    if (target && *target < *floor) return {};
    auto const is_leaf = folder(included, 0) == "probes" || folder(included, 0) == "reports";
    if (here == "cli" && is_leaf) return {};
    return fmt::format("harness/{} may not see {}: dependencies point downwards", here, included);
}

static std::string wrong_for_probe(std::string_view path, std::string_view included)
{
    // The catalogue itself is no probe.
    if (folder(path, 2).empty()) return {};
    if (included.starts_with("harness/probe/")) return {};
    // What it suspects, beside what it provokes.
    auto const lints = path.ends_with("/lint.cpp") || path.ends_with("/lint_test.cpp");
    if (lints && included.starts_with("harness/lint/")) return {};
    if (lints && included.starts_with("harness/base/")) return {};
    if (path.ends_with("_test.cpp") && included == "probes/testing.hpp") return {};
    auto const own = path.substr(0, path.rfind('/') + 1);
    if (included.starts_with(own)) return {};
    return fmt::format(
        "a probe may not see {}: include harness/probe/ and its own folder alone", included
    );
}

static std::string wrong_for_lab(std::string_view included)
{
    auto const module = folder(included, 1);
    auto const is_engine = folder(included, 0) == "harness" &&
                           (module == "base" || module == "net" || module == "stores");
    if (is_engine || included.starts_with("scenarios/lab/")) return {};
    return fmt::format("the lab may not see {}: base, net and stores are all it knows", included);
}

static std::string wrong_for_report(std::string_view included)
{
    auto const floor = floor_of(included);
    if ((floor && *floor <= floors().at("verdict")) || included.starts_with("reports/")) return {};
    return fmt::format("a report may not see {}: it is a function of the result alone", included);
}

static std::string wrong(std::string_view path, std::string_view included)
{
    if (path.starts_with("tests/")) return {};
    if (included.starts_with("tests/") && !path.ends_with("_test.cpp")) {
        return fmt::format("{} is for tests alone", included);
    }
    if (path.starts_with("harness/")) return wrong_for_harness(path, included);
    if (path.starts_with("probes/")) return wrong_for_probe(path, included);
    if (path.starts_with("scenarios/lab/")) return wrong_for_lab(included);
    if (path.starts_with("reports/")) return wrong_for_report(included);
    return {};
}

faults check_includes(std::string_view path, std::string_view text)
{
    static constexpr std::string_view directive = "#include \"";
    faults out;
    int number = 0;
    for (auto line : lines_of(text)) {
        ++number;
        if (!line.starts_with(directive)) continue;
        line.remove_prefix(directive.size());
        auto const included = line.substr(0, line.find('"'));
        auto what = included.find('/') == included.npos
                        ? fmt::format("{}: write the path from the project's root", included)
                        : wrong(path, included);
        if (!what.empty()) out.push_back({std::string{path}, number, std::move(what)});
    }
    return out;
}

} // namespace watertight::house
