#pragma once

#include "harness/draft/plan.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace watertight::test {

/// A document as a scenario, and what a person is told of it.
struct drafted {
    draft::description api;
    draft::plan plan;
    std::string scenario;
    std::string tenants;
    std::string summary;
};

/// Throws std::runtime_error with the message if the document is refused.
/// The plan points into the description: the two stay together.
std::unique_ptr<drafted> draft_of(std::string_view document, draft::plan_options const& o = {});

/// Of a document that is refused, or "accepted".
std::string refusal_of(std::string_view document);

/// What `validate` says of a scenario, a problem on each line; empty: it is accepted.
std::string problems_of(drafted const& d);

bool holds(std::string const& text, std::string_view part);

/// A Swagger 2.0 document in JSON: a shop whose tenants are accounts, made by requests.
std::string_view shop_document();
/// OpenAPI 3.0 in YAML: organizations, projects and tasks, one below the other in paths.
std::string_view projects_document();
/// OpenAPI 3.1 in YAML: the tenant in a header, a schema that contains itself.
std::string_view notes_document();

} // namespace watertight::test
