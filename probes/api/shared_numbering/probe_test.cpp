#include "probes/api/shared_numbering/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::shared_numbering {

using namespace testing;

static trial numbered(std::vector<std::int64_t> const& values)
{
    trial t{.channel = "POST /things", .victim = bob, .intruder = alice};
    t.between = {0, 0, 3, 0, 1};
    for (auto const value : values) t.numbers.push_back({{"/number", value}});
    t.last = answer(alice, 200);
    return t;
}

TEST(ApiSharedNumbering, CatchesANumberThatCountsTheOthers)
{
    auto const c = judge({numbered({7, 8, 12, 13, 15})});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].position, "/number");
}

// Wherever it stands: in an envelope, in the answer to the creation alone, within a text.
TEST(ApiSharedNumbering, CatchesANumberInATextOrAnEnvelope)
{
    auto const told = [](std::int64_t n) {
        auto const text = std::to_string(n);
        auto const body = R"({"data":{"id":"71","links":["/things/71"],"attributes":{"number":)" +
                          text + R"(,"invoice":"INV-2026-00)" + text + R"(","author_id":)" + text +
                          "}}}";
        return counts_in(answer(alice, 201, {}, body), "71");
    };
    trial t = numbered({});
    for (auto const n : {40, 41, 45, 46, 48}) t.numbers.push_back(told(n));
    auto const places = shared_places(t);
    ASSERT_EQ(places.size(), 2U);
    EXPECT_EQ(places[0], "/data/attributes/invoice INV-2026-#");
    EXPECT_EQ(places[1], "/data/attributes/number");
}

TEST(ApiSharedNumbering, PassesTheIdAndAddressesWithIt)
{
    trial t = numbered({});
    for (auto const n : {40, 41, 45, 46, 48}) {
        auto const id = std::to_string(n);
        auto const body = R"({"id":)" + id + R"(,"self":"/things/)" + id + R"("})";
        t.numbers.push_back(counts_in(answer(alice, 201, {}, body), id));
    }
    EXPECT_TRUE(shared_places(t).empty());
}

TEST(ApiSharedNumbering, PassesANumberOfTheTenantsOwn)
{
    EXPECT_TRUE(judge({numbered({7, 8, 9, 10, 11})}).violations.empty());
}

// Milliseconds go on, too, and by what they like.
TEST(ApiSharedNumbering, PassesTheTime)
{
    EXPECT_TRUE(judge({numbered({700, 702, 709, 711, 716})}).violations.empty());
    EXPECT_TRUE(judge({numbered({7, 7, 7, 7, 7})}).violations.empty());
}

TEST(ApiSharedNumbering, AFailingCreationIsNotAPass)
{
    auto t = numbered({});
    t.failure = "it was refused";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

} // namespace watertight::probes::api::shared_numbering
