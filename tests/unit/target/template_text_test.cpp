#include "harness/target/template_text.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace watertight::target {
namespace {

std::map<std::string, std::string, std::less<>> const known{
    {"id", "a/b c"},
    {"tenant.slug", "acme"},
    {"quote", R"(say "hi"\)"},
    {"canary.number", "4503599627370497"},
    {"serial", "7"},
    {"word", "seven"},
    {"amount", "-1.5e3"},
    {"zeros", "007"},
};

std::optional<std::string_view> look_up(std::string_view name)
{
    auto const found = known.find(name);
    if (found == known.end()) return std::nullopt;
    return found->second;
}

std::string rendered(template_text const& text)
{
    std::string out;
    auto const missing = text.render(look_up, out);
    return missing ? "missing " + *missing : out;
}

struct table_case {
    std::string text;
    escape how;
    std::string expected;
};

class Templates : public testing::TestWithParam<table_case> {};

TEST_P(Templates, RenderAsTheTableSays)
{
    auto const& [text, how, expected] = GetParam();
    EXPECT_EQ(rendered(template_text::compile(text, how)), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text,
    Templates,
    testing::Values(
        table_case{"/users/{id}?t={tenant.slug}", escape::url, "/users/a%2Fb%20c?t=acme"},
        table_case{"{id}", escape::none, "a/b c"},
        table_case{R"({"q": "{quote}"})", escape::json, R"({"q": "say \"hi\"\\"})"},
        table_case{"{{id}}", escape::none, "{id}"},
        table_case{"{{{tenant.slug}}}:cart", escape::none, "{acme}:cart"},
        table_case{R"({"a":{"b":{}}})", escape::none, R"({"a":{"b":{}}})"},
        table_case{"{ id }", escape::none, "{ id }"},
        table_case{"{id", escape::none, "{id"},
        table_case{"{", escape::none, "{"},
        table_case{"{{", escape::none, "{{"},
        table_case{"}{", escape::none, "}{"},
        table_case{"", escape::none, ""},
        table_case{"{nobody}", escape::none, "missing nobody"}
    )
);

struct json_case {
    std::string text;
    std::string expected;
};

class JsonTemplates : public testing::TestWithParam<json_case> {};

TEST_P(JsonTemplates, RenderAsTheTableSays)
{
    auto const& [text, expected] = GetParam();
    EXPECT_EQ(rendered(template_text::compile_json(text)), expected);
}

INSTANTIATE_TEST_SUITE_P(
    Text,
    JsonTemplates,
    testing::Values(
        json_case{R"({"n":"{canary.number}"})", R"({"n":4503599627370497})"},
        json_case{R"({"n":"{serial}","m":"no {serial}"})", R"({"n":7,"m":"no 7"})"},
        json_case{R"({"n":"{amount:number}"})", R"({"n":-1.5e3})"},
        json_case{R"({"n":"{word:number}"})", R"({"n":"seven"})"},
        json_case{R"({"n":"{zeros:number}"})", R"({"n":"007"})"},
        json_case{R"({"n":"{serial:text}"})", R"({"n":"7"})"},
        json_case{R"({"{serial}" : 1})", R"({"7" : 1})"},
        json_case{R"({"q":"{quote}"})", R"({"q":"say \"hi\"\\"})"},
        json_case{R"({"a":{"b":{"c":"{{id}}"}}})", R"({"a":{"b":{"c":"{id}"}}})"},
        json_case{R"(["x\"{serial}\"y"])", R"(["x\"7\"y"])"},
        json_case{R"({"ids":[{serial}]})", R"({"ids":[7]})"}
    )
);

TEST(Templates, MentionWhatTheyHold)
{
    auto const text = template_text::compile("/t/{tenant.slug}/{{id}}", escape::url);

    EXPECT_TRUE(text.mentions("tenant.slug"));
    EXPECT_FALSE(text.mentions("id"));
    EXPECT_FALSE(text.mentions(""));
    EXPECT_TRUE(text.mentions("tenant."));
    EXPECT_FALSE(text.mentions("tenant"));
    EXPECT_FALSE(text.mentions("slug."));
}

TEST(Templates, OperationsMentionWhatAnyPartOfTheirsHolds)
{
    auto const text = [](std::string_view t) { return template_text::compile(t, escape::none); };
    operation op;
    op.path = text("/t/{tenant.slug}");
    op.headers.emplace_back("X-Run", text("{run}"));
    op.body_text = text("{canary}");
    op.parts.push_back({"file", text("{serial}.txt"), "", text("{parent.id}")});

    for (auto const* const slot : {"tenant.", "run", "canary", "serial", "parent.id"}) {
        EXPECT_TRUE(op.mentions(slot)) << slot;
    }
    EXPECT_FALSE(op.mentions("id"));
    EXPECT_FALSE(op.mentions("user."));
}

} // namespace
} // namespace watertight::target
