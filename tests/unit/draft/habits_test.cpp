// How: documents with one habit of a business service each; what is drafted of it is looked at.

#include "tests/unit/draft/documents.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

static std::string document(std::string const& paths, std::string const& rest = "")
{
    return "openapi: 3.0.0\ninfo: {title: t}\n" + rest + "paths:\n" + paths;
}

// A JSON body with these properties.
static std::string body(std::string const& properties, std::string const& type = "application/json")
{
    return "requestBody: {content: {" + type + ": {schema: {type: object, properties: {" +
           properties + "}}}}}";
}

static std::string answer(std::string const& properties)
{
    return "responses: {'200': {content: {application/json: {schema: {type: object, properties: "
           "{" +
           properties + "}}}}}}";
}

static std::string const invoice_paths =
    "  /invoices:\n    get: {}\n    post: {" + body("title: {type: string}") + "}\n";

TEST(DraftHabits, EachCustomerHasAHostOfItsOwn)
{
    auto const d = draft_of(document(
        invoice_paths,
        "servers: [{url: 'https://{subdomain}.bills.example', variables: {subdomain: {}}}]\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "{host: \"{tenant.slug}.bills.example\", default: true}"))
        << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, ARegionInTheHostIsNoCustomer)
{
    auto const d = draft_of(document(
        invoice_paths,
        "servers: [{url: 'https://{region}.bills.example', variables: {region: {}}}]\n"
    ));

    EXPECT_FALSE(holds(d->scenario, "tenant.slug}.bills")) << d->scenario;
}

TEST(DraftHabits, TheTokenAgainstForgedFormsIsToldByTheLogIn)
{
    auto const d = draft_of(document(
        "  /login:\n    post: {" + body("email: {type: string}, password: {type: string}") + ", " +
            answer("data: {type: object, properties: {csrf_token: {type: string}}}") + "}\n" +
            invoice_paths,
        "security: [{session: [], csrf: []}]\ncomponents: {securitySchemes: {session: {type: "
        "apiKey, in: cookie, name: sid}, csrf: {type: apiKey, in: header, name: X-CSRF-Token}}}\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "csrf: /data/csrf_token")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "X-CSRF-Token: \"{user.csrf}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "cookies: true")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, TheCompanyThatSignsUpIsTheTenant)
{
    auto const d = draft_of(document(
        "  /login:\n    post: {" + body("email: {type: string}, password: {type: string}") +
        "}\n  /signup:\n    post: {requestBody: {content: {application/json: {schema: {type: "
        "object, required: [company, email, password], properties: {company: {type: string}, "
        "email: {type: string}, password: {type: string}}}}}}}\n  /account: {delete: {}}\n" +
        invoice_paths
    ));

    EXPECT_TRUE(holds(d->scenario, "company: \"{tenant.slug}\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "delete: /account")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, CallsByNameWithTheIdInTheBody)
{
    auto const d = draft_of(document(
        "  /api/contact.create:\n    post: {" + body("name: {type: string}") +
        "}\n  /api/contact.get:\n    post: {requestBody: {content: {application/json: {schema: "
        "{type: object, required: [id], properties: {id: {type: string}}}}}}}\n"
        "  /api/contact.delete:\n    post: {requestBody: {content: {application/json: {schema: "
        "{type: object, required: [id], properties: {id: {type: string}}}}}}}\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "post: /api/contact.create")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "read: {post: /api/contact.get, body: {id: \"{id}\"}}"))
        << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "remove: {post: /api/contact.delete, body: {id: \"{id}\"}}"))
        << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, AListOfChangesReplacesTheText)
{
    auto const d = draft_of(document(
        invoice_paths +
        "  /invoices/{id}:\n    get: {}\n    patch: {requestBody: {content: "
        "{application/json-patch+json: {schema: {type: array, items: {type: object}}}}}}"
        "\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "type: \"application/json-patch+json\"")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "op: replace")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "path: /title")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, AnotherFormOfAnObjectIsAReadOfIt)
{
    auto const d = draft_of(
        document(invoice_paths + "  /invoices/{id}: {get: {}}\n  /invoices/{id}.xml: {get: {}}\n")
    );

    EXPECT_TRUE(holds(d->scenario, "xml: {get: \"/invoices/{id}.xml\"}")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, AnUploadHasItsFileThoughNothingRequiresIt)
{
    auto const d = draft_of(document(
        "  /documents:\n    get: {}\n    post: {" +
        body("file: {type: string, format: binary}, note: {type: string}", "multipart/form-data") +
        "}\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "name: file")) << d->scenario;
    EXPECT_EQ(problems_of(*d), "");
}

TEST(DraftHabits, ASearchOfEverythingListsEachKindByItself)
{
    std::string const kinds = "invoices: {type: array, items: {type: object}}, projects: {type: "
                              "array, items: {type: object}}";
    auto const d = draft_of(document(
        invoice_paths + "  /projects:\n    get: {}\n    post: {" + body("name: {type: string}") +
        "}\n  /search:\n    get: {parameters: [{name: q, in: query, required: true}], " +
        answer("data: {type: object, properties: {" + kinds + "}}") + "}\n"
    ));

    EXPECT_TRUE(holds(d->scenario, "items: /data/invoices")) << d->scenario;
    EXPECT_TRUE(holds(d->scenario, "items: /data/projects")) << d->scenario;
}

TEST(DraftHabits, AQueryOfGraphQlIsNoSearch)
{
    auto const d = draft_of(document(
        invoice_paths + "  /query:\n    post: {" +
        body("query: {type: string}, variables: {type: object}") + "}\n"
    ));

    EXPECT_FALSE(holds(d->scenario, "post: /query")) << d->scenario;
}

} // namespace watertight::test
