#include "harness/traffic/mix.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace watertight::traffic {

static target::population tenants_of(std::vector<std::pair<std::string, std::string>> const& named)
{
    target::population p;
    for (auto const& [slug, plan] : named) {
        target::tenant t;
        t.index = tenant_index{static_cast<std::uint32_t>(p.tenants.size())};
        t.slug = slug;
        t.plan = plan;
        t.state = target::tenant_state::ready;
        t.actors.emplace_back();
        p.tenants.push_back(std::move(t));
    }
    return p;
}

// The shares of many draws lie within 4 standard deviations of the weights.
static void expect_shares(std::vector<double> const& weights)
{
    alias_table const table{weights};
    auto const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    constexpr int draws = 50'000;
    std::vector<int> seen(weights.size());
    rng random{11};
    for (int i = 0; i < draws; ++i) ++seen[table.pick(random)];

    for (std::size_t i = 0; i < weights.size(); ++i) {
        auto const share = weights[i] / sum;
        EXPECT_NEAR(seen[i], draws * share, 4 * std::sqrt(draws * share * (1 - share)) + 1e-9) << i;
    }
}

TEST(AliasTable, DrawsByWeight)
{
    expect_shares({1, 1, 1, 1});
    expect_shares({1, 2, 3, 4, 0, 10});
    expect_shares({0, 0, 5});
    expect_shares({0.001, 1000});
}

TEST(AliasTable, NeverDrawsWhatWeighsNothing)
{
    std::vector<double> weights(101, 0);
    weights[3] = 1;
    weights[100] = 1e-6;
    alias_table const table{weights};
    rng random{5};

    for (int i = 0; i < 100'000; ++i) {
        auto const drawn = table.pick(random);
        ASSERT_TRUE(drawn == 3 || drawn == 100) << drawn;
    }
}

TEST(TenantMix, ZipfFollowsTheRank)
{
    auto const p = tenants_of({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}});
    tenant_mix const mix{.type = mix_kind::zipf, .zipf_exponent = 2};

    auto const weights = tenant_weights(mix, p);

    EXPECT_EQ(weights, (std::vector<double>{1, 1.0 / 4, 1.0 / 9, 1.0 / 16}));
    expect_shares(weights);
}

TEST(TenantMix, SlugWinsOverPlan)
{
    auto const p = tenants_of({{"a", "basic"}, {"b", "premium"}, {"c", "premium"}, {"d", "free"}});
    tenant_mix const mix{
        .type = mix_kind::weighted, .weights = {{"premium", 5}, {"c", 2}, {"basic", 0.5}}};

    EXPECT_EQ(tenant_weights(mix, p), (std::vector<double>{0.5, 5, 2, 1}));
}

TEST(TenantMix, TenantsThatAreNotReadyDoNotSend)
{
    auto p = tenants_of({{"a", ""}, {"b", ""}, {"c", ""}});
    p.tenants[0].state = target::tenant_state::failed;
    p.tenants[1].actors.clear();

    EXPECT_EQ(tenant_weights({}, p), (std::vector<double>{0, 0, 1}));
    EXPECT_EQ(tenant_weights({.type = mix_kind::zipf}, p), (std::vector<double>{0, 0, 1}));
}

TEST(TenantWeights, AShareIsTheFirstTenantsSoThatStepsContainOneAnother)
{
    auto tenants = tenants_of({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}, {"e", ""}});
    tenants.tenants[0].state = target::tenant_state::failed;

    EXPECT_EQ(tenant_weights({.share = 0.1}, tenants), (std::vector<double>{0, 1, 0, 0, 0}));
    EXPECT_EQ(tenant_weights({.share = 0.5}, tenants), (std::vector<double>{0, 1, 1, 0, 0}));
    EXPECT_EQ(tenant_weights({.share = 0.51}, tenants), (std::vector<double>{0, 1, 1, 1, 0}));
    EXPECT_EQ(tenant_weights({.share = 1}, tenants), (std::vector<double>{0, 1, 1, 1, 1}));
    EXPECT_EQ(tenant_weights({.take = 1}, tenants), (std::vector<double>{0, 1, 0, 0, 0}));
    EXPECT_EQ(tenant_weights({.take = 99}, tenants), (std::vector<double>{0, 1, 1, 1, 1}));
}

} // namespace watertight::traffic
