#pragma once

#include "harness/scenario/tree.hpp"

#include <nlohmann/json_fwd.hpp>

namespace watertight::scenario {

/// Checks `root` against the schema and marks what is wrong as bad, so that it is not compiled.
///
/// Understands the part of draft-07 that scenarios/schema.json is written in: type, enum, const,
/// pattern, minimum, maximum, exclusiveMinimum, minLength, minItems, minProperties, required,
/// properties, propertyNames, additionalProperties, items, dependencies, allOf, `anyOf` over kinds
/// of value or over maps told apart by their required keys, `oneOf` over required keys, and $ref
/// into #/definitions. A `title` says what was expected.
void check_schema(node& root, nlohmann::json const& schema, problem_list& out);

/// The published schema, parsed once.
nlohmann::json const& parsed_schema();

} // namespace watertight::scenario
