#include "harness/base/text.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <algorithm>

namespace watertight::scenario {

// The pack that newcomers meet first: it loads as it stands, and asks for nothing beyond the lab.

static load_options lab()
{
    load_options o;
    o.variables = {
        {"MIS_URL", "http://127.0.0.1:8080"},
        {"MIS_ADMIN_TOKEN", "token"},
        {"MIS_POSTGRES_URL", "postgres://u:p@127.0.0.1:5432/mis"},
        {"MIS_POSTGRES_APP_URL", "postgres://a:p@127.0.0.1:5432/mis"},
        {"MIS_REDIS_URL", "redis://127.0.0.1:6379/0"},
        {"MIS_CLASSIC_POSTGRES_URL", "postgres://u:p@127.0.0.1:5432/mis_classic"},
        {"MIS_FILES", "/tmp/files"},
    };
    return o;
}

static constexpr char const* path = WT_SOURCE_DIR "/scenarios/mis/scenario.yaml";

TEST(MisScenario, LoadsWithTheLabsVariables)
{
    auto const out = load(path, lab());

    EXPECT_EQ(out.value.lab, "mis");
    EXPECT_EQ(out.value.target.identity.size(), 6U);
    EXPECT_EQ(out.value.store_urls.size(), 3U);
    EXPECT_EQ(out.value.files_root, "/tmp/files");
    EXPECT_FALSE(out.value.drill.empty());
    EXPECT_TRUE(out.warnings.empty());
    EXPECT_EQ(out.value.sha256.size(), 64U);
}

// For reports that must show a line of the scenario.
TEST(MisScenario, KnowsWhereItsSectionsStoresAndOperationsAre)
{
    auto const places = load(path, lab()).value.places;
    auto const text = *read_file(path);
    auto const lines = split(text, '\n');
    auto const line = [&](std::string const& name) {
        auto const at = places.find(name);
        return at == places.end() ? std::string{} : std::string{lines.at(at->second.line - 1U)};
    };
    EXPECT_EQ(line("traffic"), "traffic:");
    EXPECT_EQ(line("redis"), "  redis:");
    EXPECT_EQ(line("GET /api/v1/users/{id}"), "    read: {get: \"/api/v1/users/{id}\"}");
    EXPECT_EQ(line("POST /api/v1/users"), "      post: /api/v1/users");
    EXPECT_EQ(line("GET /api/v1/events").find("  events: {get:"), 0U);
    EXPECT_EQ(places.at("traffic").file, path);
}

TEST(MisScenario, LoadsWithoutAnyVariableToLearnItsLab)
{
    EXPECT_EQ(load(path, {.tolerate_unset = true}).value.lab, "mis");
}

TEST(MisScenario, TakesTenTenantsOfAHundredUsers)
{
    auto o = lab();
    o.tenants = 10;
    o.users_per_tenant = 100;
    auto const out = load(path, o);

    EXPECT_EQ(out.value.tenants.count, 10U);
    ASSERT_EQ(out.value.tenants.users.size(), 2U);
    EXPECT_EQ(out.value.tenants.users[0].count + out.value.tenants.users[1].count, 100U);
}

TEST(MisScenario, EveryCriterionSaysWhatItAnswers)
{
    auto const criteria = load(path, lab()).value.criteria;
    ASSERT_FALSE(criteria.empty());
    for (auto const& c : criteria) EXPECT_FALSE(c.answers.empty()) << c.id;
}

TEST(MisScenario, SendsOneIdentityByDefaultBesideTheToken)
{
    auto const identity = load(path, lab()).value.target.identity;
    auto const sent = std::ranges::count_if(identity, [](auto const& channel) {
        return channel.is_default && channel.type != target::identity_channel::kind::jwt;
    });
    EXPECT_EQ(sent, 1);
    EXPECT_EQ(identity.front().describe(), "header X-Tenant-ID");
}

} // namespace watertight::scenario
