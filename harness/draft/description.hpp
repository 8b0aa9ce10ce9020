#pragma once

#include "harness/draft/references.hpp"
#include "harness/draft/tree.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

// What is known of an API, wherever it comes from: an OpenAPI document or recorded traffic.
namespace watertight::draft {

using json_value = nlohmann::ordered_json;

enum class parameter_place { path, query, header, cookie };

struct parameter {
    std::string name;
    parameter_place in = parameter_place::query;
    bool is_required = false;
    /// A value that the document gives (example, default, first of an enum); may be empty.
    std::string sample;
    /// Values that the document names, or that the type leaves: "true", the first of days.
    std::vector<std::string> choices{};
};

enum class body_form { json, form, multipart, raw };

/// Something that only a person can fill in: the place in a body, and what belongs there.
struct body_blank {
    /// JSON pointer.
    std::string at;
    std::string what;
    /// The field's name, where it seems to hold the id of another object: "project_id".
    std::string refers_to{};
};

/// A body as a scenario would send it: slots such as {canary} stand where they fit.
struct drafted_body {
    body_form form = body_form::json;
    /// Content type; empty: the form's usual one.
    std::string type{};
    json_value value{};
    bool has_canary = false;
    std::vector<body_blank> blanks{};
    /// Names of the secret among its fields ("password"), as they are written.
    std::vector<std::string> secrets{};
    /// All its fields at the top, sent or not.
    std::vector<std::string> fields{};
    /// JSON pointers of lists that seem to hold ids, and whether those are numbers.
    std::vector<std::pair<std::string, bool>> id_lists{};
};

/// Where an answer tells the state of a job, and which states are its end.
struct job_state {
    std::string at;
    std::vector<std::string> ends;
};

/// One operation of an API.
struct call {
    std::string method;
    /// As the document has it: "/orgs/{org}/projects/{id}".
    std::string path;
    /// operationId; may be empty.
    std::string id;
    std::vector<parameter> parameters;
    std::optional<drafted_body> body;
    /// Statuses of success, as far as they are told.
    std::vector<int> success;
    /// An answer of the shape that success has; null: not known.
    json_value answer;
    /// Names of security schemes, one alternative of them; empty with `is_anonymous`.
    std::vector<std::string> schemes;
    bool is_anonymous = false;
    /// Success has a Location.
    bool tells_location = false;
    /// Server-Sent Events.
    bool is_stream = false;
    /// Where success has a state like a job's.
    std::optional<job_state> state{};
    /// How many recorded requests carried a token that its answer had told.
    std::size_t uses = 0;
};

enum class scheme_kind { basic, bearer, key_in_header, key_in_query, key_in_cookie, other };

struct security_scheme {
    std::string name;
    scheme_kind kind{};
    /// The header, query parameter or cookie.
    std::string key_name;
    /// Of OAuth 2, where tokens are handed out; may be empty.
    std::string token_url{};
};

struct server {
    std::string url;
    std::vector<std::string> variables;
};

struct description {
    /// "OpenAPI 3.0.1".
    std::string format;
    std::string title;
    std::vector<server> servers;
    std::vector<security_scheme> schemes;
    std::vector<call> calls;
    /// What could not be made use of.
    std::vector<std::string> notes;
};

/// Reads Swagger 2.0, OpenAPI 3.0 or 3.1.
/// @return `malformed` as "file:line:column: what" for anything else.
result<description> read_openapi(node const& root, std::string const& file);

/// Reads an HTTP archive (HAR 1.2) as browsers and proxies record it. Ids in paths become
/// parameters where requests differ in them alone; values of secrets are not kept.
/// @param base  keeps only requests to URLs that begin with it; empty: to the commonest host.
/// @return `malformed` as above, also if no request is left.
result<description> read_har(node const& root, std::string const& file, std::string const& base);

// --- Parts of the above, on their own for tests.

/// An example of what a schema describes: types and names count, values hardly. Bounded in depth
/// and size; a schema within itself ends there.
json_value answer_of_schema(references& refs, node const* schema);

/// The state in an answer that such a schema describes, if it has one at the top or two levels
/// down.
std::optional<job_state> state_of_schema(references& refs, node const* schema);

/// A body for a schema: what is required, and one more field if that has none for a canary.
/// @param example  the document's own; values of it are taken. May be null.
drafted_body body_of_schema(references& refs, node const* schema, node const* example);

/// A body like an example: the same fields, a canary in the likeliest text.
drafted_body body_of_example(json_value example);

json_value json_of(node const& n);

} // namespace watertight::draft
