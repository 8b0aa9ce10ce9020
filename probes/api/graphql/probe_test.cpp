#include "probes/api/graphql/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::graphql {

using namespace testing;

static trial with(probe::exchange control, probe::exchange hostile)
{
    return {bob, "under an alias", std::move(control), std::move(hostile)};
}

TEST(ApiGraphql, CatchesAnothersObjectBesideOnesOwn)
{
    auto const c = judge({with(answer(alice, 200, {alice}), answer(alice, 200, {alice, bob}))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiGraphql, PassesOnesOwnAloneAndARefusal)
{
    auto const own = answer(alice, 200, {alice});
    auto const c = judge({with(own, own), with(own, answer(alice, 400))});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(ApiGraphql, AQueryThatShowsNothingIsNotAPass)
{
    auto const c = judge({with(answer(alice, 200), answer(alice, 200))});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiGraphqlAlias, DoublesAVariable)
{
    auto const body = with_alias(
        R"x({"query":"query One($id: ID!, $n: Int) { media(id: $id) { id } }",)x"
        R"x("variables":{"id":"7f"}})x",
        "7f",
        "8e",
        false
    );
    EXPECT_EQ(
        body,
        R"x({"query":"query One($id: ID!, $n: Int, $idWt: ID!) { media(id: $id) { id } )x"
        R"x(wtOther: media(id: $idWt) { id } }","variables":{"id":"7f","idWt":"8e"}})x"
    );
}

TEST(ApiGraphqlAlias, DoublesALiteralUnderAnAliasOfItsOwn)
{
    auto const body = with_alias(
        R"x({"query":"{ mine: thing(id: \"7f\") { name tags { id } } other { id } }"})x",
        "7f",
        "8e",
        true
    );
    EXPECT_EQ(
        body,
        R"x({"query":"{ wtOther: thing(id: \"8e\") { name tags { id } } )x"
        R"x(mine: thing(id: \"7f\") { name tags { id } } other { id } }"})x"
    );
}

TEST(ApiGraphqlAlias, IsNotMadeWhereTheIdIsNotNamed)
{
    EXPECT_FALSE(with_alias(R"x({"query":"{ things { id } }"})x", "7f", "8e", false));
    EXPECT_FALSE(with_alias(R"x({"text":"{ things { id } }"})x", "7f", "8e", false));
    EXPECT_FALSE(with_alias(R"x({"query":"{ things(id: \"7f\" "})x", "7f", "8e", false));
}

TEST(ApiGraphqlVariants, AreAliasesAndBatchesInBothOrders)
{
    auto const all =
        variants(R"x({"query":"{ t(id: \"7f\") { id } }"})x", R"x({"query":"other"})x", "7f", "8e");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[1].how, "in a batch");
    EXPECT_TRUE(all[1].body.starts_with(R"([{"query":"{ t)"));
    EXPECT_TRUE(all[3].body.starts_with(R"([{"query":"other"})"));
}

} // namespace watertight::probes::api::graphql
