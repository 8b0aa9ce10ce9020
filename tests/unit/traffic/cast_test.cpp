#include "harness/traffic/cast.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace watertight::traffic {

class Cast : public testing::Test {
protected:
    Cast()
    {
        add({"owner", "member", "member"});
        add({"member"});
        add({});
        m.credentials.push_back({"platform", {}});
        for (auto const* const as : {"", "owner", "anonymous", "platform", "auditor"}) {
            auto& op = m.operations.emplace_back();
            op.name = std::string{"as "} + as;
            op.as = as;
        }
    }

    void add(std::vector<std::string> const& roles)
    {
        auto& t = people.tenants.emplace_back();
        t.index = tenant_index{static_cast<std::uint32_t>(people.tenants.size() - 1)};
        for (auto const& role : roles) t.actors.emplace_back().role = role;
    }

    target::model m;
    target::population people;
    rng random{3};
};

TEST_F(Cast, AnOperationWantsTheRoleThatItNames)
{
    operation_table const table{m};
    cast const all{people, m, table};

    EXPECT_FALSE(all.wanted_by(0));
    ASSERT_TRUE(all.wanted_by(1));
    EXPECT_EQ(all.name(*all.wanted_by(1)), "owner");
    EXPECT_FALSE(all.wanted_by(2)) << "nobody in particular";
    EXPECT_FALSE(all.wanted_by(3)) << "the scenario's own credentials";
}

TEST_F(Cast, EveryUserOfARoleIsPicked)
{
    operation_table const table{m};
    cast const all{people, m, table};
    auto const member = all.first_role({1});

    std::set<std::uint32_t> seen;
    for (int n = 0; n < 50; ++n) seen.insert(all.pick({0}, member, random)->value);

    EXPECT_EQ(seen, (std::set<std::uint32_t>{1, 2}));
    EXPECT_EQ(all.name(all.first_role({0})), "owner");
    EXPECT_EQ(all.pick({0}, all.first_role({0}), random), actor_index{0});
}

TEST_F(Cast, NobodyIsPickedForARoleThatTheTenantLacks)
{
    operation_table const table{m};
    cast const all{people, m, table};

    EXPECT_FALSE(all.pick({1}, *all.wanted_by(1), random));
    EXPECT_FALSE(all.pick({0}, *all.wanted_by(4), random));
    EXPECT_FALSE(all.pick({2}, all.first_role({2}), random)) << "a tenant without users";
}

} // namespace watertight::traffic
