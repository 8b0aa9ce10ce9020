// How: parts of documents that are written in many ways, one way each.

#include "tests/unit/draft/documents.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::test {

// A schema as the body of the only creation.
static draft::drafted_body body_of(std::string_view schema)
{
    auto const document = fmt::format(
        "openapi: 3.0.0\ninfo: {{title: t}}\npaths:\n  /things:\n    post:\n"
        "      requestBody: {{content: {{application/json: {{schema: {}}}}}}}\n"
        "      responses: {{'201': {{description: made}}}}\n"
        "components: {{schemas: {{\n"
        "  Loop: {{type: object, required: [again, name], properties: {{\n"
        "    again: {{$ref: '#/components/schemas/Loop'}}, name: {{type: string}}}}}},\n"
        "  A: {{$ref: '#/components/schemas/B'}},\n  B: {{$ref: '#/components/schemas/A'}}}}}}\n",
        schema
    );
    auto const root = draft::parse_document(document, "api");
    if (root.has_error()) throw std::runtime_error{root.error().message};
    auto const api = draft::read_openapi(*root, "api");
    if (api.has_error()) throw std::runtime_error{api.error().message};
    return api->calls.at(0).body.value();
}

TEST(DraftBody, TakesWhatIsRequiredAndOneTextForTheCanary)
{
    auto const b = body_of("{type: object, required: [size], properties: {"
                           "size: {type: integer, minimum: 3}, colour: {type: string},"
                           "description: {type: string}, other: {type: boolean}}}");

    EXPECT_EQ(b.value.dump(), R"({"size":3,"description":"{canary}"})");
    EXPECT_TRUE(b.has_canary);
}

TEST(DraftBody, LeavesOutWhatOnlyTheServerWrites)
{
    auto const b = body_of("{type: object, required: [id, name], properties: {"
                           "id: {type: string, readOnly: true}, name: {type: string}}}");

    EXPECT_EQ(b.value.dump(), R"({"name":"{canary}"})");
}

TEST(DraftBody, JoinsAllOfAndTakesTheFirstUsableAlternative)
{
    auto const b = body_of("{allOf: [{type: object, required: [name], properties: {"
                           "name: {type: string}}}, {oneOf: [{type: 'null'}, {type: object,"
                           "required: [kind], properties: {kind: {enum: [null, big]}}}]}]}");

    EXPECT_EQ(b.value.dump(), R"({"name":"{canary}","kind":"big"})");
}

TEST(DraftBody, SecretsAreMadeUpAndNeverTakenFromExamples)
{
    auto const b = body_of("{type: object, required: [name, password], properties: {"
                           "name: {type: string},"
                           "password: {type: string, example: hush-hush}}}");

    EXPECT_EQ(b.value.dump().find("hush-hush"), std::string::npos);
    EXPECT_EQ(b.secrets, std::vector<std::string>{"password"});
}

TEST(DraftBody, EndsWithinASchemaThatRequiresItself)
{
    auto const b = body_of("{$ref: '#/components/schemas/Loop'}");

    EXPECT_TRUE(b.has_canary);
    EXPECT_LT(b.value.dump().size(), 1000U);
}

TEST(DraftBody, AReferenceInACircleIsNothing)
{
    EXPECT_EQ(body_of("{$ref: '#/components/schemas/A'}").value.dump().size() < 20, true);
}

TEST(DraftBody, BracesOfADocumentAreNoSlots)
{
    auto const b = body_of("{type: object, required: [mode], properties: {"
                           "mode: {enum: ['{tenant.id}']}}}");

    EXPECT_EQ(b.value.at("mode"), "{{tenant.id}");
}

TEST(DraftBody, WordsThatTheServerKnowsAreLeftToAPerson)
{
    auto const b = body_of("{type: object, required: [currency, name], properties: {"
                           "currency: {type: string}, name: {type: string}}}");

    EXPECT_EQ(b.value.dump(), R"({"currency":"","name":"{canary}"})");
    ASSERT_EQ(b.blanks.size(), 1U);
    EXPECT_EQ(b.blanks[0].at, "/currency");
}

// Operations as "METHOD path", without bodies that matter.
static std::string scenario_of(std::vector<std::pair<std::string, std::string>> const& operations)
{
    std::string paths;
    for (auto const& [path, methods] : operations)
        paths += fmt::format("  {}: {}\n", path, methods);
    return draft_of("openapi: 3.0.0\ninfo: {title: t}\npaths:\n" + paths)->scenario;
}

static constexpr auto taking_names = "{requestBody: {content: {application/json: {schema: {"
                                     "type: object, properties: {name: {type: string}}}}}}}";

TEST(DraftChains, TheObjectsOwnUpdateGoesBeforeThatOfAllOfThem)
{
    auto const text = scenario_of(
        {{"/jobs", fmt::format("{{get: {{}}, post: {0}, put: {0}}}", taking_names)},
         {"/jobs/{id}", fmt::format("{{get: {{}}, put: {}}}", taking_names)}}
    );

    EXPECT_TRUE(holds(text, "update: {put: \"/jobs/{id}\"")) << text;
}

TEST(DraftChains, VersionsOfAPathAreOneChain)
{
    auto const text = scenario_of(
        {{"/v9/jobs", fmt::format("{{post: {}}}", taking_names)},
         {"/v10/jobs/{id}", "{get: {}, delete: {}}"},
         {"/v2/jobs/{id}/steps", fmt::format("{{get: {{}}, post: {}}}", taking_names)}}
    );

    EXPECT_TRUE(holds(text, "post: /v9/jobs")) << text;
    EXPECT_TRUE(holds(text, "read: {get: \"/v10/jobs/{id}\"}")) << text;
    EXPECT_TRUE(holds(text, "post: \"/v2/jobs/{parent.id}/steps\"")) << text;
}

TEST(DraftChains, AFieldOfAnObjectIsNoObject)
{
    auto const text = scenario_of(
        {{"/cards", fmt::format("{{post: {}}}", taking_names)},
         {"/cards/{id}/{field}", "{get: {}}"},
         {"/cards/{id}", "{get: {}, delete: {}}"}}
    );

    EXPECT_TRUE(holds(text, "read: {get: \"/cards/{id}\"}")) << text;
    EXPECT_TRUE(holds(text, "remove: {delete: \"/cards/{id}\"}")) << text;
}

TEST(DraftChains, TheTenantBehindTheCollectionIsNoObjectOfIt)
{
    auto const text = scenario_of(
        {{"/jobs/{namespace}", fmt::format("{{get: {{}}, post: {}}}", taking_names)},
         {"/jobs/{namespace}/{name}", "{get: {}, delete: {}}"},
         {"/stream/jobs/{namespace}", "{get: {}}"}}
    );

    EXPECT_TRUE(holds(text, "\n  jobs:\n")) << text;
    EXPECT_TRUE(holds(text, "post: \"/jobs/{tenant.id}\"")) << text;
    EXPECT_TRUE(holds(text, "read: {get: \"/jobs/{tenant.id}/{id}\"}")) << text;
    EXPECT_TRUE(holds(text, "list: {get: \"/jobs/{tenant.id}\"")) << text;
    // What never ends is no operation.
    EXPECT_FALSE(holds(text, "/stream/")) << text;
}

TEST(DraftBody, WhoseSomethingIsTakesNoCanary)
{
    auto const b = body_of("{type: object, required: [workspace, workspace_name], properties: {"
                           "workspace: {type: string}, workspace_name: {type: string}}}");

    EXPECT_EQ(b.value.dump(), R"({"workspace":"","workspace_name":"{canary}"})");
    ASSERT_EQ(b.blanks.size(), 1U);
    EXPECT_EQ(b.blanks[0].refers_to, "workspace");
}

TEST(DraftBody, ALeastValueThatFitsIntoNoIntegerIsNotTaken)
{
    auto const b = body_of("{type: object, required: [n, name], properties: {"
                           "n: {type: integer, minimum: 1e300}, name: {type: string}}}");

    EXPECT_EQ(b.value.at("n"), 1);
}

TEST(DraftBody, TheNameMayStandInAnObjectWithin)
{
    auto const b = body_of("{type: object, properties: {kind: {type: string},"
                           "metadata: {type: object, properties: {labels: {type: object},"
                           "name: {type: string}}}, spec: {type: object}}}");

    EXPECT_EQ(b.value.dump(), R"({"metadata":{"name":"{canary}"}})");
    EXPECT_TRUE(b.has_canary);
}

TEST(DraftBody, TheNameMayStandTwoObjectsBelow)
{
    auto const b = body_of("{type: object, properties: {meta: {type: object}, data: {type: object, "
                           "properties: {type: {type: string, enum: [articles]}, attributes: "
                           "{type: object, properties: {title: {type: string}}}}}}}");

    EXPECT_EQ(b.value.dump(), R"({"data":{"attributes":{"title":"{canary}"}}})");
    EXPECT_TRUE(b.has_canary);
}

TEST(DraftLogin, KeysOfTheQueryAreSentByTheSessionAndNotByEachRequest)
{
    auto const d = draft_of(
        "openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /things:\n    get:\n      parameters:\n"
        "        - {name: key, in: query, required: true, schema: {type: string}}\n"
        "        - {name: token, in: query, required: true, schema: {type: string}}\n"
        "components: {securitySchemes: {k: {type: apiKey, in: query, name: key},\n"
        "  t: {type: apiKey, in: query, name: token}}}\n"
    );

    EXPECT_TRUE(holds(d->scenario, "{get: /things}")) << d->scenario;
    for (auto const* const name : {"key", "token"}) {
        auto const line =
            fmt::format("{{query: {0}, value: \"{{user.{0}}}\", default: true}}", name);
        EXPECT_TRUE(holds(d->scenario, line)) << line << d->scenario;
    }
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftLogin, TheTenantThatALogInAsksForIsTheUsersOwn)
{
    auto const d = draft_of(
        "openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /login:\n    post:\n"
        "      requestBody: {content: {application/json: {schema: {type: object,\n"
        "        required: [email, password, tenantSlug], properties: {email: {type: string},\n"
        "        password: {type: string}, tenantSlug: {type: string}}}}}}\n"
        "      responses: {'200': {content: {application/json: {schema: {type: object,\n"
        "        properties: {token: {type: string}}}}}}}\n"
    );

    EXPECT_TRUE(holds(d->scenario, "tenantSlug: \"{tenant.slug}\"")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftNotes, AReferenceOutOfTheDocumentIsTold)
{
    auto const d = draft_of(
        "openapi: 3.0.0\ninfo: {title: t}\npaths:\n  /things:\n    get:\n      responses:\n"
        "        '200': {content: {application/json: {schema: {$ref: 'other.yaml#/Thing'}}}}\n"
    );

    ASSERT_EQ(d->api.notes.size(), 1U);
    EXPECT_TRUE(holds(d->api.notes[0], "other.yaml#/Thing"));
    EXPECT_EQ(problems_of(*d), "");
}

} // namespace watertight::test
