#pragma once

#include "harness/draft/description.hpp"

namespace watertight::draft {

/// What one OpenAPI document is while it is read.
struct openapi_source {
    references refs;
    /// Swagger 2.0, whose bodies are parameters and whose answers have their schema directly.
    bool is_swagger = false;
};

/// Parameters of path item and operation together; the operation's win.
std::vector<node const*>
parameters_of(openapi_source& source, node const& item, node const& operation);

parameter read_parameter(openapi_source& source, node const& from);

/// The body of an operation, in the form that a scenario sends most easily.
std::optional<drafted_body> read_body(
    openapi_source& source, node const& operation, std::vector<node const*> const& parameters
);

/// Statuses and answer of success.
void read_answers(openapi_source& source, node const& operation, call& out);

std::vector<security_scheme> read_schemes(openapi_source& source);
std::vector<server> read_servers(openapi_source& source);

} // namespace watertight::draft
