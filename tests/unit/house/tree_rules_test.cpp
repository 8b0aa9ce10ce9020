#include "tests/unit/house/tree_rules.hpp"

#include <gtest/gtest.h>

#include <map>

namespace watertight::house {

static tree make(std::map<std::string, std::string> files)
{
    tree out;
    for (auto const& file : files) out.paths.insert(file.first);
    out.read = [files = std::move(files)](std::string const& path) { return files.at(path); };
    return out;
}

TEST(HouseTree, TheRootHoldsTheLayoutAlone)
{
    auto const sound = make({
        {"CMakeLists.txt", ""},
        {"LICENSE", ""},
        {".clang-format", ""},
        {".ci/run", ""},
        {"harness/net/a.cpp", ""},
        {"tests/unit/a.cpp", ""},
    });
    EXPECT_TRUE(check_top_level(sound).empty());

    auto const littered = make({{"notes.txt", ""}, {"tools/a.py", ""}, {"tools/b.py", ""}});
    auto const found = check_top_level(littered);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].path, "notes.txt");
    EXPECT_EQ(found[1].path, "tools");
}

static std::map<std::string, std::string> readmes()
{
    std::map<std::string, std::string> out;
    for (auto const* const folder : {"harness", "scenarios", "probes", "reports", "ci", "tests"}) {
        out[std::string{folder} + "/README.md"] = "# What lives here\n";
    }
    return out;
}

TEST(HouseTree, EachTopFolderHasAShortPage)
{
    EXPECT_TRUE(check_readmes(make(readmes())).empty());

    auto without = readmes();
    without.erase("ci/README.md");
    ASSERT_EQ(check_readmes(make(without)).size(), 1U);
    EXPECT_EQ(check_readmes(make(without))[0].path, "ci/README.md");

    auto with_a_long_one = readmes();
    with_a_long_one["tests/README.md"] = std::string(61, '\n');
    EXPECT_EQ(check_readmes(make(with_a_long_one)).size(), 1U);
}

static std::map<std::string, std::string> probe(std::string const& tests)
{
    return {
        {"probes/CMakeLists.txt", ""},
        {"probes/api/object_read/probe.cpp", ""},
        {"probes/api/object_read/README.md", ""},
        {"probes/api/object_read/probe_test.cpp", tests},
    };
}

static constexpr auto all_three =
    "TEST(A, CatchesB)\nTEST_F(A, PassesC)\nTEST(A, EmptyIsNotAPass)\n";

TEST(HouseTree, ACompleteProbePasses)
{
    EXPECT_TRUE(check_probes(make(probe(all_three))).empty());
}

TEST(HouseTree, AProbeNeedsItsThreeFiles)
{
    for (auto const* const name : {"probe.cpp", "README.md", "probe_test.cpp"}) {
        auto files = probe(all_three);
        files.erase(std::string{"probes/api/object_read/"} + name);
        auto const found = check_probes(make(files));
        ASSERT_EQ(found.size(), 1U) << name;
        EXPECT_EQ(found[0].path, std::string{"probes/api/object_read/"} + name);
    }
}

TEST(HouseTree, AProbeNeedsATestOfEachKind)
{
    static constexpr char const* table[] = {
        "TEST_F(A, PassesC)\nTEST(A, EmptyIsNotAPass)\n",
        "TEST(A, CatchesB)\nTEST(A, EmptyIsNotAPass)\n",
        "TEST(A, CatchesB)\nTEST_F(A, PassesC)\n",
    };
    for (auto const* const tests : table) {
        EXPECT_EQ(check_probes(make(probe(tests))).size(), 1U) << tests;
    }
}

} // namespace watertight::house
