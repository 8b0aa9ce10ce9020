#include "harness/drill/lore.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static contents with(std::map<std::string, kept_row> rows)
{
    table_contents t;
    t.whole.columns = {"id", "n"};
    t.whole.all.rows = rows.size();
    t.rows = std::move(rows);
    t.has_rows = true;
    return {{"public.counters", std::move(t)}};
}

static kept_row row(std::string hash, tenant_value tenant = std::nullopt, bool is_own = false)
{
    return {std::move(hash), std::move(tenant), {}, is_own};
}

TEST(DrillLore, TheTrafficMayChangeWhatItChangedAndOthersOfThoseTenants)
{
    auto const before = with({{"1", row("a", "t1")}, {"2", row("a", "t1")}, {"3", row("a", "t2")}});
    auto const now = with({{"1", row("b", "t1")}, {"2", row("a", "t1")}, {"3", row("a", "t2")}});

    auto const known = learn(before, now).at("public.counters");

    EXPECT_TRUE(known.explains("1", row("a", "t1")));
    EXPECT_TRUE(known.explains("2", row("a", "t1")));
    EXPECT_FALSE(known.explains("3", row("a", "t2")));
    EXPECT_FALSE(known.explains("4", row("a")));
}

TEST(DrillLore, ARowThatOnlyTheStepsMakeIsTheirs)
{
    auto const before = with({{"1", row("a")}});
    auto const baseline = with({{"1", row("a")}, {"2", row("own", {}, true)}});
    auto const migrated = with({{"0", row("d")}, {"1", row("a")}, {"2", row("own", {}, true)}});

    auto all = learn(before, baseline);
    learn_steps(all, baseline, migrated);
    learn_window(all, migrated, migrated);

    EXPECT_EQ(all.at("public.counters").made_by_steps, std::set<std::string>{"0"});
}

TEST(DrillLore, WhereTheTrafficAddsSuchRowsAnywayNothingIsTheSteps)
{
    auto const before = with({{"1", row("a")}});
    auto const logged = with({{"1", row("a")}, {"2", row("entry")}});
    auto const more = with({{"1", row("a")}, {"2", row("entry")}, {"3", row("entry")}});

    auto in_baseline = learn(before, logged);
    learn_steps(in_baseline, logged, more);
    EXPECT_TRUE(in_baseline.at("public.counters").made_by_steps.empty());

    auto in_window = learn(before, before);
    learn_steps(in_window, before, logged);
    learn_window(in_window, logged, more);
    EXPECT_TRUE(in_window.at("public.counters").made_by_steps.empty());
}

TEST(DrillLore, IsKeptForADrillThatIsKilled)
{
    auto const known = learn(
        with({{"1", row("a", "t1")}, {"2", row("a")}}),
        with({{"1", row("b", "t1")}, {"2", row("c")}})
    );

    auto const again = lore_from_json(to_json(known));

    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(again->at("public.counters").explains("9", row("", "t1")));
    EXPECT_TRUE(again->at("public.counters").explains("2", row("")));
    EXPECT_FALSE(lore_from_json("nonsense").has_value());
}

} // namespace watertight::drill
