// How: a recording of a few requests; those that differ in an id are one operation.

#include "harness/draft/plan.hpp"
#include "tests/unit/draft/documents.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::test {

static std::string
entry(std::string_view method, std::string_view url, std::string_view body, std::string_view answer)
{
    using nlohmann::json;
    json request{
        {"method", method},
        {"url", url},
        {"headers", {{{"name", "Authorization"}, {"value", "Bearer hush-hush"}}}}};
    if (!body.empty()) {
        request["postData"] = {{"mimeType", "application/json"}, {"text", body}};
    }
    json const content{{"mimeType", "application/json"}, {"text", answer}};
    return json{{"request", request}, {"response", {{"status", 200}, {"content", content}}}}.dump();
}

static drafted drafted_from_har(std::string const& text)
{
    drafted d;
    auto const root = draft::parse_document(text, "r.har");
    if (!root) return d;
    auto const api = draft::read_har(*root, "r.har", "");
    if (!api) return d;
    auto const plan = draft::make_plan(*api, {});
    d.scenario = draft::scenario_text(plan, "r.har", "s.tenants.yaml");
    d.tenants = draft::tenants_text(plan);
    return d;
}

static std::string recording()
{
    std::string const site = "https://app.example.org/api";
    return fmt::format(
        "{{\"log\": {{\"entries\": [{}, {}, {}, {}, {}, {}]}}}}",
        entry(
            "POST", site + "/docs", R"({"title": "Plan", "secret": "hush-hush"})", R"({"id": 7})"
        ),
        entry("GET", site + "/docs/7", "", R"({"id": 7, "title": "Plan"})"),
        entry("GET", site + "/docs/8", "", R"({"id": 8, "title": "Other"})"),
        entry("GET", site + "/docs", "", R"({"docs": [{"id": 7}]})"),
        entry("DELETE", site + "/docs/7", "", ""),
        entry("GET", "https://metrics.example.net/x", "", "{}")
    );
}

TEST(DraftHar, RequestsThatDifferInAnIdAreOneOperation)
{
    auto const root = draft::parse_document(recording(), "r.har");
    ASSERT_TRUE(root.has_value());
    auto const api = draft::read_har(*root, "r.har", "");
    ASSERT_TRUE(api.has_value()) << api.error().message;
    auto const plan = draft::make_plan(*api, {});

    ASSERT_EQ(plan.resources.size(), 1U);
    EXPECT_EQ(plan.resources[0].name, "docs");
    EXPECT_EQ(plan.resources[0].requests.size(), 4U);
    drafted d;
    d.scenario = draft::scenario_text(plan, "r.har", "s.tenants.yaml");
    d.tenants = draft::tenants_text(plan);
    EXPECT_EQ(problems_of(d), "");
    EXPECT_TRUE(holds(d.scenario, "title: \"{canary}\"")) << d.scenario;
    EXPECT_FALSE(holds(d.scenario + d.tenants, "hush-hush")) << d.scenario;
    EXPECT_FALSE(holds(d.scenario, "metrics.example.net")) << d.scenario;
}

TEST(DraftHar, WhatWasMadeIsCalledByTheEndOfItsLocation)
{
    auto text = fmt::format(
        "{{\"log\": {{\"entries\": [{}, {}]}}}}",
        entry("POST", "https://h.example.org/docs", R"({"title": "Plan"})", ""),
        entry("GET", "https://h.example.org/docs/the-plan", "", R"({"title": "Plan"})")
    );
    std::string const status{"\"status\":200"};
    text.replace(
        text.find(status),
        status.size(),
        R"("status":201,"headers":[{"name":"location","value":"/docs/the-plan?v=1"}])"
    );
    auto const root = draft::parse_document(text, "r.har");
    ASSERT_TRUE(root.has_value());
    auto const api = draft::read_har(*root, "r.har", "");
    ASSERT_TRUE(api.has_value()) << api.error().message;
    auto const plan = draft::make_plan(*api, {});
    auto const scenario = draft::scenario_text(plan, "r.har", "s.tenants.yaml");

    EXPECT_TRUE(holds(scenario, "get: \"/docs/{id}\"")) << scenario;
    EXPECT_TRUE(holds(scenario, "header: Location")) << scenario;
}

TEST(DraftHar, NestingWithoutEndInABodyIsNothing)
{
    std::string const deep(200'000, '[');
    auto const text = fmt::format(
        "{{\"log\": {{\"entries\": [{}]}}}}",
        entry("POST", "https://app.example.org/docs", R"({"title": "Plan"})", deep)
    );
    auto const root = draft::parse_document(text, "r.har");
    ASSERT_TRUE(root.has_value());
    auto const api = draft::read_har(*root, "r.har", "");
    ASSERT_TRUE(api.has_value()) << api.error().message;
    EXPECT_TRUE(api->calls.at(0).answer.is_null());
}

TEST(DraftHar, ARecordingWithoutRequestsToTheBaseIsRefused)
{
    auto const root = draft::parse_document(recording(), "r.har");
    ASSERT_TRUE(root.has_value());
    auto const api = draft::read_har(*root, "r.har", "https://nobody.example.org");
    ASSERT_TRUE(api.has_error());
    EXPECT_TRUE(api.error().message.starts_with("r.har:")) << api.error().message;
}

static std::string
bare_entry(std::string_view path, std::string_view token, std::string_view body, std::string answer)
{
    using nlohmann::json;
    auto made = json::parse(
        entry(body.empty() ? "GET" : "POST", fmt::format("https://x.test{}", path), body, answer)
    );
    made["request"]["headers"][0]["value"] = token;
    return made.dump();
}

// Two log-ins, tokens without a word before them, and objects that name others by id.
static std::string recording_of_records()
{
    static constexpr std::string_view root = "root-token-0123456789";
    static constexpr std::string_view user = "user-token-0123456789";
    auto const login = R"({"identity": "a@x.test", "password": "hush"})";
    auto const of = [](std::string_view token) {
        return fmt::format(R"({{"token": "{}"}})", token);
    };
    std::vector<std::string> const all{
        bare_entry("/c/roots/auth-with-password", "", login, of(root)),
        bare_entry("/c/orgs/records", root, R"({"name": "Acme"})", R"({"id": "org17abcdef"})"),
        bare_entry("/c/users/auth-with-password", "", login, of(user)),
        bare_entry(
            "/c/projects/records",
            user,
            R"({"org": "org17abcdef", "name": "Roof"})",
            R"({"id": "pro17abcdef"})"
        ),
        bare_entry("/c/projects/records", user, "", R"({"items": [{"id": "pro17abcdef"}]})"),
        bare_entry("/c/projects/records/pro17abcdef", user, "", R"({"id": "pro17abcdef"})"),
        bare_entry(
            "/c/tasks/records",
            user,
            R"({"project": "pro17abcdef", "title": "Tiles"})",
            R"({"id": "tas17abcdef"})"
        ),
        bare_entry("/c/tasks/records", user, "", R"({"items": [{"id": "tas17abcdef"}]})"),
        bare_entry("/c/tasks/records/tas17abcdef", user, "", R"({"id": "tas17abcdef"})")};
    return fmt::format("{{\"log\": {{\"entries\": [{}]}}}}", fmt::join(all, ", "));
}

TEST(DraftHar, AnObjectThatABodyNamesIsNotTheRecordedOne)
{
    auto const d = drafted_from_har(recording_of_records());
    EXPECT_EQ(problems_of(d), "");
    EXPECT_FALSE(holds(d.scenario, "17abcdef")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "project: \"{tenant.projects.id}\"")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "the id that org means")) << d.scenario;
}

TEST(DraftHar, ResourcesAreCalledByWhatStandsBeforeTheSameWord)
{
    auto const d = drafted_from_har(recording_of_records());
    EXPECT_TRUE(holds(d.scenario, "  projects:")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "  tasks:")) << d.scenario;
}

TEST(DraftHar, TheLogInIsTheOneWhoseTokenIsUsedAndAsItIsSent)
{
    auto const d = drafted_from_har(recording_of_records());
    EXPECT_TRUE(holds(d.scenario, "post: /c/users/auth-with-password")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "Authorization: \"{user.token}\"")) << d.scenario;
}

TEST(DraftHar, AFormWithAFileIsRead)
{
    auto made =
        nlohmann::json::parse(entry("POST", "https://x.test/docs", "{}", R"({"id": "d0c17abcdef"})")
        );
    made["request"]["postData"] = {
        {"mimeType", "multipart/form-data; boundary=B"},
        {"text",
         "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nPlan\r\n"
         "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nx\r\n"
         "--B--\r\n"}};
    auto const d = drafted_from_har(fmt::format(
        "{{\"log\": {{\"entries\": [{}, {}]}}}}",
        made.dump(),
        entry("GET", "https://x.test/docs/d0c17abcdef", "", R"({"id": "d0c17abcdef"})")
    ));
    EXPECT_TRUE(holds(d.scenario, "multipart:")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "name: title, content: \"{canary}\"")) << d.scenario;
    EXPECT_TRUE(holds(d.scenario, "file: \"{canary}.txt\"")) << d.scenario;
}

} // namespace watertight::test
