#include "harness/probe/table_owner.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probe {

static table table_of(std::string name, std::vector<std::string> columns, bool guarded = true)
{
    table t{.schema = "public", .name = std::move(name), .columns = std::move(columns)};
    t.row_security = guarded;
    return t;
}

static foreign_key
key_of(std::string from, std::string column, std::string to, bool required = true)
{
    return {"public." + from, "public." + to, {column}, {"id"}, required, false};
}

static table const& named(std::vector<table> const& all, std::string_view name)
{
    return *std::ranges::find(all, name, &table::name);
}

// Boards name their organisation, cards their board, comments their card.
static std::vector<table> boards()
{
    return {
        table_of("orgs", {"id", "handle"}),
        table_of("boards", {"id", "org"}),
        table_of("cards", {"id", "board"}),
        table_of("comments", {"id", "card", "author"}),
        table_of("invoices", {"id", "payer"}),
        table_of("countries", {"id"}, false)};
}

static std::vector<foreign_key> board_keys()
{
    return {
        key_of("boards", "org", "orgs"),
        key_of("cards", "board", "boards"),
        key_of("comments", "card", "cards"),
        key_of("invoices", "payer", "orgs")};
}

TEST(TableOwner, TheScenariosColumnNamesTheOwnerAndItsKeyTheTenantsTable)
{
    auto all = boards();
    find_owners(all, board_keys(), "org");
    EXPECT_EQ(named(all, "boards").tenant_column, "org");
    EXPECT_TRUE(named(all, "orgs").is_tenants);
    EXPECT_EQ(named(all, "orgs").owner_sql("t"), "t.\"id\"::text");
    EXPECT_EQ(named(all, "invoices").tenant_column, "payer");
    EXPECT_FALSE(named(all, "countries").is_owned());
    EXPECT_EQ(named(all, "countries").owner_sql("t"), "null");
}

// A customer is a word for a tenant, and here a part of one.
TEST(TableOwner, AUsualColumnThatRefersToATenantsPartNamesThatPart)
{
    std::vector<table> all{
        table_of("organisation", {"id"}),
        table_of("customer", {"id", "organisation_id"}),
        table_of("purchase", {"id", "customer_id"}),
        table_of("invoice", {"id", "account_id"})};
    std::vector<foreign_key> const keys{
        key_of("customer", "organisation_id", "organisation"),
        key_of("purchase", "customer_id", "customer")};

    find_owners(all, keys, "organisation_id");

    ASSERT_TRUE(named(all, "purchase").link);
    EXPECT_EQ(named(all, "purchase").link->parent, "public.customer");
    EXPECT_FALSE(named(all, "purchase").is_guessed);
    EXPECT_EQ(named(all, "invoice").tenant_column, "account_id");
    EXPECT_TRUE(named(all, "invoice").is_guessed);
    EXPECT_FALSE(named(all, "customer").is_guessed);
}

TEST(TableOwner, AUsualColumnIsNoGuessWhereItRefersToTheTenantsOrStandsAlone)
{
    std::vector<table> all{
        table_of("organisation", {"id"}),
        table_of("customer", {"id", "organisation_id"}),
        table_of("invoice", {"id", "account_id"})};
    std::vector<foreign_key> const keys{
        key_of("customer", "organisation_id", "organisation"),
        key_of("invoice", "account_id", "organisation")};

    find_owners(all, keys, "organisation_id");
    EXPECT_FALSE(named(all, "invoice").is_guessed);

    std::vector<table> alone{table_of("invoice", {"id", "account_id"})};
    find_owners(alone, {}, "tenant_id");
    EXPECT_FALSE(named(alone, "invoice").is_guessed);
}

TEST(TableOwner, ChildrenAreTheirParentsHoweverFarDown)
{
    auto all = boards();
    find_owners(all, board_keys(), "org");
    auto const& comments = named(all, "comments");
    ASSERT_TRUE(comments.link);
    EXPECT_TRUE(comments.link->is_certain);
    EXPECT_EQ(
        comments.owner_sql("t"),
        "(select (select p0.\"org\"::text from \"public\".\"boards\" p0 where p0.\"id\" = "
        "p1.\"board\") from \"public\".\"cards\" p1 where p1.\"id\" = t.\"card\")"
    );
    EXPECT_TRUE(comments.is_guarded_kind);
}

// Rows without a parent have no owner, and what may be so is nobody's part.
TEST(TableOwner, AKeyThatMayBeMissingLeadsNowhere)
{
    auto all = boards();
    auto keys = board_keys();
    keys[1].is_required = false;
    find_owners(all, keys, "org");
    EXPECT_FALSE(named(all, "cards").is_owned());
    EXPECT_FALSE(named(all, "comments").is_owned());
}

TEST(TableOwner, OfSeveralParentsTheOneThatTheRowIsAPartOf)
{
    auto all = boards();
    all.push_back(table_of("users", {"id", "org"}));
    auto keys = board_keys();
    keys.insert(keys.begin(), key_of("comments", "author", "users"));
    find_owners(all, keys, "org");
    EXPECT_EQ(named(all, "comments").link->parent, "public.cards");
    EXPECT_TRUE(named(all, "comments").link->is_certain);

    all = boards();
    keys = board_keys();
    keys.push_back(key_of("cards", "second_board", "boards"));
    find_owners(all, keys, "org");
    EXPECT_FALSE(named(all, "cards").link->is_certain);
    EXPECT_FALSE(named(all, "comments").link->is_certain);
}

TEST(TableOwner, ATableBetweenTwoTenantsIsNobodys)
{
    auto all = boards();
    all.push_back(table_of("contracts", {"id", "seller", "buyer"}));
    auto keys = board_keys();
    keys.push_back(key_of("contracts", "seller", "orgs"));
    keys.push_back(key_of("contracts", "buyer", "orgs"));
    find_owners(all, keys, "org");
    EXPECT_FALSE(named(all, "contracts").is_owned());
}

TEST(TableOwner, AKeyOfSeveralColumns)
{
    std::vector<table> all{
        table_of("utilities", {"region", "no"}),
        table_of("meters", {"region", "utility_no", "id"}),
        table_of("readings", {"meter", "value"})};
    std::vector<foreign_key> const keys{
        {"public.meters", "public.utilities", {"region", "utility_no"}, {"region", "no"}, true},
        key_of("readings", "meter", "meters")};
    find_owners(all, keys, "region,utility_no");
    EXPECT_EQ(
        named(all, "meters").owner_sql("t"), "(t.\"region\"::text || ',' || t.\"utility_no\"::text)"
    );
    EXPECT_TRUE(named(all, "utilities").is_tenants);
    EXPECT_TRUE(named(all, "readings").link);
}

// Where the service guards no table without the column, "*" means none of them.
TEST(TableOwner, ChildrenAreMeantByTheStarWhereOneOfThemIsGuarded)
{
    auto all = boards();
    for (auto& t : all) t.row_security = t.name == "boards";
    find_owners(all, board_keys(), "org");
    EXPECT_FALSE(named(all, "cards").is_guarded_kind);

    all = boards();
    for (auto& t : all) t.row_security = t.name != "comments";
    find_owners(all, board_keys(), "org");
    EXPECT_TRUE(named(all, "comments").is_guarded_kind);
}

TEST(TableOwner, UsualNamesInAnySpelling)
{
    for (auto const* const name : {"tenant_id", "accountId", "OrgID", "organisation_id"}) {
        std::vector<table> all{table_of("things", {"id", name})};
        find_owners(all, {}, "");
        EXPECT_EQ(all[0].tenant_column, name);
    }
}

TEST(TableOwner, KeysMakeConditionsAndValues)
{
    owner_keys k{.columns = {"region", "no"}, .owners = {}};
    k.owners.emplace("north,7", tenant_index{0});
    EXPECT_EQ(
        k.condition(tenant_index{0}, "r"),
        "(r.\"region\"::text || ',' || r.\"no\"::text) in ('north,7')"
    );
    EXPECT_EQ(k.condition(tenant_index{1}, "r"), "false");
    ASSERT_EQ(k.values(tenant_index{0}).size(), 2U);
    EXPECT_EQ(k.values(tenant_index{0})[1].second, "'7'");
    EXPECT_TRUE(k.values(tenant_index{1}).empty());
}

} // namespace watertight::probe
