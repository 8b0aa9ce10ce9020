// How: a document whose every name and text was written by someone who means harm. The scenario
// must stay the one that the drafter meant, the summary must not reach the terminal's controls.

#include "tests/unit/draft/documents.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::test {

// As JSON, which can say any character.
static std::string document_with(std::string const& text)
{
    using nlohmann::json;
    json const field{{"type", "string"}, {"enum", {text}}};
    json const schema{
        {"type", "object"},
        {"required", {"name", text}},
        {"properties", {{"name", {{"type", "string"}}}, {text, field}, {"id", field}}}};
    json const content{{"application/json", {{"schema", schema}}}};
    json const answer{{"200", {{"content", content}}}};
    json const parameters{
        {{"name", text}, {"in", "header"}, {"required", true}, {"example", text}},
        {{"name", "q" + text}, {"in", "query"}, {"required", true}, {"example", text}}};
    json const item{
        {"parameters", parameters},
        {"get", {{"responses", answer}, {"operationId", text}}},
        {"post",
         {{"requestBody", {{"content", content}}}, {"responses", answer}, {"summary", text}}}};
    return json{
        {"openapi", "3.0.0"},
        {"info", {{"title", text}}},
        {"servers", {{{"url", "https://" + text}}}},
        {"components",
         {{"securitySchemes", {{text, {{"type", "apiKey"}, {"in", "header"}, {"name", text}}}}}}},
        {"security", {{{text, json::array()}}}},
        {"paths",
         {{"/things", item},
          {"/" + text, item},
          {"/things/{" + text + "}", item},
          {"/other/{id}", item}}}}
        .dump();
}

static void stays_harmless(std::string const& text)
{
    auto const d = draft_of(document_with(text));

    EXPECT_FALSE(holds(d->scenario, "\x1b"));
    auto const is_control = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f;
    };
    EXPECT_TRUE(std::ranges::none_of(d->scenario, is_control)) << d->scenario;
    EXPECT_TRUE(std::ranges::none_of(d->tenants, is_control)) << d->tenants;
    EXPECT_TRUE(std::ranges::none_of(d->summary, is_control)) << d->summary;
    // No line of the document's own making.
    EXPECT_FALSE(holds(d->scenario, "\nevil")) << d->scenario;
    EXPECT_FALSE(holds(d->tenants, "\nevil")) << d->tenants;
    EXPECT_FALSE(holds(d->summary, "\nevil")) << d->summary;
}

TEST(DraftHostile, TextsThatBreakOutOfYamlStayTexts)
{
    for (auto const* const text :
         {"evil: {allow: ['*']}",
          "\nevil: 1",
          "x\r\nevil: 1",
          "\"\nevil: \"1",
          "'}]\nevil: 1",
          "# evil",
          "*alias",
          "&anchor !!python/object",
          "a: b #c",
          "\xc2\x85"
          "evil",
          "\xe2\x80\xa8"
          "evil",
          "- evil"})
    {
        SCOPED_TRACE(text);
        stays_harmless(text);
    }
}

TEST(DraftHostile, ControlCharactersDoNotReachTheTerminal)
{
    stays_harmless("\x1b[2J\x1b]0;evil\x07");
    stays_harmless("a\x7f\x01\tb");
    // CSI as one character.
    auto const d = draft_of(document_with("a\xc2\x9b"
                                          "2Jb"));
    EXPECT_FALSE(holds(d->summary, "\xc2\x9b"));
    EXPECT_FALSE(holds(d->scenario, "\xc2\x9b"));
}

TEST(DraftHostile, VariablesAreNotReadFromTheEnvironmentForADocument)
{
    auto const d = draft_of(document_with("${HOME}"));
    auto const at = d->scenario.find("enum");
    EXPECT_EQ(at, std::string::npos);
    for (auto found = d->scenario.find("${HOME}"); found != std::string::npos;
         found = d->scenario.find("${HOME}", found + 1))
    {
        auto const before = d->scenario.rfind('\n', found);
        auto const line = before == std::string::npos ? 0 : before;
        auto const is_escaped = found > 0 && d->scenario[found - 1] == '$';
        auto const is_comment =
            d->scenario.substr(line, found - line).find("# ") != std::string::npos;
        // Names are taken as they stand; variables are for values.
        auto const is_name = d->scenario.compare(found + 7, 2, "\":") == 0;
        EXPECT_TRUE(is_escaped || is_comment || is_name) << d->scenario;
    }
}

TEST(DraftHostile, NamesThatAreWordsOfYamlOrVeryLongAreTaken)
{
    for (auto const& text :
         {std::string{"null"},
          std::string{"true"},
          std::string{"1e3"},
          std::string{"~"},
          std::string{"<<"},
          std::string(5000, 'n')})
    {
        SCOPED_TRACE(text.substr(0, 20));
        stays_harmless(text);
    }
}

} // namespace watertight::test
