#include "tests/unit/draft/documents.hpp"

#include "harness/base/text.hpp"
#include "harness/scenario/scenario.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace watertight::test {

std::unique_ptr<drafted> draft_of(std::string_view document, draft::plan_options const& o)
{
    auto const root = draft::parse_document(document, "api");
    if (root.has_error()) throw std::runtime_error{root.error().message};
    auto api = draft::read_openapi(*root, "api");
    if (api.has_error()) throw std::runtime_error{api.error().message};
    auto out = std::make_unique<drafted>();
    out->api = std::move(*api);
    out->plan = draft::make_plan(out->api, o);
    out->scenario = draft::scenario_text(out->plan, "api", "s.tenants.yaml");
    out->tenants = draft::tenants_text(out->plan);
    out->summary = draft::summary_text(out->plan, "s.yaml", "s.tenants.yaml");
    return out;
}

std::string refusal_of(std::string_view document)
{
    try {
        draft_of(document);
        return "accepted";
    } catch (std::runtime_error const& e) {
        return e.what();
    }
}

std::string problems_of(drafted const& d)
{
    temp_dir const folder;
    auto const path = (folder / "s.yaml").string();
    if (write_file((folder / "s.tenants.yaml").string(), d.tenants).has_error()) return "no disk";
    auto const read = scenario::load_text(d.scenario, path, {.tolerate_unset = true});
    if (read.has_value()) return {};
    std::string out;
    for (auto const& p : read.error()) {
        out += fmt::format("{}:{}: {}: {}\n", p.line, p.column, p.at, p.what);
    }
    return out + d.scenario;
}

bool holds(std::string const& text, std::string_view part)
{
    return text.find(part) != text.npos;
}

static constexpr std::string_view shop = R"({
  "swagger": "2.0",
  "info": {"title": "Corner Shop", "version": "1"},
  "host": "shop.example.org",
  "basePath": "/api/v2",
  "schemes": ["https"],
  "consumes": ["application/json"],
  "securityDefinitions": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
  "security": [{"token": []}],
  "paths": {
    "/login": {
      "post": {
        "consumes": ["application/x-www-form-urlencoded"],
        "security": [],
        "parameters": [
          {"name": "email", "in": "formData", "type": "string", "required": true},
          {"name": "password", "in": "formData", "type": "string", "required": true}
        ],
        "responses": {"200": {"schema": {"type": "object",
          "properties": {"access_token": {"type": "string"}}}}}
      }
    },
    "/orders": {
      "get": {"responses": {"200": {"schema": {"$ref": "#/definitions/Orders"}}}},
      "post": {
        "parameters": [
          {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/NewOrder"}}
        ],
        "responses": {"201": {"schema": {"$ref": "#/definitions/Order"}}}
      }
    },
    "/orders/{orderId}": {
      "parameters": [{"name": "orderId", "in": "path", "required": true, "type": "string"}],
      "get": {"responses": {"200": {"schema": {"$ref": "#/definitions/Order"}}}},
      "put": {
        "parameters": [
          {"name": "body", "in": "body", "schema": {"$ref": "#/definitions/NewOrder"}}
        ],
        "responses": {"200": {"schema": {"$ref": "#/definitions/Order"}}}
      },
      "delete": {"responses": {"204": {"description": "gone"}}}
    }
  },
  "definitions": {
    "NewOrder": {
      "type": "object",
      "required": ["title", "currency", "amount"],
      "properties": {
        "title": {"type": "string"},
        "currency": {"type": "string", "enum": ["EUR", "USD"]},
        "amount": {"type": "integer", "minimum": 5},
        "remark": {"type": "string"}
      }
    },
    "Order": {
      "allOf": [
        {"$ref": "#/definitions/NewOrder"},
        {"type": "object", "properties": {"orderId": {"type": "string"}}}
      ]
    },
    "Orders": {"type": "object", "properties": {
      "orders": {"type": "array", "items": {"$ref": "#/definitions/Order"}}}}
  }
})";

std::string_view shop_document()
{
    return shop;
}

static constexpr std::string_view projects = R"(openapi: 3.0.3
info: {title: Planner, version: "1"}
servers:
  - url: https://{region}.planner.example.org/v1
    variables: {region: {default: eu}}
security: [{bearer: []}]
paths:
  /orgs/{orgId}/projects:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get:
      responses:
        '200': {content: {application/json: {schema: {
          type: array, items: {$ref: '#/components/schemas/Project'}}}}}
    post:
      requestBody: {$ref: '#/components/requestBodies/Project'}
      responses: {'201': {$ref: '#/components/responses/Project'}}
  /orgs/{orgId}/projects/{projectId}:
    parameters:
      - {$ref: '#/components/parameters/Org'}
      - {name: projectId, in: path, required: true, schema: {type: string}}
    get: {responses: {'200': {$ref: '#/components/responses/Project'}}}
    patch:
      requestBody: {$ref: '#/components/requestBodies/Project'}
      responses: {'200': {$ref: '#/components/responses/Project'}}
    delete: {responses: {'204': {description: gone}}}
  /orgs/{orgId}/projects/{projectId}/tasks:
    parameters:
      - {$ref: '#/components/parameters/Org'}
      - {name: projectId, in: path, required: true, schema: {type: string}}
    get:
      responses:
        '200': {content: {application/json: {schema: {type: object, properties: {
          items: {type: array, items: {$ref: '#/components/schemas/Task'}}}}}}}
    post:
      requestBody: {content: {application/json: {schema: {
        $ref: '#/components/schemas/Task'}}}}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}
  /orgs/{orgId}/projects/{projectId}/tasks/{taskId}:
    parameters:
      - {$ref: '#/components/parameters/Org'}
      - {name: projectId, in: path, required: true, schema: {type: string}}
      - {name: taskId, in: path, required: true, schema: {type: string}}
    get:
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Task'}}}}
    delete: {responses: {'204': {description: gone}}}
  /orgs/{orgId}/usage:
    parameters: [{$ref: '#/components/parameters/Org'}]
    get: {responses: {'200': {description: numbers}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  parameters:
    Org: {name: orgId, in: path, required: true, schema: {type: string}}
  requestBodies:
    Project: {content: {application/json: {schema: {$ref: '#/components/schemas/Project'}}}}
  responses:
    Project:
      description: one
      content: {application/json: {schema: {$ref: '#/components/schemas/Project'}}}
  schemas:
    Project:
      type: object
      required: [name]
      properties:
        id: {type: string, readOnly: true}
        name: {type: string}
        org_id: {type: string}
    Task:
      type: object
      required: [title, project_id, assignee_id]
      properties:
        id: {type: string, readOnly: true}
        title: {type: string, minLength: 100}
        project_id: {type: string}
        assignee_id: {type: string}
)";

std::string_view projects_document()
{
    return projects;
}

static constexpr std::string_view notes = R"(openapi: 3.1.0
info: {title: Notes, version: "1"}
servers: [{url: /api}]
paths:
  /notes:
    parameters: [{$ref: '#/components/parameters/Tenant'}]
    get:
      security: [{key: []}]
      responses:
        '200': {content: {application/json: {schema: {type: object, properties: {
          data: {type: array, items: {$ref: '#/components/schemas/Note'}},
          next: {type: [string, 'null']}}}}}}
    post:
      security: [{key: []}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
      responses:
        '201': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
  /notes/{noteId}:
    parameters:
      - {$ref: '#/components/parameters/Tenant'}
      - {name: noteId, in: path, required: true, schema: {type: integer}}
    get:
      security: [{key: []}]
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
    delete:
      security: [{key: []}]
      responses: {'204': {description: gone}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Api-Key}}
  parameters:
    Tenant: {name: X-Tenant-ID, in: header, required: true, schema: {type: string}}
  schemas:
    Note:
      type: object
      required: [subject, parent]
      properties:
        id: {type: integer, readOnly: true}
        subject: {type: [string, 'null']}
        parent: {anyOf: [{type: 'null'}, {$ref: '#/components/schemas/Note'}]}
        children: {type: array, items: {$ref: '#/components/schemas/Note'}}
)";

std::string_view notes_document()
{
    return notes;
}

} // namespace watertight::test
