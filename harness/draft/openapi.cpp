#include "harness/base/text.hpp"
#include "harness/draft/openapi_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace watertight::draft {

namespace {

constexpr std::array<std::string_view, 7> methods{
    "get", "post", "put", "patch", "delete", "head", "options"};
constexpr std::size_t shown_references_max = 5;

/// What else people hand over, by a key that each has.
std::string what_it_is(node const& root)
{
    auto const* const info = root.find("info");
    auto const schema = info == nullptr ? std::string{} : info->text_of("schema");
    if (schema.find("getpostman") != schema.npos) return "this is a Postman collection";
    if (root.find("log") != nullptr) return "this is a HAR recording: give it with --har";
    if (root.find("asyncapi") != nullptr) return "this is an AsyncAPI document";
    if (root.find("watertight") != nullptr) return "this is a scenario already";
    if (root.find("__schema") != nullptr) return "this is a GraphQL schema";
    static std::vector<std::string> const known{"openapi", "swagger"};
    for (auto const& m : root.members) {
        if (auto const meant = nearest(m.key, known)) {
            return fmt::format("{} is no key of OpenAPI; did you mean {}?", m.key, *meant);
        }
    }
    return "this is no OpenAPI document";
}

/// Names of schemes of the first alternative that asks for any.
void read_security(openapi_source& source, node const& operation, call& out)
{
    auto const* security = operation.find("security");
    if (security == nullptr) security = source.refs.root().find("security");
    if (security == nullptr) return;
    out.is_anonymous = security->items.empty();
    for (auto const& alternative : security->items) {
        if (!out.schemes.empty()) break;
        for (auto const& m : alternative.members) out.schemes.push_back(m.key);
    }
}

call read_call(
    openapi_source& source,
    std::string const& path,
    node const& item,
    node const& operation,
    std::string_view method
)
{
    call out;
    out.path = path;
    for (auto const c : method) out.method += static_cast<char>(c - 'a' + 'A');
    out.id = operation.text_of("operationId");
    auto const parameters = parameters_of(source, item, operation);
    for (auto const* const p : parameters) {
        auto const in = p->text_of("in");
        if (in == "body" || in == "formData") continue;
        out.parameters.push_back(read_parameter(source, *p));
    }
    if (method != "get" && method != "head") {
        out.body = read_body(source, operation, parameters);
    }
    read_answers(source, operation, out);
    read_security(source, operation, out);
    return out;
}

void read_paths(openapi_source& source, node const& paths, description& out)
{
    for (auto const& m : paths.members) {
        if (!m.key.starts_with('/')) continue;
        // Fragments tell apart operations that share a path; requests do not have them.
        auto const path = m.key.substr(0, m.key.find_first_of("?#"));
        auto const* const item = source.refs.follow(&m.value);
        if (item == nullptr) continue;
        for (auto const method : methods) {
            auto const* const operation = item->find(method);
            if (operation == nullptr || !operation->is_map()) continue;
            auto const upper = [&](call const& c) { return to_lower(c.method) == method; };
            auto const is_known = std::ranges::any_of(out.calls, [&](call const& c) {
                return c.path == path && upper(c);
            });
            if (!is_known) out.calls.push_back(read_call(source, path, *item, *operation, method));
        }
    }
}

} // namespace

result<description> read_openapi(node const& root, std::string const& file)
{
    if (!root.is_map() || (root.find("openapi") == nullptr && root.find("swagger") == nullptr)) {
        return fault_at(
            file,
            root,
            what_it_is(root) + "; a mapping with \"openapi: 3.x\" or \"swagger: 2.0\" was expected"
        );
    }
    auto const is_swagger = root.find("swagger") != nullptr;
    auto const* const version = root.find(is_swagger ? "swagger" : "openapi");
    auto const is_known = version->text.starts_with(is_swagger ? "2." : "3.");
    if (!is_known) {
        return fault_at(
            file,
            *version,
            fmt::format(
                "version {} of {} is not understood; 2.0, 3.0 and 3.1 are",
                version->text,
                is_swagger ? "Swagger" : "OpenAPI"
            )
        );
    }
    auto const* const paths = root.find("paths");
    if (paths == nullptr || !paths->is_map() || paths->members.empty()) {
        auto const& at = paths == nullptr ? root : *paths;
        return fault_at(file, at, "the document describes no paths, so there is nothing to send");
    }
    openapi_source source{references{root}, is_swagger};
    description out;
    out.format = fmt::format("{} {}", is_swagger ? "Swagger" : "OpenAPI", version->text);
    auto const* const info = root.find("info");
    out.title = info == nullptr ? "" : info->text_of("title");
    out.servers = read_servers(source);
    out.schemes = read_schemes(source);
    read_paths(source, *paths, out);
    if (out.calls.empty()) {
        return fault_at(file, *paths, "no path has an operation, so there is nothing to send");
    }
    auto const& broken = source.refs.broken();
    for (std::size_t i = 0; i < std::min(broken.size(), shown_references_max); ++i) {
        out.notes.push_back(fmt::format("{} leads to nothing in this document", broken[i]));
    }
    if (broken.size() > shown_references_max) {
        out.notes.push_back(
            fmt::format("{} further references do so, too", broken.size() - shown_references_max)
        );
    }
    return out;
}

} // namespace watertight::draft
