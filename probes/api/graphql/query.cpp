#include "harness/probe/toolbox.hpp"
#include "probes/api/graphql/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::graphql {

using nlohmann::ordered_json;

// A query in three parts: what stands before the outermost braces, between them, and behind.
struct parts {
    std::string head;
    std::string fields;
    std::string tail;
};

static std::size_t closing_of(std::string_view text, std::size_t open, char begin, char end)
{
    auto depth = 0;
    auto is_quoted = false;
    for (auto i = open; i < text.size(); ++i) {
        if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) is_quoted = !is_quoted;
        if (is_quoted) continue;
        if (text[i] == begin) ++depth;
        if (text[i] == end && --depth == 0) return i;
    }
    return std::string_view::npos;
}

static std::optional<parts> take_apart(std::string_view query)
{
    auto begin = query.find_first_of("({");
    if (begin == query.npos) return std::nullopt;
    if (query[begin] == '(') {
        auto const end = closing_of(query, begin, '(', ')');
        begin = end == query.npos ? end : query.find('{', end);
    }
    if (begin == query.npos) return std::nullopt;
    auto const end = closing_of(query, begin, '{', '}');
    if (end == query.npos) return std::nullopt;
    return parts{
        std::string{query.substr(0, begin)},
        std::string{trim(query.substr(begin + 1, end - begin - 1))},
        std::string{query.substr(end + 1)}};
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The first field with its arguments and what is selected of it, without an alias.
static std::string first_field(std::string_view fields)
{
    std::size_t at = 0;
    auto const skip = [&](auto const& while_) {
        while (at < fields.size() && while_(fields[at])) ++at;
    };
    auto const is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    skip(is_name);
    skip(is_blank);
    std::size_t begin = 0;
    if (at < fields.size() && fields[at] == ':') {
        ++at;
        skip(is_blank);
        begin = at;
        skip(is_name);
        skip(is_blank);
    }
    auto end = at;
    for (auto const& [open, close] : {std::pair{'(', ')'}, std::pair{'{', '}'}}) {
        if (at >= fields.size() || fields[at] != open) continue;
        auto const closing = closing_of(fields, at, open, close);
        if (closing == fields.npos) return {};
        end = at = closing + 1;
        skip(is_blank);
    }
    return std::string{trim(fields.substr(begin, end - begin))};
}

// `$name` in place of another; not where it only begins so.
static std::string
with_variable(std::string_view text, std::string const& name, std::string const& instead)
{
    std::string out;
    auto const mark = "$" + name;
    while (true) {
        auto const at = text.find(mark);
        auto const end = at == text.npos ? at : at + mark.size();
        if (at == text.npos) return out + std::string{text};
        auto const is_longer = end < text.size() && is_name(text[end]);
        out += std::string{text.substr(0, at)} + (is_longer ? mark : "$" + instead);
        text.remove_prefix(end);
    }
}

// "ID!" of "query ($id: ID!)".
static std::string type_of(std::string_view head, std::string const& name)
{
    auto const at = head.find("$" + name);
    auto const colon = at == head.npos ? at : head.find(':', at);
    if (colon == head.npos) return {};
    auto const end = head.find_first_of(",)$=", colon);
    return std::string{trim(head.substr(colon + 1, end - colon - 1))};
}

bool is_query(target::operation const& op)
{
    if (op.body != target::body_kind::json || op.method != "POST") return false;
    std::string text;
    for (auto const& piece : op.body_text.pieces()) {
        text += piece.slot.empty() ? piece.literal : "0";
    }
    auto const body = ordered_json::parse(text, nullptr, false);
    if (!body.is_object() || !body.contains("query") || !body["query"].is_string()) return false;
    auto const query = std::string{trim(body["query"].get<std::string>())};
    return (query.starts_with("query") || query.starts_with("{")) && take_apart(query);
}

std::optional<std::string> with_alias(
    std::string_view body, std::string_view own, std::string_view foreign, bool foreign_first
)
{
    auto out = ordered_json::parse(body, nullptr, false);
    if (!out.is_object() || !out.contains("query") || !out["query"].is_string()) return {};
    auto query = take_apart(out["query"].get<std::string>());
    if (!query) return std::nullopt;
    auto field = first_field(query->fields);
    auto const before = field;
    field = replace_all(field, "\"" + std::string{own} + "\"", "\"" + std::string{foreign} + "\"");
    auto const variables = out.value("variables", ordered_json::object());
    for (auto const& [name, value] : variables.items()) {
        auto const text = value.is_string() ? value.get<std::string>() : value.dump();
        auto const type = type_of(query->head, name);
        if (text != own || type.empty()) continue;
        auto const other = name + "Wt";
        field = with_variable(field, name, other);
        auto const end = query->head.rfind(')');
        query->head.insert(end, ", $" + other + ": " + type);
        auto const number = ordered_json::parse(foreign, nullptr, false);
        out["variables"][other] =
            value.is_string() || number.is_discarded() ? ordered_json(foreign) : number;
    }
    if (field.empty() || field == before) return std::nullopt;
    field = "wtOther: " + field;
    auto const fields = foreign_first ? field + " " + query->fields : query->fields + " " + field;
    out["query"] = query->head + "{ " + fields + " }" + query->tail;
    return out.dump();
}

std::vector<variant> variants(
    std::string_view body, std::string_view other, std::string_view own, std::string_view foreign
)
{
    std::vector<variant> out;
    for (auto const foreign_first : {false, true}) {
        auto aliased = with_alias(body, own, foreign, foreign_first);
        auto const* const order = foreign_first ? ", before its own" : "";
        if (aliased) out.push_back({std::string{"under an alias"} + order, std::move(*aliased)});
        auto const first = std::string{foreign_first ? other : body};
        auto const second = std::string{foreign_first ? body : other};
        out.push_back({std::string{"in a batch"} + order, "[" + first + "," + second + "]"});
    }
    return out;
}

} // namespace watertight::probes::api::graphql
