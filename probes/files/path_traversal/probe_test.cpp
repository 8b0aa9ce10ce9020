#include "probes/files/path_traversal/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::files::path_traversal {

using namespace testing;

static trial trial_of(probe::exchange hostile)
{
    return {bob, answer(alice, 200, {alice}), std::move(hostile), "../bob/1"};
}

static bool has(std::vector<std::string> const& all, std::string const& one)
{
    return std::ranges::count(all, one) == 1;
}

TEST(FilesPathTraversal, SpellsTheWayOutOfOnesOwnFolder)
{
    auto const all = spellings("a/1.txt", "b/2.txt", {});
    EXPECT_TRUE(has(all, "a/../b/2.txt"));
    EXPECT_TRUE(has(all, "a%2F..%2Fb%2F2.txt"));
    EXPECT_TRUE(has(all, "a/%2e%2e/b/2.txt"));
    EXPECT_TRUE(has(all, "a%252F..%252Fb%252F2.txt"));
    EXPECT_TRUE(has(spellings("a/x/1.txt", "b/x/2.txt", {}), "a/x/../../b/x/2.txt"));
    EXPECT_TRUE(has(spellings("1.txt", "2.txt", {"bob"}), "../bob/2.txt"));
    EXPECT_TRUE(spellings("1.txt", "2.txt", {}).empty());
}

TEST(FilesPathTraversal, CatchesAnothersFile)
{
    auto const c = judge({trial_of(answer(alice, 200, {bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(FilesPathTraversal, PassesARefusal)
{
    auto const c = judge({trial_of(answer(alice, 404)), trial_of(answer(alice, 400))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(FilesPathTraversal, PassesOnesOwnFile)
{
    EXPECT_TRUE(judge({trial_of(answer(alice, 200, {alice}))}).violations.empty());
}

TEST(FilesPathTraversal, AnUnreadableOwnFileIsNotAPass)
{
    auto t = trial_of(answer(alice, 404));
    t.control = answer(alice, 404);
    auto const c = judge({t});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

} // namespace watertight::probes::files::path_traversal
