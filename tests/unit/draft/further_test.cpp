// How: a small customer database as frameworks describe it; what goes beyond the five requests of
// each resource is drafted where it is plain how.

#include "tests/unit/draft/documents.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::test {

static constexpr std::string_view crm = R"(openapi: 3.1.0
info: {title: CRM, version: "1"}
security: [{bearer: []}]
paths:
  /v1/auth/signup:
    post:
      security: []
      requestBody: {content: {application/json: {schema: {type: object,
        required: [organization_name, slug, email, password], properties: {
          organization_name: {type: string}, slug: {type: string, pattern: '^[a-z-]+$'},
          email: {type: string}, password: {type: string}}}}}}
      responses: {'201': {content: {application/json: {schema: {type: object, properties: {
        organization: {type: object, properties: {id: {type: string}, name: {type: string}}},
        access_token: {type: string}}}}}}}
  /v1/auth/token:
    post:
      security: []
      requestBody: {content: {application/json: {schema: {type: object,
        required: [email, password], properties: {
          email: {type: string}, password: {type: string}}}}}}
      responses: {'200': {content: {application/json: {schema: {type: object, properties: {
        access_token: {type: string}, refresh_token: {type: string}}}}}}}
  /v1/auth/refresh:
    post:
      security: []
      requestBody: {content: {application/json: {schema: {type: object, required: [refresh_token],
        properties: {refresh_token: {type: string}}}}}}
      responses: {'200': {content: {application/json: {schema: {type: object, properties: {
        access_token: {type: string}}}}}}}
  /v1/organization:
    delete: {responses: {'204': {description: gone}}}
  /v1/contacts/{contact_id}/files:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    post:
      requestBody: {content: {multipart/form-data: {schema: {type: object, required: [file],
        properties: {file: {type: string, contentMediaType: application/octet-stream}}}}}}
      responses: {'201': {$ref: '#/components/responses/One'}}
  /v1/files/{file_id}:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {$ref: '#/components/responses/One'}}}
  /v1/contacts:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get:
      parameters:
        - {name: q, in: query, required: false, schema: {type: string}}
        - {name: ids, in: query, required: false, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, default: 50}}
        - {name: status, in: query, schema: {type: string, enum: [open, archived]}}
        - {name: with_closed, in: query, schema: {type: boolean, default: false}}
        - {name: changed_since, in: query, schema: {type: string, format: date-time}}
        - {name: sort, in: query, example: name, schema: {type: string}}
        - {name: note, in: query, schema: {type: string}}
      responses: {'200': {$ref: '#/components/responses/List'}}
    post:
      requestBody: {$ref: '#/components/requestBodies/New'}
      responses: {'201': {$ref: '#/components/responses/One'}}
    delete:
      parameters: [{name: ids, in: query, required: true, schema: {type: string}}]
      responses: {'200': {description: gone}}
  /v1/contacts:batchGet:
    parameters: [{$ref: '#/components/parameters/Org'}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [ids],
        properties: {ids: {type: array, items: {type: integer}}}}}}}
      responses: {'200': {$ref: '#/components/responses/List'}}
  /v1/contacts/{contact_id}:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    get: {responses: {'200': {$ref: '#/components/responses/One'}}}
    patch:
      requestBody: {content: {application/merge-patch+json: {schema: {type: object, properties: {
        name: {type: string}}}}}}
      responses: {'200': {$ref: '#/components/responses/One'}}
    delete: {responses: {'204': {description: gone}}}
  /v1/contacts/{contact_id}:restore:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    post: {responses: {'200': {description: there again}}}
  /v1/contacts/{contact_id}/share:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    post: {responses: {'201': {description: shared}}}
  /v1/contacts/{contact_id}/mark:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [tag_id],
        properties: {tag_id: {type: integer}}}}}}
      responses: {'200': {description: marked}}
  /v1/tags:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {$ref: '#/components/responses/List'}}}
    post:
      requestBody: {$ref: '#/components/requestBodies/New'}
      responses: {'201': {$ref: '#/components/responses/One'}}
  /v1/contacts/{contact_id}/owner:
    parameters: [{$ref: '#/components/parameters/Org'}, {$ref: '#/components/parameters/Contact'}]
    put:
      requestBody: {content: {application/json: {schema: {type: object, required: [owner_id],
        properties: {owner_id: {type: integer}}}}}}
      responses: {'200': {description: owned}}
  /v1/search:
    parameters: [{$ref: '#/components/parameters/Org'}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [query],
        properties: {query: {type: string}}}}}}
      responses: {'200': {content: {application/json: {schema: {type: object, properties: {
        hits: {type: array, items: {type: object}}}}}}}}
  /v1/exports:
    parameters: [{$ref: '#/components/parameters/Org'}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, properties: {
        format: {enum: [csv]}}}}}}
      responses: {'202': {$ref: '#/components/responses/Export'}}
  /v1/exports/{export_id}:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {$ref: '#/components/responses/Export'}}}
  /v1/webhooks:
    parameters: [{$ref: '#/components/parameters/Org'}]
    post:
      requestBody: {content: {application/json: {schema: {type: object, required: [url],
        properties: {url: {type: string}}}}}}
      responses: {'201': {$ref: '#/components/responses/One'}}
  /v1/webhooks/{webhook_id}:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {$ref: '#/components/responses/One'}}}
    delete: {responses: {'204': {description: gone}}}
  /v1/changes:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {content: {text/event-stream: {schema: {type: string}}}}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  parameters:
    Org: {name: X-Org-Id, in: header, required: true, schema: {type: integer}}
    Contact: {name: contact_id, in: path, required: true, schema: {type: integer}}
  requestBodies:
    New: {content: {application/json: {schema: {$ref: '#/components/schemas/New'}}}}
  responses:
    One: {content: {application/json: {schema: {type: object, properties: {data: {
      type: object, properties: {id: {type: string}}}}}}}}
    List: {content: {application/json: {schema: {type: object, properties: {data: {
      type: array, items: {type: object, properties: {id: {type: string}}}}}}}}}
    Export: {content: {application/json: {schema: {type: object, properties: {
      id: {type: string}, status: {enum: [queued, done, failed], type: string}}}}}}
  schemas:
    New: {type: object, required: [data], properties: {data: {type: object, required: [attributes],
      properties: {attributes: {type: object, required: [name], properties: {
        name: {type: string}}}}}}}
)";

TEST(DraftFurther, ASignUpOrTheLogInTellsWhatNamesTheTenant)
{
    auto const d = draft_of(crm);

    EXPECT_EQ(problems_of(*d), "");
    EXPECT_TRUE(holds(d->scenario, "{header: X-Org-Id, value: \"{tenant.id}\", default: true}"));
    EXPECT_TRUE(holds(d->scenario, "tenant.id: /organization/id")) << d->scenario;
}

TEST(DraftFurther, WhoeverSignsUpNamesTheTenantAndTakesItAway)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "organization_name: \"{tenant.slug}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "slug: \"{tenant.slug}\"")) << d->scenario;
    EXPECT_FALSE(holds(d->scenario, "body/slug")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "remove: {delete: /v1/organization}")) << d->scenario;
}

TEST(DraftFurther, ASessionIsRenewedByWhatTheLogInGave)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "refresh_token: /refresh_token")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "refresh_token: \"{user.refresh_token}\"")) << d->scenario;
}

TEST(DraftFurther, WhatLiesBelowAnotherCollectionIsMadeBelowTheFirstObjectThere)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "post: \"/v1/contacts/{tenant.contacts.id}/files\""))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "file: \"{canary}.txt\"")) << d->scenario;
}

TEST(DraftFurther, AMergePatchIsAnUpdate)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "patch: \"/v1/contacts/{id}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "application/merge-patch+json")) << d->scenario;
}

TEST(DraftFurther, ActionsOnOneObjectAreDrafted)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "restore: {post: \"/v1/contacts/{id}:restore\"}"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "share: {post: \"/v1/contacts/{id}/share\"}")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "tag_id: \"{tenant.tags.id:number}\"")) << d->scenario;
    // Whose id that is, nobody knows.
    EXPECT_FALSE(holds(d->scenario, "/owner")) << d->scenario;
}

TEST(DraftFurther, RequestsForSeveralAreDrafted)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "/v1/contacts:batchGet")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "ids: [\"{id:number}\"]")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "delete: \"/v1/contacts?ids={id}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "by_ids: {get: \"/v1/contacts?ids={id}\"")) << d->scenario;
}

// Whatever changes the question may change who is asked about.
TEST(DraftFurther, WhatAListTakesBesidesIsDescribed)
{
    auto const d = draft_of(crm);

    auto const at = d->scenario.find("parameters:");
    ASSERT_NE(at, std::string::npos) << d->scenario;
    auto const told = d->scenario.substr(at, 300);
    EXPECT_TRUE(holds(told, "status: [open, archived]")) << told;
    EXPECT_TRUE(holds(told, "with_closed: \"true\"")) << told;
    EXPECT_TRUE(holds(told, "changed_since: \"1970-01-01T00:00:00Z\"")) << told;
    EXPECT_TRUE(holds(told, "sort: name")) << told;
    EXPECT_FALSE(holds(told, "limit")) << told;
    EXPECT_FALSE(holds(told, "note")) << told;
}

TEST(DraftFurther, SearchesAreDraftedWithWhatTheObjectHoldsAsTheirTerm)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "get: \"/v1/contacts?q={object.canary}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "query: \"{object.canary}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "items: /hits")) << d->scenario;
}

// Which kinds a search of everything finds, only some of them may tell.
TEST(DraftFurther, ASearchOfEverythingIsTriedWithSeveralResources)
{
    auto const d = draft_of(crm);

    std::size_t searching = 0;
    for (auto const& r : d->plan.resources) {
        searching += std::ranges::count(r.others, "/v1/search", &draft::planned_request::path);
    }
    EXPECT_EQ(searching, 3U) << d->scenario;
}

TEST(DraftFurther, AJobIsWaitedFor)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "poll: {pointer: /status, until: [done, failed]}"))
        << d->scenario;
}

TEST(DraftFurther, StreamsAndWebhooksFollowTheFirstResource)
{
    auto const d = draft_of(crm);

    EXPECT_TRUE(holds(d->scenario, "changes: {get: /v1/changes, follows: ")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "url: \"{sink.url}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "delete: \"/v1/webhooks/{hook}\"")) << d->scenario;
    // As an object it has an address of its own.
    EXPECT_TRUE(holds(d->scenario, "url: \"https://example.com/{canary}\"")) << d->scenario;
}

TEST(DraftBody, TheOneTextOfARequiredEnvelopeMayBeOptional)
{
    auto const d =
        draft_of("openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /things:\n    post:\n"
                 "      requestBody: {content: {application/json: {schema: {type: object,"
                 " required: [data], properties: {data: {type: object, required: "
                 "[attributes], properties: {attributes: {type: object, properties: "
                 "{pinned: {type: boolean}, body: {type: string}}}}}}}}}}\n"
                 "  /things/{id}: {get: {}}\n");

    EXPECT_TRUE(holds(d->scenario, "{data: {attributes: {body: \"{canary}\"}}}")) << d->scenario;
}

TEST(DraftChains, AChangeThatNobodyDescribesIsWrittenLikeTheCreation)
{
    auto const d =
        draft_of("openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /things:\n    post:\n"
                 "      requestBody: {content: {application/json: {schema: {type: object,"
                 " properties: {name: {type: string}}}}}}\n  /things/{id}:\n    get: {}\n"
                 "    patch: {requestBody: {content: {application/merge-patch+json: {}}}}\n"
                 "  /events: {get: {}}\n");

    EXPECT_TRUE(holds(d->scenario, "patch: \"/things/{id}\"\n      body: {name: \"{canary}\"}\n"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "does not describe its body")) << d->scenario;
    EXPECT_FALSE(holds(d->scenario, "/events")) << d->scenario;
}

static std::string invoices(std::string_view look_up_parameter, std::string_view answer)
{
    std::string out = "openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /invoices:\n"
                      "    post: {requestBody: {content: {application/json: {schema: {type: object,"
                      " properties: {name: {type: string}}}}}}}\n    get:\n      parameters: [";
    out += look_up_parameter;
    out += "]\n      responses: {'200': {content: {application/json: {schema: ";
    out += answer;
    return out + "}}}}\n  /invoices/pagination:\n    get: {responses: {'200': {content: "
                 "{application/json: {schema: {type: array, items: {type: object, properties: "
                 "{invoiceId: {type: string}}}}}}}}}\n  /invoices/{invoiceId}: {get: {}}\n";
}

TEST(DraftChains, WhatLooksOneUpIsNoListOfThem)
{
    std::string const one = "{type: object, properties: {invoiceId: {type: string}}}";
    std::string const key =
        "{name: externalKey, in: query, required: true, schema: {type: string}}";
    auto const look_up = draft_of(invoices(key, one));
    EXPECT_TRUE(holds(look_up->scenario, "list: {get: /invoices/pagination")) << look_up->scenario;

    auto const list = draft_of(invoices("", "{type: array, items: " + one + "}"));
    EXPECT_TRUE(holds(list->scenario, "list: {get: /invoices, items")) << list->scenario;
}

TEST(DraftLogin, AKeyThatMayGoBesideBasicIsTold)
{
    auto const d = draft_of("openapi: 3.0.0\ninfo: {title: t}\nsecurity: [{basic: []}]\npaths:\n"
                            "  /things: {get: {}}\ncomponents: {securitySchemes: {basic: {type: "
                            "http, scheme: basic}, key: {type: apiKey, in: header, name: "
                            "X-Billing-Key}}}\n");

    EXPECT_TRUE(holds(d->scenario, "X-Billing-Key, if requests need it beside Basic"))
        << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

} // namespace watertight::test
