// How: documents that are no OpenAPI, or broken, and the place that the message names.

#include "tests/unit/draft/documents.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

TEST(DraftFaults, BrokenJsonIsShownWithLineAndColumn)
{
    auto const why = refusal_of("{\n  \"openapi\": \"3.0.0\",\n  \"paths\": {,}\n}");
    EXPECT_TRUE(why.starts_with("api:3:")) << why;
}

TEST(DraftFaults, BrokenYamlIsShownWithLineAndColumn)
{
    auto const why = refusal_of("openapi: 3.0.0\npaths:\n  /a: [1, 2\n  /b: {}\n");
    EXPECT_TRUE(why.starts_with("api:4:")) << why;
    EXPECT_TRUE(holds(why, "not YAML")) << why;
}

TEST(DraftFaults, OtherKindsOfDocumentsAreRecognised)
{
    EXPECT_TRUE(holds(refusal_of("log: {entries: []}"), "--har"));
    EXPECT_TRUE(holds(refusal_of("asyncapi: 2.6.0"), "AsyncAPI"));
    EXPECT_TRUE(holds(refusal_of("watertight: 1"), "scenario already"));
    EXPECT_TRUE(holds(
        refusal_of(R"({"info": {"schema": "https://schema.getpostman.com/v2.1.0"}})"), "Postman"
    ));
    EXPECT_TRUE(holds(refusal_of("openapy: 3.0.0"), "did you mean openapi?"));
    EXPECT_TRUE(holds(refusal_of("just a sentence"), "api:1:1: this is no OpenAPI document"));
}

TEST(DraftFaults, AnUnknownVersionIsNamedWithItsPlace)
{
    auto const why = refusal_of("info: {}\nopenapi: 4.0.0\npaths: {}\n");
    EXPECT_TRUE(why.starts_with("api:2:10: version 4.0.0")) << why;
}

TEST(DraftFaults, ADocumentWithNothingToSendIsRefused)
{
    EXPECT_TRUE(holds(refusal_of("openapi: 3.0.0\npaths: {}\n"), "api:2:8: "));
    EXPECT_TRUE(holds(refusal_of("openapi: 3.0.0\npaths: {/a: {}}\n"), "no path has an operation"));
    EXPECT_TRUE(holds(refusal_of(""), "empty"));
    EXPECT_TRUE(holds(refusal_of(" \n\t\n"), "empty"));
}

TEST(DraftFaults, NestingWithoutEndIsRefused)
{
    std::string const deep(100'000, '[');
    EXPECT_TRUE(holds(refusal_of(deep), "api:1:")) << refusal_of(deep);
    EXPECT_TRUE(holds(refusal_of("a: " + deep), "api:1:"));
}

TEST(DraftFaults, AliasesThatMultiplyAreRefused)
{
    std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        auto const before = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int n = 0; n < 10; ++n) text += (n == 0 ? "" : ", ") + before;
        text += "]\n";
    }
    EXPECT_TRUE(holds(refusal_of(text), "api:"));
    EXPECT_FALSE(holds(refusal_of(text), "no OpenAPI")) << refusal_of(text);
}

} // namespace watertight::test
