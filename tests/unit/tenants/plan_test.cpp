#include "harness/target/render.hpp"
#include "harness/tenants/plan.hpp"
#include "harness/tenants/sql.hpp"

#include <gtest/gtest.h>

#include <map>

namespace watertight::tenants {
namespace {

using plan_mix = std::vector<std::pair<std::string, double>>;

std::map<std::string, int> tally(std::vector<std::string> const& plans)
{
    std::map<std::string, int> out;
    for (auto const& name : plans) ++out[name];
    return out;
}

using counts = std::map<std::string, int>;
plan_mix const usual{{"basic", 0.7}, {"premium", 0.2}, {"enterprise", 0.1}};

TEST(PlanMix, HoldsSharesExactly)
{
    EXPECT_EQ(
        tally(assign_plans(usual, 10, 1)), (counts{{"basic", 7}, {"premium", 2}, {"enterprise", 1}})
    );
    EXPECT_EQ(
        tally(assign_plans(usual, 1000, 1)),
        (counts{{"basic", 700}, {"premium", 200}, {"enterprise", 100}})
    );
}

TEST(PlanMix, GivesWhatIsLeftToTheLargestRemainder)
{
    // 3.5, 1.0 and 0.5 of 5: the equal remainders go in the order as written.
    EXPECT_EQ(tally(assign_plans(usual, 5, 1)), (counts{{"basic", 4}, {"premium", 1}}));
    // 4.9, 1.4 and 0.7 of 7.
    EXPECT_EQ(
        tally(assign_plans(usual, 7, 1)), (counts{{"basic", 5}, {"premium", 1}, {"enterprise", 1}})
    );
}

TEST(PlanMix, NormalisesSharesThatDoNotAddUp)
{
    EXPECT_EQ(tally(assign_plans({{"a", 3}, {"b", 1}}, 8, 1)), (counts{{"a", 6}, {"b", 2}}));
}

TEST(PlanMix, OrderIsFixedByTheSeed)
{
    EXPECT_EQ(assign_plans(usual, 100, 7), assign_plans(usual, 100, 7));
    EXPECT_NE(assign_plans(usual, 100, 7), assign_plans(usual, 100, 8));
}

TEST(PlanMix, WithoutPlansIsEmptyNames)
{
    EXPECT_EQ(assign_plans({}, 2, 1), (std::vector<std::string>{"", ""}));
    EXPECT_TRUE(assign_plans(usual, 0, 1).empty());
}

std::string sql(std::string_view text, std::string slug)
{
    target::tenant t;
    t.slug = std::move(slug);
    target::scope s;
    s.in_tenant = &t;
    auto const out = render_sql(target::template_text::compile(text, target::escape::none), s);
    return out ? *out : "failure: " + out.error().message;
}

TEST(SqlSlots, CannotEndWhatTheyStandIn)
{
    EXPECT_EQ(sql("SELECT '{tenant.slug}', 1", "o'x"), "SELECT 'o''x', 1");
    EXPECT_EQ(sql(R"(SET ROLE "{tenant.slug}")", "a\"b"), R"(SET ROLE "a""b")");
    EXPECT_EQ(sql("CREATE SCHEMA tenant_{tenant.slug}", "acme_1"), "CREATE SCHEMA tenant_acme_1");
    EXPECT_TRUE(sql("DROP SCHEMA t_{tenant.slug}", "a; DROP").starts_with("failure"));
    EXPECT_TRUE(sql("SELECT {tenant.id}", "a").starts_with("failure"));
}

} // namespace
} // namespace watertight::tenants
