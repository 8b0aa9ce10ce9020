#include "harness/probe/targets.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(Targets, AnAbsentTwinLooksLikeTheIdAndIsAnother)
{
    rng random{1};
    for (std::string const id :
         {"6f9619ff-8b86-4011-b42d-00cf4fc964ff", "inv_8f3k2m9q", "AB12CD34EF"}) {
        auto const twin = absent_twin(id, random);
        EXPECT_EQ(twin.size(), id.size());
        EXPECT_NE(twin, id);
    }
    auto const uuid = absent_twin("6f9619ff-8b86-4011-b42d-00cf4fc964ff", random);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_EQ(uuid[8], '-');
}

// A short number's neighbour may well exist: the twin lies far beyond any young sequence.
TEST(Targets, AnAbsentNumberIsFarAway)
{
    rng random{1};
    EXPECT_GE(std::stoull(absent_twin("17", random)), 9'000'000U);
    auto const twin = absent_twin("123456789", random);
    EXPECT_EQ(twin.size(), 9U);
    EXPECT_EQ(twin.front(), '9');
}

TEST(Targets, LeavesOutThePlatformsAndSharedOperations)
{
    target::model m;
    target::credential admin;
    admin.name = "admin";
    m.credentials.push_back(admin);
    target::operation op;
    EXPECT_TRUE(is_tenants_own(m, op));
    op.as = "admin";
    EXPECT_FALSE(is_tenants_own(m, op));
    op.as = "anonymous";
    EXPECT_FALSE(is_tenants_own(m, op));
    op.as = "owner";
    EXPECT_TRUE(is_tenants_own(m, op));
}

TEST(Targets, TellsObjectsFromCollections)
{
    target::model m;
    auto& r = m.resources.emplace_back();
    r.read.emplace();
    r.read->path = target::template_text::compile("/things/{id}", target::escape::url);
    r.list.emplace();
    r.list->path = target::template_text::compile("/things", target::escape::url);
    auto& shared = m.resources.emplace_back(r);
    shared.is_shared = true;
    ASSERT_EQ(object_reads(m).size(), 1U);
    EXPECT_EQ(object_reads(m)[0].op, &*m.resources[0].read);
    ASSERT_EQ(collection_reads(m).size(), 1U);
    EXPECT_EQ(collection_reads(m)[0].op, &*m.resources[0].list);
}

} // namespace watertight::probe
