#pragma once

#include "harness/scenario/tree.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// From a checked tree to the structures that the engine works with. Each section has its compiler;
// all of them take what is there, skip what is bad, and go on.
namespace watertight::scenario {

/// In which company a template is rendered, which decides what can fill its slots.
enum class slot_scope { tenant, user, object, new_object, free };

/// A template's slots, checked at the end, when everything that can fill a slot is known.
struct slot_use {
    target::template_text text;
    node const* at = nullptr;
    slot_scope where{};
    /// The resource, for objects.
    std::string resource;
};

/// Names that captures and attributes give values to.
struct known_slots {
    std::set<std::string> tenant;
    std::set<std::string> user;
    /// Resource to its objects' attributes.
    std::map<std::string, std::set<std::string>> objects;
    std::map<std::string, std::string> parents;
    /// Captures of operations that belong to no resource.
    std::set<std::string> free;
    /// A command or a file tells what attributes there are; nothing is known before.
    bool is_tenant_open = false;
    bool is_user_open = false;
};

/// A name in the scenario that must exist elsewhere in it.
struct named_reference {
    std::string name;
    node const* at = nullptr;
};

/// What the compilers share while one scenario is compiled.
struct compiler {
    load_options const& options;
    std::string file;
    problem_list& problems;
    scenario out{};
    known_slots known{};
    std::vector<slot_use> uses{};
    /// Values of `as`, checked when roles and credentials are known.
    std::vector<named_reference> senders{};
    /// Stores that SQL steps name.
    std::vector<named_reference> stores{};
    std::vector<std::string> warnings{};
    /// Secrets made from others: (name, value).
    std::vector<std::pair<std::string, std::string>> derived_secrets{};

    void fault(node const& at, std::string what) { problems.add(at, std::move(what)); }
    target::source_place place(node const& at) const { return {file, at.line, at.column}; }
    /// Compiles a template and remembers its slots for the check.
    target::template_text
    text(node const& from, target::escape how, slot_scope where, std::string const& resource = {});
    /// A path in the scenario, relative to the scenario's own folder.
    std::string resolve(std::string const& path) const;
};

/// Tells of entries of one list that have the same name.
class name_register {
public:
    /// @param kind  what the entries are: "phase".
    name_register(compiler& c, std::string_view kind) : compiler_{c}, kind_{kind} {}

    /// @param at  what the fault is told of.
    void enter(node const& at, std::string const& name);

private:
    compiler& compiler_;
    std::string_view kind_;
    std::map<std::string, int> lines_;
};

/// Whom an operation concerns.
struct operation_owner {
    std::string name;
    slot_scope where = slot_scope::free;
    std::string resource;
    /// Where its captures go; nothing keeps them if null.
    std::set<std::string>* captures = nullptr;
    /// Whether a form that does not say what it expects may be answered by a redirect. A log-in may
    /// not: one that fails is led back to its page.
    bool may_redirect = true;
};

target::operation compile_operation(compiler& c, node const& from, operation_owner const& owner);

/// A message in place of the body of `to`: JSON with slots, or a text as it is.
void compile_message(
    compiler& c, node const& from, operation_owner const& owner, target::operation& to
);

/// The statuses under `key`, one or a list; none if it is absent.
std::vector<target::status_range> compile_statuses(node const& from, std::string_view key);

using header_templates = std::vector<std::pair<std::string, target::template_text>>;

/// `headers:` and the shorthand `basic:` of `from`.
header_templates
compile_headers(compiler& c, node const& from, slot_scope where, std::string const& resource = {});

/// Where sections, stores and operations are written; once the operations are known.
void note_places(compiler& c, node const& root);

void compile_target(compiler& c, node const& from);
void compile_processes(compiler& c, node const& target);
void compile_identity(compiler& c, node const& target);
/// What `{path: true}` stands for, once the paths are known.
void complete_path_identity(compiler& c, node const& root);
void compile_tenants(compiler& c, node const& from);
void compile_resources(compiler& c, node const& root);
void compile_stores(compiler& c, node const& from);
void compile_sharing(compiler& c, node const& from);
void compile_quotas(compiler& c, node const& from);
void compile_plans(compiler& c, node const& from);
void compile_audit(compiler& c, node const& from);
void compile_usage(compiler& c, node const& from);
void compile_webhooks(compiler& c, node const& from);
void compile_logs(compiler& c, node const& from);
void compile_backup(compiler& c, node const& from);
void compile_sweeps(compiler& c, node const& from);
void compile_impersonate(compiler& c, node const& from);
void compile_traffic(compiler& c, node const& from);
void compile_probes(compiler& c, node const& from);
void compile_experiments(compiler& c, node const& from);
void compile_drill(compiler& c, node const& from);
void compile_criteria(compiler& c, node const& from);
void compile_waivers(compiler& c, node const& from);

/// The requirement at `at`; a fault is reported with its column.
std::optional<verdict::requirement> compile_requirement(compiler& c, node const& at);

/// Checks that need everything: slots, senders, stores.
void check_references(compiler& c, node const& root);
void check_slots(compiler& c);

/// `sql: drill/forward.sql` is a file, anything else is statements.
drill::sql_step compile_sql(compiler& c, node const& from);
/// A request of the system that a drill works on.
drill::http_step compile_call(compiler& c, node const& from, std::string const& name);
/// The steps that the member `part` of `from` lists.
std::vector<drill::step> compile_steps(compiler& c, node const& from, std::string const& part);
/// "users.read: 50"; reports nothing.
std::vector<std::pair<std::string, double>> compile_weights(node const* from);
/// Reports each of `from`'s `operations` that the scenario does not have.
void check_operations(compiler& c, node const& from);

/// Whether a host may be touched; reports it at `at` otherwise.
void check_host(compiler& c, node const& at, std::string const& host, std::uint16_t port);

/// Every operation that traffic may name.
std::vector<std::string> operation_names(scenario const& s);
/// What traffic may send to stores themselves.
std::vector<target::store_operation const*> store_operations(scenario const& s);
/// Every operation with slots and requests, in the scenario's order.
std::vector<target::operation const*> all_operations(scenario const& s);

/// A template as it was written.
std::string shown(target::template_text const& text);
/// A command's words, or a statement's arguments, quoted as a shell would want them.
std::string words_of(target::store_operation const& op);

/// Reports a name of a member that is none of `known`. @param kind  "resource".
void check_name(
    compiler& c,
    node const& at,
    std::string const& name,
    std::vector<std::string> const& known,
    std::string_view kind
);
/// The operations that a request can be named after.
std::vector<std::string> request_names(compiler const& c);

// Values of a map's members; the fallback where the member is absent or bad.
std::string text_of(node const& from, std::string_view key, std::string_view fallback = {});
bool flag_of(node const& from, std::string_view key, bool fallback = false);
double number_of(node const& from, std::string_view key, double fallback);
std::size_t count_of(node const& from, std::string_view key, std::size_t fallback);
/// A text or a list of texts.
std::vector<std::string> texts_of(node const& from, std::string_view key);
std::optional<std::chrono::nanoseconds> duration_of(node const& from, std::string_view key);
std::optional<double> rate_of(node const& from, std::string_view key);
/// Reports a share above the whole.
std::optional<double> share_of(compiler& c, node const& value);

} // namespace watertight::scenario
