#include "harness/target/population.hpp"

#include <gtest/gtest.h>

namespace watertight::target {

static void add(population& to, char const* resource, bool removed = false)
{
    if (to.objects.empty()) to.objects.emplace_back();
    object o;
    o.serial = object_serial{static_cast<std::uint32_t>(to.objects[0].size())};
    o.resource = resource;
    o.removed = removed;
    to.objects[0].push_back(std::move(o));
}

TEST(Population, WhatIsMadeAfterItSettledComesAndGoes)
{
    population all;
    add(all, "folders");
    add(all, "notes");
    all.settle();
    add(all, "folders");
    EXPECT_EQ(all.living(tenant_index{0}, "folders").size(), 2U);
    auto const lasting = all.lasting(tenant_index{0}, "folders");
    ASSERT_EQ(lasting.size(), 1U);
    EXPECT_EQ(lasting[0]->serial, object_serial{0});
}

TEST(Population, WithoutAnythingThatLastsWhatComesAndGoesHasToDo)
{
    population all;
    add(all, "folders", true);
    all.settle();
    add(all, "folders");
    EXPECT_EQ(all.lasting(tenant_index{0}, "folders").size(), 1U);
}

TEST(Population, OfATenantThatCameLaterAllLasts)
{
    population all;
    all.settle();
    add(all, "folders");
    EXPECT_EQ(all.lasting(tenant_index{0}, "folders").size(), 1U);
}

} // namespace watertight::target
