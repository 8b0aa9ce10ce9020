#pragma once

#include "harness/draft/description.hpp"
#include "harness/draft/paths.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

// From an API's description to what a scenario says of it. All of it pure.
namespace watertight::draft {

enum class channel_kind { path, header, query, host };

/// A way in which requests name their tenant.
struct tenant_channel {
    channel_kind kind{};
    /// The header or parameter; for a host its URL with braces.
    std::string name;
    /// In how many operations it stands, and in how many it must.
    std::size_t operations = 0;
    std::size_t required = 0;
};

/// Who seems to own the data. An empty word: nothing in the requests says so.
struct tenancy {
    std::string word;
    std::vector<tenant_channel> channels;

    /// Whether the parameter at this place of a path names the tenant.
    bool is_named_by(std::vector<segment> const& path, std::size_t index) const;
    bool has(channel_kind kind) const;
};

tenancy find_owner(description const& api);

/// Requests on one kind of object, by their paths: all pointers lead into the description.
struct family {
    std::string name;
    std::string key;
    /// Up to and with the last literal.
    std::vector<segment> prefix;
    /// The parameters behind it, of which the last is the object's id.
    std::vector<std::string> ids;
    call const* create = nullptr;
    call const* list = nullptr;
    call const* read = nullptr;
    call const* update = nullptr;
    call const* remove = nullptr;
    std::vector<call const*> others;
    /// The creation stands elsewhere: POST /user/repos for /repos/{owner}/{repo}.
    bool is_adopted = false;

    bool is_usable() const noexcept { return create != nullptr && (read || list); }
};

/// @param owner  whose parameter behind a literal is part of the collection: /jobs/{namespace}.
/// @param taken  calls that have another use: a log-in.
std::vector<family>
families_of(description const& api, tenancy const& owner, std::set<call const*> const& taken);

/// One request of the scenario, and what about it only a person knows.
struct planned_request {
    /// "create", "read", ..., or the name of another operation.
    std::string role;
    call const* from = nullptr;
    /// With slots and query.
    std::string path;
    std::string as{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::optional<drafted_body> body{};
    /// Name to JSON pointer, or to another place as a scenario has it.
    std::vector<std::pair<std::string, json_value>> captures{};
    /// JSON pointer of a list's array; nothing if it is not known.
    std::optional<std::string> items{};
    /// What a read takes in its query and does not need, with values.
    std::vector<std::pair<std::string, std::vector<std::string>>> parameters{};
    std::vector<std::string> blanks{};
    /// Repeated until the job has ended.
    std::optional<job_state> poll{};
};

struct planned_resource {
    std::string name;
    std::string parent;
    std::vector<planned_request> requests;
    std::vector<planned_request> others;

    std::size_t blanks() const;
    /// Create, read, list, update and remove are all there.
    bool is_whole() const;
};

/// Where events are told; `open`'s role is its name.
struct planned_stream {
    planned_request open;
    std::string follows;
};

struct planned_webhook {
    std::string name;
    planned_request subscribe;
    std::optional<planned_request> remove{};
    std::string follows{};
};

enum class origin_kind {
    /// They exist; a file beside the scenario names them.
    file,
    /// Made by a request of the administrator, with their users.
    request,
    /// Whoever signs up is one.
    sign_up,
};

struct planned_session {
    std::optional<planned_request> login{};
    std::optional<planned_request> refresh{};
    bool cookies = false;
    std::vector<std::pair<std::string, std::string>> headers{};
    /// User and password of HTTP Basic, as slots.
    bool basic = false;
    /// A key in the query, sent as an identity channel: name and slot.
    std::vector<std::pair<std::string, std::string>> query{};
    /// What each user must have: {"token", "a token of this user"}.
    std::vector<std::pair<std::string, std::string>> attributes{};
    /// Headers with keys that the document describes and nothing above sends.
    std::vector<std::string> unsent_keys{};
};

struct planned_store {
    std::string tenant_column;
    /// How it was told.
    std::string how;
};

struct plan {
    description const* api = nullptr;
    tenancy owner;
    planned_session session;
    origin_kind origin = origin_kind::file;
    std::optional<planned_request> tenant_create{};
    std::optional<planned_request> tenant_remove{};
    /// How users are made within a tenant, or sign up.
    std::optional<planned_request> user_create{};
    std::vector<planned_resource> resources;
    std::vector<planned_request> operations;
    std::vector<planned_stream> streams{};
    std::vector<planned_webhook> webhooks{};
    /// Parameters of paths that nothing fills: attributes of the tenant, with what they are.
    std::map<std::string, std::string> attributes;
    /// Operations of the document that the scenario does not send: "DELETE /a/{b}".
    std::vector<std::string> left_out;
    std::optional<planned_store> postgres{};
};

struct plan_options {
    /// The best so many; the others are left out and told.
    std::size_t resources_max = 12;
    /// Only operations whose path matches: with wild cards; empty: all.
    std::vector<std::string> paths{};
};

plan make_plan(description const& api, plan_options const& o);

/// How users log in and what they send, and which calls that takes.
planned_session plan_session(description const& api, std::set<call const*>& taken);

/// Where an answer holds what: JSON pointers, empty where it is not told.
struct id_question {
    /// The parameter of paths: "petId".
    std::string parameter;
    /// The collection: "pets".
    std::string collection;
};
std::string id_pointer(json_value const& answer, id_question const& asked);
std::optional<std::string> items_pointer(json_value const& answer, std::string const& collection);
/// The array that is called like the collection, at the top or one level down.
std::optional<std::string> items_named(json_value const& answer, std::string const& collection);
/// The id of the tenant that is called so: "organization": {"id"}, "org_id".
std::string owner_pointer(json_value const& answer, std::string const& word);
/// By names, the likelier first, at the top or one or two levels down.
std::string pointer_to(json_value const& answer, std::vector<std::string> const& plain_names);

/// Plans one request: its path with slots, query, headers, body.
class request_planner {
public:
    /// @param families  all that may be a parent; the planner keeps a reference.
    request_planner(
        description const& api,
        tenancy const& owner,
        std::vector<family> const& kept,
        std::map<std::string, std::string>& attributes
    );

    planned_request plan(call const& c, std::string role, family const* of);
    /// The family in `kept` that `f` lives under; null: none.
    family const* parent_of(family const& f) const;

private:
    std::string slot_for(std::vector<segment> const& path, std::size_t index, family const* of);
    std::string path_of(call const& c, family const* of);
    void add_parameters(planned_request& to, call const& c);
    void describe_parameters(planned_request& to, call const& c);
    void add_id(planned_request& to, id_question const& asked, family const& of);
    void add_body(planned_request& to, call const& c, family const* of);
    void settle_blank(planned_request& to, body_blank const& b, family const* of);

    description const& api_;
    tenancy const& owner_;
    std::vector<family> const& kept_;
    std::map<std::string, std::string>& attributes_;
};

class yaml_lines;

/// One request with its marks, as the value of its role.
void write_request(yaml_lines& to, int indent, planned_request const& r);

/// The scenario as YAML. @param source  where the document came from, for the head.
std::string scenario_text(plan const& p, std::string const& source, std::string const& tenants);

/// The file of tenants that exist, for a person to fill in; empty if the plan needs none.
std::string tenants_text(plan const& p);

/// What was inferred, what is left to fill in. @param file  the scenario's name, for commands.
std::string summary_text(plan const& p, std::string const& file, std::string const& tenants);

/// Where a text still has that mark: "  file:line: key: what belongs there" a line.
std::string marked_places(std::string const& file, std::string const& text);

/// What stands in comments where something has to be filled in.
std::string_view blank_mark();

/// A name of the plan for variables: GITHUB.
std::string prefix_of(plan const& p);

} // namespace watertight::draft
