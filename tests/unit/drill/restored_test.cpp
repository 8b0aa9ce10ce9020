#include "harness/drill/restored.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

struct given_row {
    std::string hash;
    tenant_value tenant = "1";
    bool is_own = false;
};

static table_contents table_of(std::map<std::string, given_row> const& rows)
{
    table_contents out;
    out.whole.columns = {"id", "name", "tenant_id"};
    out.whole.tenant_by = "tenant_id";
    for (auto const& [key, row] : rows) {
        row_sums const sums{
            1, std::hash<std::string>{}(key + row.hash + row.tenant.value_or("")), 0};
        out.whole.all += sums;
        out.whole.tenants[row.tenant] += sums;
        out.rows.emplace(key, kept_row{row.hash, row.tenant, {}, row.is_own});
    }
    out.has_rows = true;
    return out;
}

static contents users(std::map<std::string, given_row> const& rows)
{
    return {{"public.users", table_of(rows)}};
}

static verdict::drill_fingerprint
restored(contents early, contents late, contents const& found, restore_setting const& how = {})
{
    return compare_restored({std::move(early), std::move(late), {}}, found, how).at(0);
}

static auto const two = users({{"(1)", {"a"}}, {"(2)", {"b"}}});

TEST(DrillRestored, WhatWasThereAllTheTimeIsThere)
{
    EXPECT_TRUE(restored(two, two, two).equal);
}

TEST(DrillRestored, ARowThatIsMissingIsNamed)
{
    auto const seen = restored(two, two, users({{"(1)", {"a"}}}));

    EXPECT_FALSE(seen.equal);
    EXPECT_NE(seen.note.find("1 row lost: (2)"), std::string::npos) << seen.note;
}

TEST(DrillRestored, ARowOfAnotherTenantIsNamed)
{
    auto const seen = restored(two, two, users({{"(1)", {"a"}}, {"(2)", {"b", "2"}}}));

    EXPECT_FALSE(seen.equal);
    EXPECT_NE(seen.note.find("of another tenant now: (2)"), std::string::npos) << seen.note;
}

TEST(DrillRestored, ARowThatWasNotBackedUpIsADifference)
{
    EXPECT_FALSE(restored(two, two, users({{"(1)", {"a"}}, {"(2)", {"b"}}, {"(9)", {"z"}}})).equal);
}

// Nobody knows which of what came or changed while the backup was made is in it.
TEST(DrillRestored, WhatChangedMeanwhileMayBeThereEitherWay)
{
    auto const late = users({{"(1)", {"a"}}, {"(2)", {"new"}}, {"(3)", {"c"}}});

    EXPECT_TRUE(restored(two, late, two).equal);
    EXPECT_TRUE(restored(two, late, late).equal);
    EXPECT_TRUE(restored(two, late, users({{"(1)", {"a"}}, {"(2)", {"between"}}})).equal);
    EXPECT_FALSE(restored(two, late, users({{"(1)", {"a"}}})).equal);
    EXPECT_FALSE(restored(two, late, users({{"(1)", {"x"}}, {"(2)", {"b"}}})).equal);
}

TEST(DrillRestored, InPlaceTheTrafficMayHaveWrittenSince)
{
    restore_setting const in_place{true, 5};
    auto const since =
        users({{"(1)", {"own", "1", true}}, {"(2)", {"b"}}, {"(7)", {"own", "1", true}}});

    EXPECT_TRUE(restored(two, two, since, in_place).equal);
    EXPECT_FALSE(restored(two, two, since).equal);
    EXPECT_FALSE(restored(two, two, users({{"(1)", {"x"}}, {"(2)", {"b"}}}), in_place).equal);
}

TEST(DrillRestored, ATableThatIsMissingIsADifference)
{
    EXPECT_FALSE(restored(two, two, {}).equal);
}

TEST(DrillRestored, RowsOfATenantAndThoseOfTheOthersAreToldApart)
{
    auto const all =
        users({{"(1)", {"a", "1"}}, {"(2)", {"b", "2"}}, {"(3)", {"c", std::nullopt}}});

    auto const own = rows_of(all, "1").at("public.users");
    EXPECT_EQ(own.rows.size(), 1U);
    EXPECT_EQ(own.whole.all.rows, 1U);
    auto const others = rows_of_others(all, "1").at("public.users");
    EXPECT_EQ(others.rows.size(), 2U);
    EXPECT_EQ(others.whole.all.rows, 2U);
    EXPECT_FALSE(others.whole.tenants.contains("1"));
}

TEST(DrillRestored, TheShapeIsComparedOfWhatWasBackedUpAlone)
{
    catalogue const was{
        {{"table: public.users", "x"},
         {"index: public.by_name", "CREATE INDEX by_name ON public.users USING btree (name)"},
         {"index: public.other", "CREATE INDEX other ON public.media USING btree (name)"},
         {"policy: public.users.own", "p"},
         {"privileges on: public.users of app", "select"},
         {"role: app", "logs in"}},
        {}};
    auto found = was;
    found.facts.erase("index: public.other");
    found.facts.erase("role: app");
    std::vector<std::string> const users_alone{"public.users"};
    std::string const nowhere;
    shape_question const q{users_alone, nowhere, true, {}};

    EXPECT_TRUE(compare_shape(was, found, q).empty());
    found.facts.erase("policy: public.users.own");
    found.facts.erase("index: public.by_name");
    EXPECT_EQ(compare_shape(was, found, q).size(), 2U);
}

TEST(DrillRestored, DocumentsAreComparedInTheDatabaseThatTheyWereBroughtTo)
{
    catalogue const was{
        {{"collection: shop.users", "collection {}"},
         {"index: shop.users.by_name", "{}"},
         {"collection: other.users", "collection {}"}},
        {}};
    catalogue const found{{{"collection: aside.users", "collection {}"}}, {}};
    std::vector<std::string> const users_alone{"shop.users"};
    std::string const into = "aside";

    auto const changes = compare_shape(was, found, {users_alone, into, true, {}});

    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].what, "index aside.users.by_name");
}

} // namespace watertight::drill
