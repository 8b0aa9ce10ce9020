#include "harness/lint/tenancy.hpp"

#include <gtest/gtest.h>

namespace watertight::lint {

static database_shape two_tables(std::string const& column, bool is_in_policy = false)
{
    database_shape out;
    out.relations = {{1, "public", "a", 'r', 0}, {2, "public", "b", 'r', 0}};
    out.columns = {{1, 2, column, "uuid", is_in_policy}, {2, 3, column, "uuid", is_in_policy}};
    return out;
}

TEST(LintTenancy, TakesTheColumnThatIsNamedSo)
{
    auto const found = find_tenancy(two_tables("tenant_id"), {});
    ASSERT_EQ(found.tables.size(), 2U);
    EXPECT_EQ(found.tables[0].columns, std::vector<int>{2});
}

// One weak word in one table is as likely an address book.
TEST(LintTenancy, DoesNotTakeASingleCustomerForATenant)
{
    database_shape shape;
    shape.relations = {{1, "public", "orders", 'r', 0}};
    shape.columns = {{1, 2, "customer_id", "integer", false}};
    EXPECT_TRUE(find_tenancy(shape, {}).tables.empty());
}

TEST(LintTenancy, TakesWhatPoliciesReadWhereNoWordTells)
{
    EXPECT_EQ(find_tenancy(two_tables("harbour", true), {}).tables.size(), 2U);
    EXPECT_TRUE(find_tenancy(two_tables("harbour"), {}).tables.empty());
}

TEST(LintTenancy, TakesAHintOfSeveralColumns)
{
    database_shape shape;
    shape.relations = {{1, "public", "a", 'r', 0}, {2, "public", "b", 'r', 0}};
    shape.columns = {
        {1, 1, "region", "text", false},
        {1, 2, "no", "integer", false},
        {2, 1, "no", "integer", false}};
    auto const found = find_tenancy(shape, {"Region,No"});
    ASSERT_EQ(found.tables.size(), 1U);
    EXPECT_EQ(found.tables[0].columns, (std::vector<int>{1, 2}));
}

TEST(LintTenancy, DoesNotCountTheTenantsOwnTable)
{
    auto shape = two_tables("tenant_id");
    shape.relations.push_back({9, "public", "tenants", 'r', 0});
    shape.columns.push_back({9, 4, "tenant_id", "uuid", false});
    shape.keys = {{1, 9, {2}, {"tenant_id"}}, {9, 9, {4}, {"tenant_id"}}};
    auto const found = find_tenancy(shape, {});
    EXPECT_EQ(found.tenants_table, 9U);
    EXPECT_EQ(found.tables.size(), 2U);
}

// A shop's customers: most of what there is is the shop's, and so are they.
TEST(LintTenancy, TakesWhatCustomersBelongToForTheTenants)
{
    database_shape shape;
    for (oid i = 1; i <= 4; ++i) shape.relations.push_back({i, "public", "t", 'r', 0});
    shape.relations.push_back({8, "public", "promoter", 'r', 0});
    shape.relations.push_back({9, "public", "customer", 'r', 0});
    for (oid i = 1; i <= 4; ++i) shape.keys.push_back({i, 8, {2}, {"promoter_id"}});
    for (oid i = 1; i <= 3; ++i) {
        shape.columns.push_back({i, 3, "customer_id", "bigint", false});
        shape.keys.push_back({i, 9, {3}, {"customer_id"}});
    }
    auto const none_above = find_tenancy(shape, {});
    EXPECT_EQ(none_above.tenants_table, 9U);
    shape.columns.push_back({9, 2, "promoter_id", "bigint", false});
    shape.keys.push_back({9, 8, {2}, {"promoter_id"}});
    auto const found = find_tenancy(shape, {});
    EXPECT_EQ(found.tenants_table, 8U);
    EXPECT_EQ(found.tables.size(), 5U);
}

TEST(LintTenancy, TakesTheTableThatMostReferToButNoPeople)
{
    database_shape shape;
    for (oid i = 1; i <= 4; ++i) shape.relations.push_back({i, "public", "t", 'r', 0});
    shape.relations.push_back({8, "public", "lodges", 'r', 0});
    shape.relations.push_back({9, "public", "users", 'r', 0});
    for (oid i = 1; i <= 3; ++i) shape.keys.push_back({i, 8, {2}, {"lodge"}});
    for (oid i = 1; i <= 4; ++i) shape.keys.push_back({i, 9, {3}, {"made_by"}});
    auto const found = find_tenancy(shape, {});
    EXPECT_EQ(found.tenants_table, 8U);
    EXPECT_EQ(found.tables.size(), 3U);
}

TEST(LintTenancy, ThreeSchemasAlikeAreATenantEach)
{
    database_shape shape;
    oid id = 1;
    for (auto const* const schema : {"acme", "mono", "zeta"}) {
        shape.relations.push_back({id++, schema, "users", 'r', 0});
        shape.relations.push_back({id++, schema, "docs", 'r', 0});
    }
    shape.relations.push_back({id++, "public", "settings", 'r', 0});
    EXPECT_EQ(find_tenancy(shape, {}).schemas, (std::vector<std::string>{"acme", "mono", "zeta"}));
}

TEST(LintTenancy, InATenantsOwnSchemaAWordForOneIsACustomer)
{
    database_shape shape;
    oid id = 1;
    for (auto const* const schema : {"acme", "mono", "zeta"}) {
        for (auto const* const table : {"users", "docs", "orders"}) {
            shape.relations.push_back({id++, schema, table, 'r', 0});
        }
        shape.columns.push_back({id - 1, 2, "customer_id", "integer", false});
    }

    auto const found = find_tenancy(shape, {});

    EXPECT_EQ(found.schemas.size(), 3U);
    EXPECT_TRUE(found.tables.empty());
    EXPECT_EQ(found.how, "3 schemas hold the same tables: a schema for each tenant");
}

} // namespace watertight::lint
