#include "harness/drill/comparison.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static table_contents table_of(std::map<std::string, std::string> const& rows)
{
    table_contents out;
    out.whole.all.rows = rows.size();
    for (auto const& [key, hash] : rows) {
        out.whole.all.first += std::hash<std::string>{}(key + hash);
        out.rows.emplace(key, kept_row{hash, std::nullopt});
    }
    out.whole.columns = {"id", "name"};
    out.has_rows = true;
    return out;
}

static verdict::drill_fingerprint
compare_one(table_contents before, table_contents after, std::uint64_t writes_sent = 0)
{
    contents const old{{"public.users", std::move(before)}};
    contents const now{{"public.users", std::move(after)}};
    return compare(old, now, writes_sent).at(0);
}

static table_contents const two_users = table_of({{"(1)", "a"}, {"(2)", "b"}});

TEST(DrillComparison, TheSameRowsAreEqual)
{
    auto const seen = compare_one(two_users, two_users);

    EXPECT_EQ(seen.object, "public.users");
    EXPECT_TRUE(seen.equal);
    EXPECT_EQ(seen.rows_before, 2U);
    EXPECT_EQ(seen.note, "");
}

TEST(DrillComparison, NamesTheRowsThatChanged)
{
    auto const seen = compare_one(two_users, table_of({{"(1)", "a"}, {"(2)", "x"}}));

    EXPECT_FALSE(seen.equal);
    EXPECT_EQ(seen.note, "1 row changed: (2)");
}

TEST(DrillComparison, NamesTheFirstOfManyLostRows)
{
    auto const five = table_of({{"1", "a"}, {"2", "a"}, {"3", "a"}, {"4", "a"}, {"5", "a"}});

    auto const seen = compare_one(five, table_of({}));

    EXPECT_FALSE(seen.equal);
    EXPECT_EQ(seen.note, "5 rows lost: 1, 2, 3 and 2 more");
}

TEST(DrillComparison, RowsThatTheDrillWroteAreNoDifference)
{
    auto const more = table_of({{"(1)", "a"}, {"(2)", "b"}, {"(3)", "c"}});

    auto const seen = compare_one(two_users, more, 4);

    EXPECT_TRUE(seen.equal);
    EXPECT_EQ(seen.note, "1 row more, written during the drill (4 writes)");
}

TEST(DrillComparison, RowsThatNobodyWroteAreADifference)
{
    auto const more = table_of({{"(1)", "a"}, {"(2)", "b"}, {"(3)", "c"}});

    EXPECT_FALSE(compare_one(two_users, more, 0).equal);
}

// Six rows that are told apart by what they hold.
static table_contents six_customers()
{
    table_contents out;
    for (auto const* const name : {"ann", "ben", "cat", "dan", "eve", "fay"}) {
        auto const key = "(" + std::to_string(out.rows.size() + 1) + ")";
        out.rows.emplace(key, kept_row{key + name, "7", name});
    }
    out.whole.all.rows = out.rows.size();
    out.whole.columns = {"id", "name", "tenant_id"};
    out.whole.tenant_by = "tenant_id";
    out.has_rows = true;
    return out;
}

static table_contents with_row(table_contents t, kept_row const& row)
{
    auto const key = "(" + std::to_string(t.rows.size() + 1) + ")";
    t.rows.emplace(key, row);
    ++t.whole.all.rows;
    ++t.whole.all.first;
    return t;
}

TEST(DrillComparison, ARowOfBeforeThatIsThereTwiceIsADifferenceThoughTheDrillWrote)
{
    auto const before = six_customers();

    auto const seen = compare_one(before, with_row(before, {"(7)cat", "7", "cat"}), 9);

    EXPECT_FALSE(seen.equal);
    EXPECT_NE(seen.note.find("1 row there twice: (7), as (3)"), std::string::npos) << seen.note;
}

TEST(DrillComparison, AnotherTenantsOrANewRowIsNotThereTwice)
{
    auto const before = six_customers();

    EXPECT_TRUE(compare_one(before, with_row(before, {"(7)cat", "8", "cat"}), 9).equal);
    EXPECT_TRUE(compare_one(before, with_row(before, {"(7)gus", "7", "gus"}), 9).equal);
}

TEST(DrillComparison, WhereRowsOfBeforeHoldTheSameARepetitionSaysNothing)
{
    auto const log = with_row(six_customers(), {"(7)cat", "7", "cat"});

    EXPECT_TRUE(compare_one(log, with_row(log, {"(8)cat", "7", "cat"}), 9).equal);
}

TEST(DrillComparison, AFewRowsOfBeforeThatHoldTheSameDoNotHideARepetition)
{
    table_contents before;
    for (int i = 0; i < 50; ++i) before = with_row(before, {"", "7", "name " + std::to_string(i)});
    before = with_row(before, {"", "7", "name 3"});
    before.has_rows = true;

    EXPECT_FALSE(compare_one(before, with_row(before, {"", "7", "name 9"}), 9).equal);
    EXPECT_TRUE(compare_one(before, with_row(before, {"", "7", "name 3"}), 9).equal);
}

TEST(DrillComparison, RowsThatTheTrafficChangedBeforeTheDrillMayGoOnChanging)
{
    contents const before{{"public.users", table_of({{"(1)", "a"}, {"(2)", "b"}})}};
    contents const after{{"public.users", table_of({{"(1)", "x"}, {"(2)", "b"}})}};
    lore const counters{{"public.users", {.changed = {"(1)"}}}};
    lore const others{{"public.users", {.changed = {"(2)"}}}};

    auto const seen = compare(before, after, 4, counters).at(0);

    EXPECT_TRUE(seen.equal);
    EXPECT_EQ(seen.note, "1 row changed, as under the same traffic before the drill");
    EXPECT_FALSE(compare(before, after, 4, others).at(0).equal);
}

TEST(DrillComparison, ARowThatTheForwardStepsMadeIsLeftOver)
{
    contents const before{{"public.users", two_users}};
    auto const more = table_of({{"(0)", "default"}, {"(1)", "a"}, {"(2)", "b"}, {"(3)", "c"}});
    lore const steps{{"public.users", {.made_by_steps = {"(0)"}}}};

    auto const seen = compare(before, {{"public.users", more}}, 4, steps).at(0);

    EXPECT_FALSE(seen.equal);
    EXPECT_NE(seen.note.find("1 row left over that the forward steps made: (0)"), std::string::npos)
        << seen.note;
}

// Of keys and files: the first of a kind may well come with the traffic.
TEST(DrillComparison, AFamilyComesAndGoesWithWhatItHolds)
{
    auto family = two_users;
    family.whole.columns.clear();
    family.is_family = true;
    contents const there{{"uploads/*", family}};
    lore const usual{{"uploads/*", {.adds = true}}};

    EXPECT_FALSE(compare({}, there, 4).at(0).equal);
    EXPECT_TRUE(compare({}, there, 4, usual).at(0).equal);
    for (auto& [key, row] : family.rows) row.is_own = true;
    EXPECT_TRUE(compare({}, {{"uploads/*", family}}, 4).at(0).equal);
    EXPECT_FALSE(compare({}, {{"uploads/*", family}}, 0).at(0).equal);
    EXPECT_EQ(compare(there, {}, 4).at(0).note, "2 rows lost: (1), (2)");
}

TEST(DrillComparison, AddedRowsDoNotHideALostOne)
{
    auto const other = table_of({{"(1)", "a"}, {"(3)", "c"}});

    auto const seen = compare_one(two_users, other, 4);

    EXPECT_FALSE(seen.equal);
    EXPECT_EQ(seen.note, "1 row lost: (2); 1 row more, written during the drill (4 writes)");
}

TEST(DrillComparison, AColumnLeftBehindIsADifference)
{
    auto after = two_users;
    after.whole.columns = {"id", "name", "tenant_id"};

    auto const seen = compare_one(two_users, after, 4);

    EXPECT_FALSE(seen.equal);
    EXPECT_EQ(seen.note, "columns differ: left over tenant_id");
}

static table_contents of_tenants(std::map<tenant_value, std::uint64_t> const& rows)
{
    table_contents out;
    out.whole.columns = {"id", "tenant_id"};
    out.whole.tenant_by = "tenant_id";
    for (auto const& [tenant, n] : rows) {
        row_sums const sums{n, n * n * 31, n * n * 37};
        out.whole.all += sums;
        out.whole.tenants[tenant] = sums;
    }
    return out;
}

TEST(DrillComparison, OfALargeTableEachTenantsShareIsTold)
{
    auto const before = of_tenants({{"a", 500}, {"b", 300}, {"c", 7}});
    auto const after = of_tenants({{"a", 500}, {"b", 299}, {"c", 7}, {std::nullopt, 1}});

    auto const seen = compare_one(before, after, 4);

    EXPECT_FALSE(seen.equal);
    EXPECT_EQ(
        seen.note,
        "digests differ; too many rows to be compared one by one; by tenant: b 300 -> 299, no "
        "tenant (NULL) 0 -> 1"
    );
}

TEST(DrillComparison, WhatTheDrillWroteIntoALargeTableIsLeftOut)
{
    auto const before = of_tenants({{"a", 500}, {"b", 300}});
    auto after = of_tenants({{"a", 504}, {"b", 300}});
    after.written.all = after.whole.all;
    after.written.all -= before.whole.all;
    after.written.tenants["a"] = after.written.all;

    auto const seen = compare_one(before, after, 4);

    EXPECT_TRUE(seen.equal) << seen.note;
    EXPECT_EQ(seen.note, "4 rows more, with canaries of the drill's traffic");
}

TEST(DrillComparison, ARowThatAnotherTenantHasNowIsSaidToHaveMoved)
{
    auto before = table_of({{"(1)", "a"}});
    before.whole.tenant_by = "tenant_id";
    before.rows["(1)"].tenant = "a";
    auto after = table_of({{"(1)", "b"}});
    after.whole.tenant_by = "tenant_id";
    after.rows["(1)"].tenant = "b";

    auto const seen = compare_one(before, after, 4);

    EXPECT_EQ(seen.note, "1 row changed: (1); of another tenant now: (1)");
}

TEST(DrillComparison, TooManyRowsToCompareAreNeverTakenForEqual)
{
    auto before = two_users;
    auto after = table_of({{"(1)", "a"}, {"(2)", "b"}, {"(3)", "c"}});
    after.has_rows = false;

    EXPECT_FALSE(compare_one(before, after, 4).equal);
}

TEST(DrillComparison, TablesThatWentOrCameAreDifferences)
{
    contents const before{{"public.users", two_users}};
    contents const after{{"public.users_old", two_users}};

    auto const seen = compare(before, after, 4);

    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].note, "the table is gone");
    EXPECT_FALSE(seen[0].equal);
    EXPECT_EQ(seen[1].note, "left over: it was not there before");
    EXPECT_FALSE(seen[1].equal);
}

} // namespace watertight::drill
