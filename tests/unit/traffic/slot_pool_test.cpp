#include "harness/traffic/slot_pool.hpp"

#include <gtest/gtest.h>

namespace watertight::traffic {

static slot_pool::user user(std::uint32_t tenant, std::uint32_t actor = 0)
{
    return {tenant_index{tenant}, actor_index{actor}};
}

static slot_pool::choice use(slot_pool& pool, slot_pool::user who)
{
    auto const c = *pool.take(who);
    pool.give_back(c.slot);
    return c;
}

TEST(SlotPool, MixedPrefersAConnectionThatAnotherTenantUsedLast)
{
    slot_pool pool{connection_mode::mixed, 2};
    auto const first = *pool.take(user(1));
    auto const second = *pool.take(user(2));
    pool.give_back(first.slot);
    pool.give_back(second.slot);

    EXPECT_EQ(pool.take(user(2))->slot, first.slot);
    EXPECT_EQ(pool.take(user(1))->slot, second.slot);
    EXPECT_EQ(pool.interleavings(), 2);
}

TEST(SlotPool, MixedAlternatesOnASingleConnection)
{
    slot_pool pool{connection_mode::mixed, 1};
    for (std::uint32_t n = 0; n < 10; ++n) use(pool, user(n % 2));

    EXPECT_EQ(pool.interleavings(), 9);
}

TEST(SlotPool, WhatFollowsAReconnectIsNoInterleaving)
{
    slot_pool pool{connection_mode::mixed, 1};
    auto const c = use(pool, user(1));
    pool.forget(c.slot);
    use(pool, user(2));

    EXPECT_EQ(pool.interleavings(), 0);
}

TEST(SlotPool, PerTenantKeepsATenantOnItsConnection)
{
    slot_pool pool{connection_mode::per_tenant, 2};
    auto const a = use(pool, user(1, 0));
    auto const b = use(pool, user(2, 0));

    EXPECT_NE(a.slot, b.slot);
    EXPECT_EQ(use(pool, user(1, 5)).slot, a.slot);
    EXPECT_FALSE(use(pool, user(2, 7)).changes_owner);
    EXPECT_EQ(pool.interleavings(), 0);
}

TEST(SlotPool, PerUserTellsUsersOfOneTenantApart)
{
    slot_pool pool{connection_mode::per_user, 2};
    auto const a = use(pool, user(1, 0));

    EXPECT_NE(use(pool, user(1, 1)).slot, a.slot);
    EXPECT_EQ(use(pool, user(1, 0)).slot, a.slot);
}

TEST(SlotPool, GivesUpTheConnectionThatHasBeenIdleForLongest)
{
    slot_pool pool{connection_mode::per_tenant, 2};
    auto const a = use(pool, user(1));
    use(pool, user(2));

    auto const c = use(pool, user(3));

    EXPECT_EQ(c.slot, a.slot);
    EXPECT_TRUE(c.changes_owner);
    EXPECT_EQ(pool.interleavings(), 0);
}

TEST(SlotPool, HasNoneWhenAllAreTaken)
{
    slot_pool pool{connection_mode::mixed, 1};
    auto const c = *pool.take(user(1));

    EXPECT_FALSE(pool.has_free());
    EXPECT_FALSE(pool.take(user(2)));
    pool.give_back(c.slot);
    EXPECT_TRUE(pool.take(user(2)));
}

} // namespace watertight::traffic
