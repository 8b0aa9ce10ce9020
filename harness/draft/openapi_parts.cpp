#include "harness/draft/openapi_parts.hpp"

#include "harness/base/text.hpp"
#include "harness/draft/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::draft {

std::vector<node const*>
parameters_of(openapi_source& source, node const& item, node const& operation)
{
    std::vector<node const*> out;
    for (auto const* const owner : {&operation, &item}) {
        auto const* const list = owner->find("parameters");
        if (list == nullptr) continue;
        for (auto const& entry : list->items) {
            auto const* const p = source.refs.follow(&entry);
            if (p == nullptr) continue;
            auto const is_same = [&](node const* other) {
                return other->text_of("name") == p->text_of("name") &&
                       other->text_of("in") == p->text_of("in");
            };
            if (std::ranges::none_of(out, is_same)) out.push_back(p);
        }
    }
    return out;
}

static std::string sample_text(node const* n)
{
    if (n == nullptr) return {};
    if (n->is_list()) return n->items.empty() ? std::string{} : sample_text(&n->items.front());
    return n->is_scalar() && n->type != node::kind::null ? n->text : std::string{};
}

static node const* first_example(openapi_source& source, node const* owner)
{
    if (owner == nullptr) return nullptr;
    if (auto const* const one = owner->find("example")) return one;
    auto const* const some = owner->find("examples");
    if (some == nullptr) return nullptr;
    // OpenAPI 3.1's schemas list values; elsewhere they are named objects with one.
    if (some->is_list()) return some->items.empty() ? nullptr : &some->items.front();
    if (some->members.empty()) return nullptr;
    auto const* const first = source.refs.follow(&some->members.front().value);
    return first == nullptr ? nullptr : first->find("value");
}

// What an optional parameter may be, as far as the document says.
static std::vector<std::string> choices_of(shape const& s)
{
    static constexpr std::size_t choices_max = 4;
    std::vector<std::string> out;
    if (auto const* const all = s.find("enum"); all != nullptr) {
        for (auto const& value : all->items) {
            auto text = sample_text(&value);
            if (!text.empty() && out.size() < choices_max) out.push_back(std::move(text));
        }
        return out;
    }
    if (s.type() == "boolean") return {"true"};
    if (s.text("format") == "date-time") return {"1970-01-01T00:00:00Z"};
    if (s.text("format") == "date") return {"1970-01-01"};
    return out;
}

parameter read_parameter(openapi_source& source, node const& from)
{
    parameter out{from.text_of("name"), parameter_place::query, from.flag_of("required"), {}};
    auto const in = from.text_of("in");
    if (in == "path") out.in = parameter_place::path;
    if (in == "header") out.in = parameter_place::header;
    if (in == "cookie") out.in = parameter_place::cookie;
    auto const* const schema = from.find("schema");
    shape const s{source.refs, schema == nullptr ? &from : schema};
    for (auto const* const n :
         {first_example(source, &from), s.find("example"), s.find("default"), s.find("enum")})
    {
        if (out.sample.empty()) out.sample = sample_text(n);
    }
    out.choices = choices_of(s);
    if (s.type() == "array") {
        shape const item{source.refs, s.find("items")};
        out.choices = choices_of(item);
        if (out.sample.empty()) out.sample = sample_text(item.find("enum"));
    }
    // A default changes nothing.
    auto const* const example = first_example(source, &from);
    if (out.choices.empty() && example != nullptr && s.type() == "string") {
        out.choices.push_back(sample_text(example));
    }
    if (out.sample.empty() && s.type() == "boolean") out.sample = "false";
    return out;
}

// How readily a scenario sends a content type; the lower the better.
static int type_rank(std::string_view type)
{
    if (type == "application/json") return 0;
    if (type.find("json-patch") != type.npos || type.find("apply-patch") != type.npos) return 9;
    if (type.find("strategic-merge") != type.npos) return 8;
    if (type.find("json") != type.npos) return 1;
    if (type == "application/x-www-form-urlencoded") return 2;
    if (type == "multipart/form-data") return 3;
    return type == "*/*" ? 4 : 6;
}

static body_form form_of(std::string_view type)
{
    switch (type_rank(type)) {
    case 2:
        return body_form::form;
    case 3:
        return body_form::multipart;
    case 6:
        return body_form::raw;
    default:
        return body_form::json;
    }
}

static drafted_body
body_as(openapi_source& source, std::string const& type, node const* schema, node const* example)
{
    auto out = body_of_schema(source.refs, schema, example);
    out.form = form_of(type);
    if (out.form == body_form::json && type.ends_with("json") && type != "application/json") {
        out.type = type;
    }
    if (out.form == body_form::raw) {
        out.type = type;
        out.value = "{canary}";
        out.has_canary = true;
    }
    return out;
}

// Swagger 2.0's fields of a form, as the schema of an object.
static node form_schema(std::vector<node const*> const& parameters)
{
    node out{.type = node::kind::map};
    node properties{.type = node::kind::map};
    node required{.type = node::kind::list};
    for (auto const* const p : parameters) {
        if (p->text_of("in") != "formData") continue;
        properties.members.push_back({p->text_of("name"), *p});
        if (p->flag_of("required")) {
            required.items.push_back({.type = node::kind::text, .text = p->text_of("name")});
        }
        // `required: true` of a parameter is no list of names.
        std::erase_if(properties.members.back().value.members, [](node_member const& m) {
            return m.key == "required";
        });
    }
    out.members.push_back({"properties", std::move(properties)});
    out.members.push_back({"required", std::move(required)});
    return out;
}

static std::string consumed_type(openapi_source& source, node const& operation)
{
    auto const* consumes = operation.find("consumes");
    if (consumes == nullptr) consumes = source.refs.root().find("consumes");
    std::string best;
    if (consumes == nullptr) return best;
    for (auto const& one : consumes->items) {
        if (best.empty() || type_rank(one.text) < type_rank(best)) best = one.text;
    }
    return best;
}

static std::optional<drafted_body> swagger_body(
    openapi_source& source, node const& operation, std::vector<node const*> const& parameters
)
{
    auto const is_body = [](node const* p) { return p->text_of("in") == "body"; };
    auto const is_field = [](node const* p) { return p->text_of("in") == "formData"; };
    auto const type = consumed_type(source, operation);
    if (auto const body = std::ranges::find_if(parameters, is_body); body != parameters.end()) {
        auto const known = type.empty() ? std::string{"application/json"} : type;
        return body_as(source, known, (*body)->find("schema"), nullptr);
    }
    if (std::ranges::none_of(parameters, is_field)) return std::nullopt;
    auto const schema = form_schema(parameters);
    auto out = body_of_schema(source.refs, &schema, nullptr);
    auto const is_file = [](node const* p) { return p->text_of("type") == "file"; };
    auto const is_multipart =
        type == "multipart/form-data" || std::ranges::any_of(parameters, is_file);
    out.form = is_multipart ? body_form::multipart : body_form::form;
    return out;
}

std::optional<drafted_body>
read_body(openapi_source& source, node const& operation, std::vector<node const*> const& parameters)
{
    if (source.is_swagger) return swagger_body(source, operation, parameters);
    auto const* const body = source.refs.follow(operation.find("requestBody"));
    auto const* const content = body == nullptr ? nullptr : body->find("content");
    if (content == nullptr || content->members.empty()) return std::nullopt;
    auto const best = std::ranges::min_element(content->members, {}, [](node_member const& m) {
        return type_rank(m.key.substr(0, m.key.find(';')));
    });
    auto const type = best->key.substr(0, best->key.find(';'));
    auto const* const media = &best->value;
    return body_as(source, type, media->find("schema"), first_example(source, media));
}

static json_value answer_of(openapi_source& source, node const& response)
{
    if (source.is_swagger) return answer_of_schema(source.refs, response.find("schema"));
    auto const* const content = response.find("content");
    if (content == nullptr || content->members.empty()) return nullptr;
    auto const best = std::ranges::min_element(content->members, {}, [](node_member const& m) {
        return type_rank(m.key.substr(0, m.key.find(';')));
    });
    auto out = answer_of_schema(source.refs, best->value.find("schema"));
    auto const* const example = first_example(source, &best->value);
    auto const says_nothing = !out.is_object() && !out.is_array();
    return says_nothing && example != nullptr ? json_of(*example) : out;
}

static void read_kind_of_answer(openapi_source& source, node const& response, call& out)
{
    auto const* const content = response.find("content");
    auto const* schema = response.find("schema");
    auto const members = content == nullptr ? 0 : content->members.size();
    for (std::size_t i = 0; i < members; ++i) {
        auto const& m = content->members[i];
        if (m.key.starts_with("text/event-stream")) out.is_stream = true;
        if (type_rank(m.key.substr(0, m.key.find(';'))) <= 1) schema = m.value.find("schema");
    }
    if (!out.state) out.state = state_of_schema(source.refs, schema);
}

void read_answers(openapi_source& source, node const& operation, call& out)
{
    auto const* const responses = operation.find("responses");
    if (responses == nullptr) return;
    for (auto const& m : responses->members) {
        int status = 0;
        std::from_chars(m.key.data(), m.key.data() + m.key.size(), status);
        if (m.key == "2XX" || m.key == "2xx" || m.key == "default") status = 0;
        auto const is_success = (status >= 200 && status < 300) || m.key.starts_with("2");
        auto const is_fallback = m.key == "default" && out.answer.is_null();
        if (!is_success && !is_fallback) continue;
        if (status != 0) out.success.push_back(status);
        auto const* const response = source.refs.follow(&m.value);
        if (response == nullptr) continue;
        if (auto const* const headers = response->find("headers")) {
            auto const is_location = [](node_member const& h) {
                return iequals(h.key, "location");
            };
            out.tells_location |= std::ranges::any_of(headers->members, is_location);
        }
        read_kind_of_answer(source, *response, out);
        auto answer = answer_of(source, *response);
        if (out.answer.is_null() && !answer.is_null()) out.answer = std::move(answer);
    }
}

static security_scheme read_scheme(std::string const& name, node const& from)
{
    security_scheme out{name, scheme_kind::other, from.text_of("name")};
    auto const type = from.text_of("type");
    auto const scheme = to_lower(from.text_of("scheme"));
    auto const in = from.text_of("in");
    if (type == "basic" || scheme == "basic") out.kind = scheme_kind::basic;
    if (scheme == "bearer" || type == "oauth2" || type == "openIdConnect") {
        out.kind = scheme_kind::bearer;
    }
    if (type == "apiKey") {
        out.kind = in == "query"    ? scheme_kind::key_in_query
                   : in == "cookie" ? scheme_kind::key_in_cookie
                                    : scheme_kind::key_in_header;
        // "Authorization: Bearer ..." described as a key.
        if (iequals(out.key_name, "authorization")) out.kind = scheme_kind::bearer;
    }
    out.token_url = from.text_of("tokenUrl");
    if (auto const* const flows = from.find("flows")) {
        for (auto const& flow : flows->members) {
            if (out.token_url.empty()) out.token_url = flow.value.text_of("tokenUrl");
        }
    }
    return out;
}

std::vector<security_scheme> read_schemes(openapi_source& source)
{
    std::vector<security_scheme> out;
    auto const& root = source.refs.root();
    auto const* const components = root.find("components");
    auto const* const schemes = source.is_swagger       ? root.find("securityDefinitions")
                                : components == nullptr ? nullptr
                                                        : components->find("securitySchemes");
    if (schemes == nullptr) return out;
    for (auto const& m : schemes->members) {
        auto const* const scheme = source.refs.follow(&m.value);
        if (scheme != nullptr) out.push_back(read_scheme(m.key, *scheme));
    }
    return out;
}

std::vector<server> read_servers(openapi_source& source)
{
    auto const& root = source.refs.root();
    if (source.is_swagger) {
        auto const* const schemes = root.find("schemes");
        auto const secure = schemes == nullptr || schemes->items.empty() ||
                            std::ranges::count(schemes->items, "https", &node::text) != 0;
        auto const host = root.text_of("host");
        auto const base = root.text_of("basePath");
        auto const origin = host.empty() ? "" : (secure ? "https://" : "http://") + host;
        return {{origin + base, {}}};
    }
    std::vector<server> out;
    auto const* const servers = root.find("servers");
    if (servers == nullptr) return out;
    for (auto const& entry : servers->items) {
        server s{entry.text_of("url"), {}};
        if (auto const* const variables = entry.find("variables")) {
            for (auto const& m : variables->members) s.variables.push_back(m.key);
        }
        out.push_back(std::move(s));
    }
    return out;
}

} // namespace watertight::draft
