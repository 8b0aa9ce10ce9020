// How: a small document of each style is drafted; the scenario is looked at where it matters and
// must be a valid one as it is.

#include "tests/unit/draft/documents.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

TEST(DraftStyles, SwaggerTwoInJsonWithAFormForTheLogIn)
{
    auto const d = draft_of(shop_document());

    EXPECT_EQ(d->api.format, "Swagger 2.0");
    EXPECT_EQ(problems_of(*d), "");
    EXPECT_TRUE(holds(d->scenario, "${CORNER_SHOP_URL:-http://127.0.0.1:8080/api/v2}"));
    EXPECT_TRUE(holds(d->scenario, "https://shop.example.org/api/v2")) << d->scenario;
    ASSERT_TRUE(d->plan.session.login);
    EXPECT_EQ(d->plan.session.login->body->form, draft::body_form::form);
    EXPECT_TRUE(holds(d->scenario, "password: \"{user.password}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "token: /access_token")) << d->scenario;
    ASSERT_EQ(d->plan.resources.size(), 1U);
    EXPECT_TRUE(d->plan.resources[0].is_whole());
    EXPECT_TRUE(holds(d->scenario, "id: /orderId")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "items: /orders")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "currency: EUR")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "amount: 5")) << d->scenario;
    // A required text takes the canary, so no optional one is needed.
    EXPECT_TRUE(holds(d->scenario, "title: \"{canary}\"")) << d->scenario;
    EXPECT_FALSE(holds(d->scenario, "remark")) << d->scenario;
}

TEST(DraftStyles, TenantInThePathWithResourcesBelowEachOther)
{
    auto const d = draft_of(projects_document());

    EXPECT_EQ(problems_of(*d), "");
    EXPECT_EQ(d->plan.owner.word, "organization");
    EXPECT_TRUE(d->plan.owner.has(draft::channel_kind::path));
    EXPECT_TRUE(holds(d->scenario, "{path: true}")) << d->scenario;
    ASSERT_EQ(d->plan.resources.size(), 2U) << d->scenario;
    EXPECT_EQ(d->plan.resources[0].name, "projects");
    EXPECT_EQ(d->plan.resources[1].name, "tasks");
    EXPECT_EQ(d->plan.resources[1].parent, "projects");
    EXPECT_TRUE(holds(d->scenario, "/orgs/{tenant.id}/projects/{parent.id}/tasks/{id}"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "project_id: \"{parent.id}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "{canary}{padding.")) << d->scenario;
    // Somebody's id that nothing in the document makes is left to a person.
    EXPECT_TRUE(holds(d->scenario, "body/assignee_id: the id that assignee_id means"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "usage: {get: \"/orgs/{tenant.id}/usage\"}")) << d->scenario;
    EXPECT_FALSE(holds(d->scenario, "{region}.planner.example.org}")) << d->scenario;
}

TEST(DraftStyles, TenantInAHeaderAndASchemaThatContainsItself)
{
    auto const d = draft_of(notes_document());

    EXPECT_EQ(d->api.format, "OpenAPI 3.1.0");
    EXPECT_EQ(problems_of(*d), "");
    EXPECT_EQ(d->plan.owner.word, "tenant");
    EXPECT_TRUE(holds(d->scenario, "{header: X-Tenant-ID, value: \"{tenant.id}\", default: true}"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "X-Api-Key: \"{user.X-Api-Key}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->tenants, "X-Api-Key:")) << d->tenants;
    EXPECT_TRUE(holds(d->scenario, "items: /data")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "subject: \"{canary}\"")) << d->scenario;
    EXPECT_LT(d->scenario.size(), 6000U);
}

static std::string pages_document(std::string_view response)
{
    return R"({"openapi": "3.0.0", "info": {"title": "Pages"}, "paths": {
        "/tenants/{tenant}/pages": {"post": {"requestBody": {"content": {"application/json":
            {"schema": {"type": "object", "required": ["title"],
                        "properties": {"title": {"type": "string"}}}}}},
            "responses": {"201": )" +
           std::string{response} + R"(}}},
        "/tenants/{tenant}/pages/{page}": {"get": {"responses": {"200": {}}},
                                           "delete": {"responses": {"204": {}}}}}})";
}

TEST(DraftStyles, AnIdThatStandsInAnAddressAloneIsItsEnd)
{
    auto const in_location = draft_of(pages_document(R"({"headers": {"location": {}}})"));
    EXPECT_EQ(problems_of(*in_location), "");
    EXPECT_TRUE(holds(in_location->scenario, "header: Location")) << in_location->scenario;
    EXPECT_FALSE(holds(in_location->scenario, "create: where")) << in_location->scenario;

    auto const in_body = draft_of(pages_document(R"({"content": {"application/json": {"schema":
        {"type": "object", "properties": {"_links": {"type": "object", "properties":
            {"self": {"type": "object", "properties": {"href": {"type": "string"}}}}}}}}}})"));
    EXPECT_EQ(problems_of(*in_body), "");
    EXPECT_TRUE(holds(in_body->scenario, "json: /_links/self/href")) << in_body->scenario;

    // Of an answer that nobody describes, a run finds the id in the usual places.
    auto const untold = draft_of(pages_document("{}"));
    EXPECT_EQ(problems_of(*untold), "");
    EXPECT_TRUE(holds(untold->scenario, "unless the answer holds it as id")) << untold->scenario;
    EXPECT_FALSE(holds(untold->scenario, "capture: {id: /")) << untold->scenario;
}

TEST(DraftStyles, TheSummaryNamesEachPlaceToFillInWithItsLine)
{
    auto const d = draft_of(projects_document());

    auto const at = d->scenario.find("assignee_id means");
    ASSERT_NE(at, std::string::npos);
    auto const before = std::string_view{d->scenario}.substr(0, at);
    auto const line = 1 + std::count(before.begin(), before.end(), '\n');
    auto const place = "s.yaml:" + std::to_string(line) + ": ";
    EXPECT_TRUE(holds(d->summary, place)) << place << d->summary;
    EXPECT_TRUE(holds(d->summary, "s.tenants.yaml:4: id: the id of the organization"))
        << d->summary;
}

TEST(DraftStyles, OnlyTheChosenPathsAndSoManyResourcesAreTaken)
{
    auto const few = draft_of(projects_document(), {.resources_max = 1});
    EXPECT_EQ(few->plan.resources.size(), 1U);
    EXPECT_EQ(problems_of(*few), "");
    EXPECT_TRUE(holds(few->summary, "left out"));

    auto const none = draft_of(projects_document(), {.paths = {"/no/such/*"}});
    EXPECT_TRUE(none->plan.resources.empty());
    EXPECT_TRUE(none->plan.operations.empty());
}

TEST(DraftStyles, YamlAndJsonOfTheSameDocumentAreTheSame)
{
    auto const root = draft::parse_document(notes_document(), "api");
    ASSERT_TRUE(root.has_value());
    auto const as_json = draft::json_of(*root).dump(1);

    EXPECT_EQ(draft_of(as_json)->scenario, draft_of(notes_document())->scenario);
}

} // namespace watertight::test
