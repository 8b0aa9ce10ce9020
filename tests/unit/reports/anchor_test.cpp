#include "reports/anchor.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using reports::anchor_of;
using reports::uri_of;

static verdict::run_result with_places()
{
    verdict::run_result r;
    r.scenario_file = "my.yaml";
    r.places = {
        {"GET /users/{id}", {"my.yaml", 12, 5}},
        {"redis", {"my.yaml", 40, 3}},
        {"quotas", {"my.yaml", 50, 1}},
        {"probes", {"my.yaml", 60, 1}},
        {"drill", {"my.yaml", 70, 1}}};
    return r;
}

static int line_of(std::string const& probe, std::string const& channel)
{
    evidence::finding f;
    f.probe = probe;
    f.channel = channel;
    return anchor_of(with_places(), f).line;
}

TEST(Anchor, IsTheOperationElseTheStoreElseTheSection)
{
    EXPECT_EQ(line_of("api.object_read", "GET /users/{id}"), 12);
    EXPECT_EQ(line_of("api.object_action", "PUT /users/{id}"), 12);
    EXPECT_EQ(line_of("cache.unscoped_key", "redis user:*"), 40);
    EXPECT_EQ(line_of("cache.server_settings", "server settings"), 40);
    EXPECT_EQ(line_of("quota.exact_limit", "limit users"), 50);
    EXPECT_EQ(line_of("drill.stray_write", "classic users"), 70);
    EXPECT_EQ(line_of("mongo.wide_roles", "roles of app"), 60);
    // The end of a path is not the path.
    EXPECT_EQ(line_of("api.list", "GET /id}"), 60);
}

TEST(Anchor, IsTheFirstLineOfTheScenarioWhereNothingIsKnown)
{
    verdict::run_result r;
    r.scenario_file = "my.yaml";
    auto const place = anchor_of(r, evidence::finding{});
    EXPECT_EQ(place.file, "my.yaml");
    EXPECT_EQ(place.line, 1);
    EXPECT_EQ(place.column, 1);
    EXPECT_FALSE(anchor_of({}, verdict::criterion_outcome{}).file.empty());
}

TEST(Uri, OfAPathHoldsNothingThatAUriMayNot)
{
    EXPECT_EQ(uri_of("./a/b.yaml"), "a/b.yaml");
    EXPECT_EQ(uri_of("a b%\n\xc3\xa4:c?#"), "a%20b%25%0A%C3%A4%3Ac%3F%23");
    EXPECT_EQ(uri_of("/srv/x.yaml"), "file:///srv/x.yaml");
}
