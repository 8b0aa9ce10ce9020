#include "harness/evidence/canary.hpp"
#include "harness/traffic/objects.hpp"
#include "harness/traffic/run.hpp"

#include <gtest/gtest.h>

#include <set>

namespace watertight::traffic {

class ObjectView : public testing::Test {
protected:
    ObjectView()
    {
        model.resources.resize(2);
        model.resources[0].name = "users";
        model.resources[1].name = "notes";
        for (std::uint32_t t = 0; t < 2; ++t) {
            tenants.tenants.emplace_back().index = tenant_index{t};
            tenants.objects.emplace_back();
        }
    }

    target::object& add(std::uint32_t t, std::string const& resource)
    {
        auto& all = tenants.objects[t];
        auto& o = all.emplace_back();
        o.serial = object_serial{static_cast<std::uint32_t>(all.size() - 1)};
        o.tenant = tenant_index{t};
        o.resource = resource;
        o.canary = "zq7k" + std::to_string(o.serial.value);
        return o;
    }

    object_view view(std::size_t core = 0, std::size_t cores = 1)
    {
        return {model, tenants, {.core = core, .cores = cores, .serial_start = 1000}};
    }

    target::model model;
    target::population tenants;
    rng random{1};
};

TEST_F(ObjectView, ShowsATenantItsOwnLivingObjectsOfAResource)
{
    add(0, "users");
    add(0, "notes");
    add(0, "users").removed = true;
    add(1, "users");
    auto const v = view();

    std::set<target::object const*> seen;
    for (int n = 0; n < 50; ++n) seen.insert(v.pick(tenant_index{0}, 0, random)->data);

    EXPECT_EQ(seen, (std::set<target::object const*>{&tenants.objects[0][0]}));
    EXPECT_FALSE(v.pick(tenant_index{1}, 1, random));
}

TEST(TrafficSerials, HaveOtherNumbersThanThoseOfThePopulation)
{
    evidence::canary_mint const mint{evidence::derive_key(7, "serials")};
    auto const number = [&](std::uint32_t serial) {
        return mint.number({tenant_index{0}, actor_index{0}, object_serial{serial}});
    };
    std::set<std::uint64_t> numbers;
    static constexpr std::uint32_t objects = 5000;
    for (std::uint32_t n = 0; n < objects; ++n) {
        numbers.insert(number(n));
        numbers.insert(number(options{}.serial_start + n));
    }
    EXPECT_EQ(numbers.size(), 2 * objects);
}

TEST_F(ObjectView, EachObjectIsWrittenToByOneCoreOnly)
{
    for (int n = 0; n < 10; ++n) add(0, "users");

    std::array<std::set<target::object const*>, 2> written;
    for (std::size_t core = 0; core < 2; ++core) {
        auto const v = view(core, 2);
        for (int n = 0; n < 300; ++n) {
            written[core].insert(v.pick_to_write(tenant_index{0}, 0, random)->data);
        }
    }

    EXPECT_EQ(written[0].size(), 5);
    EXPECT_EQ(written[1].size(), 5);
    for (auto const* o : written[0]) EXPECT_FALSE(written[1].contains(o));
}

TEST_F(ObjectView, WhatCarriesNoCanaryIsReadButNotWrittenTo)
{
    add(0, "users").canary.clear();
    auto const v = view();

    EXPECT_TRUE(v.pick(tenant_index{0}, 0, random));
    EXPECT_FALSE(v.pick_to_write(tenant_index{0}, 0, random));
}

TEST_F(ObjectView, ObjectsBeingWrittenToAreLeftAlone)
{
    add(0, "users");
    auto const v = view();
    auto const o = v.pick_to_write(tenant_index{0}, 0, random);
    ++o->writes_in_flight;

    EXPECT_FALSE(v.pick_to_write(tenant_index{0}, 0, random));
}

TEST_F(ObjectView, RemovedObjectsAreLookedForOnlyAfterAWhile)
{
    add(0, "users");
    auto v = view();
    auto const o = v.pick_to_write(tenant_index{0}, 0, random);
    v.drop(0, o);
    EXPECT_FALSE(v.pick(tenant_index{0}, 0, random));
    auto const at = steady::time_point{} + 10s;
    o->settled = at;
    v.bury(0, o);

    EXPECT_FALSE(v.pick_removed(tenant_index{0}, 0, at + 1s, 2s));
    EXPECT_EQ(v.pick_removed(tenant_index{0}, 0, at + 3s, 2s), o);
}

TEST_F(ObjectView, SerialsOfTwoCoresNeverMeet)
{
    auto a = view(0, 2);
    auto b = view(1, 2);
    std::set<std::uint32_t> serials;
    for (int n = 0; n < 100; ++n) {
        serials.insert(a.mint_serial(tenant_index{0}).value);
        serials.insert(b.mint_serial(tenant_index{0}).value);
    }

    EXPECT_EQ(serials.size(), 200);
    EXPECT_GE(*serials.begin(), 1000);
    EXPECT_LT(*serials.rbegin(), std::max(a.serial_end(), b.serial_end()));
}

TEST_F(ObjectView, KeepsABoundedNumberOfCreatedObjects)
{
    auto v = view();
    object_ref first;
    for (std::uint32_t n = 0; n < 5000; ++n) {
        object_ref o{new live_object};
        o->own = std::make_unique<target::object>();
        o->data = o->own.get();
        if (n == 0) first = o;
        v.add(0, std::move(o), random);
    }

    EXPECT_TRUE(v.pick(tenant_index{0}, 0, random));
    EXPECT_EQ(first->use_count(), 1);
}

} // namespace watertight::traffic
