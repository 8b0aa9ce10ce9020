#include "harness/drill/catalogue.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static catalogue const guarded{
    {{"policy: public.users.own", "permissive for all to public using (tenant_id = 1)"},
     {"row security of: public.users", "enabled, forced"},
     {"index: public.users_by_tenant", "CREATE INDEX ..."}},
    {}};

TEST(DrillCatalogue, TheSameShapeHasNoDifferences)
{
    EXPECT_TRUE(differences(guarded, guarded, {}).empty());
}

TEST(DrillCatalogue, APolicyOfTheSameNameWithAnotherPredicateIsADifference)
{
    auto after = guarded;
    after.facts["policy: public.users.own"] = "permissive for all to public using true";

    auto const seen = differences(guarded, after, {});

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].what, "policy public.users.own");
    EXPECT_NE(seen[0].how.find("was: permissive for all"), std::string::npos) << seen[0].how;
    EXPECT_NE(seen[0].how.find("using true"), std::string::npos) << seen[0].how;
}

TEST(DrillCatalogue, WhatIsGoneAndWhatIsLeftOverAreEachALine)
{
    auto after = guarded;
    after.facts.erase("index: public.users_by_tenant");
    after.facts["view: public.users_v2"] = "owned by postgres as SELECT 1";

    auto const seen = differences(guarded, after, {});

    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].how, "is gone; it was: CREATE INDEX ...");
    EXPECT_EQ(seen[1].what, "view public.users_v2");
    EXPECT_EQ(seen[1].how, "was not there; it is: owned by postgres as SELECT 1");
}

// Without a constraint only what held before is known to be a reference.
TEST(DrillCatalogue, AReferenceThatNamesTellCountsOnlyWhereItHeldBefore)
{
    auto const with = [](char const* how) {
        auto out = guarded;
        out.facts["references of: public.notes.item_id"] = how;
        return out;
    };
    auto const holds = with("each row leads to a row of public.items");
    auto const dangles = with("some rows lead to no row of public.items");

    EXPECT_EQ(differences(holds, dangles, {}).size(), 1U);
    EXPECT_TRUE(differences(guarded, dangles, {}).empty());
    EXPECT_TRUE(differences(dangles, holds, {}).empty());
    EXPECT_TRUE(differences(holds, guarded, {}).empty());
}

TEST(DrillCatalogue, ASequenceMayGoOnAndNotBack)
{
    auto const at = [](char const* position) {
        auto out = guarded;
        out.facts["sequence: public.invoices"] = "bigint";
        if (*position != '\0') out.facts["position of: sequence public.invoices"] = position;
        return out;
    };

    EXPECT_TRUE(differences(at("900"), at("901"), {}).empty());
    EXPECT_TRUE(differences(at(""), at("901"), {}).empty());
    ASSERT_EQ(differences(at("900"), at("100"), {}).size(), 1U);
    EXPECT_EQ(differences(at("900"), at("100"), {})[0].how, "was 900; is 100: it goes back");
    EXPECT_EQ(differences(at("900"), at(""), {}).size(), 1U);
}

TEST(DrillCatalogue, WhatMayDifferIsNamedByPatterns)
{
    auto after = guarded;
    after.facts["view: public.users_v2"] = "owned by postgres as SELECT 1";
    after.facts["table: public.backup_1"] = "owned by postgres";

    EXPECT_EQ(differences(guarded, after, {"public.backup_*"}).size(), 1U);
    EXPECT_TRUE(differences(guarded, after, {"public.backup_*", "view public.*"}).empty());
    EXPECT_EQ(differences(guarded, after, {"table public.users_v2"}).size(), 2U);
}

TEST(DrillCatalogue, OfLongDefinitionsThePlaceWhereTheyDifferIsShown)
{
    std::string const body(500, 'x');
    catalogue const before{{{"function: f()", body + " returns one " + body}}, {}};
    catalogue const after{{{"function: f()", body + " returns two " + body}}, {}};

    auto const seen = differences(before, after, {});

    ASSERT_EQ(seen.size(), 1U);
    EXPECT_NE(seen[0].how.find("one"), std::string::npos) << seen[0].how;
    EXPECT_NE(seen[0].how.find("two"), std::string::npos) << seen[0].how;
    EXPECT_LT(seen[0].how.size(), 400U);
}

} // namespace watertight::drill
