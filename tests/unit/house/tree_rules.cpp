#include "tests/unit/house/tree_rules.hpp"

#include "tests/unit/house/blank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <regex>
#include <span>

namespace watertight::house {

static constexpr std::array<std::string_view, 6> folders{
    "harness", "scenarios", "probes", "reports", "ci", "tests"};
static constexpr std::array<std::string_view, 4> files{
    "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md"};

faults check_top_level(tree const& t)
{
    std::set<std::string> seen;
    faults out;
    for (auto const& path : t.paths) {
        auto const slash = path.find('/');
        auto const entry = path.substr(0, slash);
        auto const is_known = slash == path.npos ? std::ranges::count(files, entry) > 0
                                                 : std::ranges::count(folders, entry) > 0;
        if (is_known || entry.starts_with('.') || !seen.insert(entry).second) continue;
        out.push_back({entry, 0, "not of the layout: put it into one of the top folders"});
    }
    return out;
}

faults check_readmes(tree const& t)
{
    faults out;
    for (auto const folder : folders) {
        auto const path = std::string{folder} + "/README.md";
        if (!t.paths.contains(path)) {
            out.push_back({path, 0, "missing: say what lives here, what does not, how to add one"});
            continue;
        }
        auto const lines = lines_of(t.read(path)).size();
        if (lines <= readme_lines_max) continue;
        out.push_back(
            {path,
             static_cast<int>(lines),
             fmt::format("{} lines: {} at most", lines, readme_lines_max)}
        );
    }
    return out;
}

// "probes/api/object_read/" for each folder two levels down that holds a file.
static std::set<std::string> probe_folders(tree const& t)
{
    static std::regex const in_a_probe{R"(^(probes/[^/]+/[^/]+/)[^/]+$)"};
    std::set<std::string> out;
    for (auto const& path : t.paths) {
        std::smatch m;
        if (std::regex_match(path, m, in_a_probe)) out.insert(m[1]);
    }
    return out;
}

static void check_probe_tests(tree const& t, std::string const& path, bool decides, faults& out)
{
    struct kind {
        char const* pattern;
        char const* what;
    };
    static constexpr kind kinds[] = {
        {R"(\bTEST(_F|_P)?\(\s*\w+,\s*Catches\w+\s*\))", "no test Catches...: plant the violation"},
        {R"(\bTEST(_F|_P)?\(\s*\w+,\s*Passes\w+\s*\))", "no test Passes...: show a sound target"},
        {R"(\bTEST(_F|_P)?\(\s*\w+,\s*\w+IsNotAPass\s*\))",
         "no test ...IsNotAPass: show that seeing nothing proves nothing"},
    };
    auto const text = t.read(path);
    // A lint decides nothing, so that it can't pass for the wrong reason.
    auto const wanted = std::span{kinds}.first(decides ? 3 : 2);
    for (auto const& k : wanted) {
        if (!std::regex_search(text, std::regex{k.pattern})) out.push_back({path, 1, k.what});
    }
}

// A probe has its tests and a page; a lint that is a query says all on top of it, and its tests are
// those of the whole catalogue of lints.
faults check_probes(tree const& t)
{
    faults out;
    for (auto const& folder : probe_folders(t)) {
        auto const has = [&](char const* name) { return t.paths.contains(folder + name); };
        bool const is_query = has("probe.sql") && !has("probe.cpp");
        if (is_query) continue;
        auto const* const name = has("lint.cpp") && !has("probe.cpp") ? "lint" : "probe";
        if (!has("probe.cpp") && !has("lint.cpp")) {
            out.push_back({folder + "probe.cpp", 0, "missing: every probe folder has one"});
        }
        if (!has("README.md")) {
            out.push_back({folder + "README.md", 0, "missing: what, why, reproduce, fix"});
        }
        auto const tests = std::string{name} + "_test.cpp";
        if (has(tests.c_str())) {
            check_probe_tests(t, folder + tests, has("probe.cpp"), out);
        } else {
            out.push_back({folder + tests, 0, "missing: every probe has its tests"});
        }
    }
    return out;
}

} // namespace watertight::house
