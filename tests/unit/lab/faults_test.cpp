#include "harness/base/fatal.hpp"
#include "scenarios/lab/core/dialects.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <regex>
#include <set>

namespace watertight::lab {

static std::span<fault const> faults_of_mis()
{
    return std::ranges::find(dialects(), "mis", &dialect_entry::name)->faults;
}

TEST(Faults, AreOffUnlessSwitchedOn)
{
    auto const known = faults_of_mis();

    fault_set const none;
    fault_set const one{{"K01"}, known};

    EXPECT_FALSE(none.on("K01"));
    EXPECT_TRUE(one.on("K01"));
    EXPECT_FALSE(one.on("K09"));
}

TEST(Faults, AnUnknownIdIsAnErrorThatNamesTheNearest)
{
    try {
        fault_set const wrong{{"K011"}, faults_of_mis()};
        FAIL() << "was accepted";
    } catch (usage_error const& e) {
        EXPECT_NE(std::string{e.what()}.find("did you mean K01?"), std::string::npos) << e.what();
    }
}

TEST(Faults, HaveUniqueIdsKnownGuaranteesAndValidChannels)
{
    std::set<std::string_view> const guarantees{
        "confidentiality", "integrity", "unobservability", "performance", "rollback", "service"};
    for (auto const& dialect : dialects()) {
        std::set<std::string_view> ids;
        for (auto const& f : dialect.faults) {
            EXPECT_TRUE(ids.insert(f.id).second) << f.id;
            EXPECT_TRUE(guarantees.contains(f.guarantee)) << f.id;
            EXPECT_EQ(f.dialect, dialect.name) << f.id;
            EXPECT_NO_THROW(std::regex{std::string{f.channel}}) << f.id;
        }
    }
}

struct channel_case {
    char const* fault;
    char const* channel;
    bool matches;
};

class Channels : public testing::TestWithParam<channel_case> {};

TEST_P(Channels, MatchWhatAFindingWouldSay)
{
    auto const [id, channel, matches] = GetParam();
    for (auto const& f : faults_of_mis()) {
        if (f.id != id) continue;
        EXPECT_EQ(std::regex_search(channel, std::regex{std::string{f.channel}}), matches);
        return;
    }
    FAIL() << id << " is no fault";
}

INSTANTIATE_TEST_SUITE_P(
    ,
    Channels,
    testing::Values(
        channel_case{"A01", "GET /api/v1/users/{id}", true},
        channel_case{"A01", "GET /api/v1/users", false},
        channel_case{"A02", "PATCH /api/v1/users/{id}", true},
        channel_case{"A03", "DELETE /api/v1/users/{id}", true},
        channel_case{"A05", "GET /api/v1/users", true},
        channel_case{"A05", "GET /api/v1/users?limit=10", true},
        channel_case{"A05", "GET /api/v1/users/{id}", false},
        channel_case{"J01", "identity X-Tenant-ID vs token", true},
        channel_case{"J02", "identity host vs token", true},
        channel_case{"J02", "identity query tenant vs token", true},
        channel_case{"J02", "identity X-Tenant-ID vs token", false},
        channel_case{"J07", "token alg none", true},
        channel_case{"K01", "redis user:*", true},
        channel_case{"K01", "GET /api/v1/users/{id}", true},
        channel_case{"K01", "redis session:*", false},
        channel_case{"P01", "postgres public.tenant_configurations", true},
        channel_case{"P01", "postgres public.users", false},
        channel_case{"L1", "postgres public.media", true},
        channel_case{"L1", "redis tenant:{id}:*", true},
        channel_case{"R1", "drill execution", true}
    )
);

} // namespace watertight::lab
