#include "scenarios/lab/zoptal/gateway.hpp"

#include <gtest/gtest.h>

namespace watertight::lab::zoptal {

static bool has(gateway_plan const& plan, char const* text)
{
    return configuration_of(plan).find(text) != std::string::npos;
}

TEST(ZoptalGateway, ForwardsTheTenantOfTheHostWhateverTheClientSays)
{
    gateway_plan const plan{.port = 9000, .key = "secret", .domains = {{"shop.example", "acme"}}};

    EXPECT_TRUE(has(plan, "server 127.0.0.1:9000;"));
    EXPECT_TRUE(has(plan, "proxy_set_header X-Gateway-Key secret;"));
    EXPECT_TRUE(has(plan, "\"shop.example\" \"acme\";"));
    EXPECT_TRUE(has(plan, "if ($contradicts) { return 403; }"));
    EXPECT_FALSE(has(plan, "default $http_x_tenant_id;"));
    // Every place of the pattern was filled.
    for (auto const* const name : {"@DOMAINS", "@KEY", "@SERVICES", "@ORIGINAL", "@NO_", "@FOR"}) {
        EXPECT_FALSE(has(plan, name)) << name;
    }
}

TEST(ZoptalGateway, TheDefectLetsTheClientsWordThrough)
{
    gateway_plan const plan{.port = 9000, .defects = {.client_wins = true}};

    EXPECT_TRUE(has(plan, "default $http_x_tenant_id;"));
    EXPECT_FALSE(has(plan, "if ($contradicts)"));
}

TEST(ZoptalGateway, TheDefaultHostIsTheOriginalSystemsUntilTheCutOver)
{
    EXPECT_TRUE(has({.is_multi = false}, "rewrite ^ /original$uri last;"));
    EXPECT_FALSE(has({.is_multi = true}, "/original$uri"));
}

} // namespace watertight::lab::zoptal
