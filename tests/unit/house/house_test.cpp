// How: every file of the project is read once and shown to each rule that concerns it. The rules
// have tests of their own beside this file.
#include "tests/unit/house/include_rules.hpp"
#include "tests/unit/house/text_rules.hpp"
#include "tests/unit/house/tree_rules.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace watertight::house {

namespace fs = std::filesystem;

static bool is_generated(fs::path const& p)
{
    // What .gitignore names.
    static std::set<std::string> const names{
        ".git", "build", "watertight-report", "__pycache__", "node_modules"};
    return names.contains(p.filename().string());
}

static std::string read(std::string const& path)
{
    std::ifstream in{fs::path{WT_SOURCE_DIR} / path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

static tree project()
{
    tree out;
    out.read = read;
    fs::path const root = WT_SOURCE_DIR;
    for (auto it = fs::recursive_directory_iterator{root}; it != fs::end(it); ++it) {
        if (is_generated(it->path())) {
            it.disable_recursion_pending();
            continue;
        }
        if (!it->is_regular_file() || it->path().extension() == ".journal") continue;
        out.paths.insert(fs::relative(it->path(), root).generic_string());
    }
    return out;
}

static tree const& all()
{
    static tree const the_tree = project();
    return the_tree;
}

static std::string print(faults const& found)
{
    std::string out = "\n";
    for (auto const& f : found) {
        out += f.path + (f.line > 0 ? ":" + std::to_string(f.line) : "") + ": " + f.what + "\n";
    }
    return out;
}

static bool is_cpp(std::string const& path)
{
    return path.ends_with(".cpp") || path.ends_with(".hpp");
}

static bool is_code(std::string const& path)
{
    return is_cpp(path) || path.ends_with(".cmake") || path.ends_with("CMakeLists.txt") ||
           (path.starts_with("ci/") && fs::path{path}.extension().empty());
}

// Golden files are as their writers write them.
static bool is_text(std::string const& path)
{
    return !path.starts_with("tests/golden/") &&
           (is_code(path) || path.ends_with(".md") || path.ends_with(".yaml") ||
            path.ends_with(".sql") || path.ends_with(".json"));
}

using rule = faults (*)(std::string_view path, std::string_view text);

static void expect_kept(rule check, bool (*concerns)(std::string const& path))
{
    faults found;
    std::size_t checked = 0;
    for (auto const& path : all().paths) {
        if (!concerns(path)) continue;
        ++checked;
        auto here = check(path, read(path));
        std::ranges::move(here, std::back_inserter(found));
    }
    EXPECT_GT(checked, 0U);
    EXPECT_TRUE(found.empty()) << print(found);
}

static bool is_header(std::string const& path)
{
    return path.ends_with(".hpp");
}

TEST(House, TextIsTidy)
{
    expect_kept(check_text, is_text);
}

TEST(House, LinesAreShort)
{
    expect_kept(check_columns, is_code);
}

TEST(House, BannedWordsAreNotUsed)
{
    expect_kept(check_words, is_cpp);
}

TEST(House, FilesAndFunctionsAreShort)
{
    expect_kept(check_lengths, is_cpp);
}

TEST(House, HeadersAreGuarded)
{
    expect_kept(check_guard, is_header);
}

TEST(House, DependenciesPointOneWay)
{
    expect_kept(check_includes, is_cpp);
}

TEST(House, TheRootHoldsOnlyTheLayout)
{
    auto const found = check_top_level(all());
    EXPECT_TRUE(found.empty()) << print(found);
}

TEST(House, TopFoldersExplainThemselves)
{
    auto const found = check_readmes(all());
    EXPECT_TRUE(found.empty()) << print(found);
}

TEST(House, ProbesAreComplete)
{
    auto const found = check_probes(all());
    EXPECT_TRUE(found.empty()) << print(found);
}

} // namespace watertight::house
