#include "harness/draft/address.hpp"
#include "tests/unit/draft/documents.hpp"

#include <gtest/gtest.h>

namespace watertight {
namespace {

TEST(DraftAddress, AnOriginHasNoCredentials)
{
    EXPECT_EQ(draft::origin_of("https://api.test:8443/v1?x=/y"), "https://api.test:8443");
    EXPECT_EQ(draft::origin_of("http://ann:secret@[::1]:80"), "http://[::1]:80");
    EXPECT_EQ(draft::origin_of("openapi.json"), "");
    EXPECT_EQ(draft::origin_of("/http://x"), "");
}

TEST(DraftAddress, APathIsWhatComesBehindTheOrigin)
{
    EXPECT_EQ(draft::path_of("https://api.test/v1/users?x=1#top"), "/v1/users");
    EXPECT_EQ(draft::path_of("https://api.test"), "");
    EXPECT_EQ(draft::path_of("//api.test/v1"), "/v1");
    EXPECT_EQ(draft::path_of("/api/v1"), "/api/v1");
    EXPECT_EQ(draft::path_of("api/v1"), "api/v1");
}

TEST(DraftAddress, AHostHasNoPort)
{
    EXPECT_EQ(draft::host_of("https://api.test:8443"), "api.test");
    EXPECT_EQ(draft::host_of("http://[::1]:80"), "[::1]");
    EXPECT_TRUE(draft::is_on_this_machine("http://127.0.0.1:8080"));
    EXPECT_FALSE(draft::is_on_this_machine("http://127.test"));
}

std::string drafted_from(std::string const& source)
{
    auto const d = test::draft_of(test::notes_document());
    return draft::scenario_text(d->plan, source, "tenants.yaml");
}

TEST(DraftAddress, WhatServesTheDocumentIsTheSystem)
{
    auto const here = drafted_from("http://localhost:5000/docs/swagger.json");
    EXPECT_TRUE(test::holds(here, "_URL:-http://localhost:5000")) << here;
    EXPECT_TRUE(test::holds(here, "  allow: [127.0.0.1, localhost]\n")) << here;

    auto const elsewhere = drafted_from("https://staging.test/swagger.json");
    EXPECT_TRUE(test::holds(elsewhere, "_URL:-https://staging.test")) << elsewhere;
    EXPECT_TRUE(test::holds(elsewhere, "  allow: [staging.test]\n")) << elsewhere;

    auto const file = drafted_from("swagger.json");
    EXPECT_TRUE(test::holds(file, "add its host, unless it listens on this machine")) << file;
}

} // namespace
} // namespace watertight
