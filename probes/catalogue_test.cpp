#include "probes/catalogue.hpp"

#include <gtest/gtest.h>

#include <set>

namespace watertight::probes {

TEST(Catalogue, HoldsEachIdOnce)
{
    std::set<std::string_view> ids;
    for (auto const& u : catalogue()) EXPECT_TRUE(ids.insert(u.what->id).second) << u.what->id;
    EXPECT_GE(ids.size(), 15U);
}

// Reports, pages and rules are made from these facts: none may be missing.
TEST(Catalogue, SaysEverythingOfEachProbe)
{
    for (auto const& u : catalogue()) {
        auto const& s = *u.what;
        EXPECT_TRUE(s.id.starts_with(probe::to_string(s.where))) << s.id;
        EXPECT_TRUE(s.cwe.starts_with("CWE-")) << s.id;
        EXPECT_FALSE(s.title.empty()) << s.id;
        EXPECT_FALSE(s.owasp.empty()) << s.id;
        EXPECT_FALSE(s.asvs.empty()) << s.id;
        EXPECT_FALSE(s.faults.empty()) << s.id;
        EXPECT_FALSE(s.rationale.empty()) << s.id;
        EXPECT_FALSE(s.remedy.empty()) << s.id;
        EXPECT_NE(u.run, nullptr) << s.id;
    }
}

TEST(Catalogue, HoldsLintsWhoseFactsAreWhole)
{
    std::set<std::string_view> ids;
    for (auto const& u : catalogue()) ids.insert(u.what->id);
    std::set<std::string> lints;
    for (auto const& u : postgres_lints()) {
        auto const& s = u.what;
        EXPECT_TRUE(lints.insert(s.id).second) << s.id;
        EXPECT_TRUE(s.cwe.starts_with("CWE-")) << s.id;
        EXPECT_FALSE(s.faults.empty()) << s.id;
        if (!s.live.empty()) {
            EXPECT_TRUE(ids.contains(s.live)) << s.id << " names " << s.live;
        }
    }
    EXPECT_GE(lints.size(), 40U);
}

} // namespace watertight::probes
