#include "scenarios/lab/core/http.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::lab {

std::optional<std::string_view> request::header(std::string_view name) const
{
    for (auto const& [key, value] : headers)
        if (iequals(key, name)) return value;
    return std::nullopt;
}

std::optional<std::string_view> request::query_value(std::string_view name) const
{
    for (auto const& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

long request::query_number(std::string_view name, long otherwise, long low, long high) const
{
    auto const text = query_value(name);
    if (!text) return otherwise;

    long value = 0;
    auto const* const end = text->data() + text->size();
    auto const [stop, error] = std::from_chars(text->data(), end, value);
    if (error != std::errc{} || stop != end) return otherwise;
    return std::clamp(value, low, high);
}

response error_response(int status, std::string_view code, std::string_view message)
{
    response out;
    out.status = status;
    out.body = R"({"error":{"code":")";
    append_json_escaped(out.body, code);
    out.body += R"(","message":")";
    append_json_escaped(out.body, message);
    out.body += "\"}}";
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string url_decode(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        auto const escaped = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                             hex_digit(text[i + 2]) >= 0;
        if (escaped) {
            out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' && plus_is_space ? ' ' : text[i];
        }
    }
    return out;
}

void set_target(request& out, std::string_view target)
{
    auto const mark = target.find('?');
    auto path = target.substr(0, mark);
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    out.path = path;
    if (mark == std::string_view::npos) return;

    for (auto const part : split(target.substr(mark + 1), '&')) {
        if (part.empty()) continue;
        auto const equals = part.find('=');
        auto const value =
            equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
        out.query.emplace_back(url_decode(part.substr(0, equals), true), url_decode(value, true));
    }
}

// The value of a parameter such as filename="…" in a header.
static std::optional<std::string> parameter_of(std::string_view header, std::string_view name)
{
    for (auto part : split(header, ';')) {
        part = trim(part);
        auto const equals = part.find('=');
        if (equals == std::string_view::npos || !iequals(part.substr(0, equals), name)) continue;
        auto value = part.substr(equals + 1);
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        return std::string{value};
    }
    return std::nullopt;
}

static std::optional<upload> read_part(std::string_view part)
{
    auto const head_end = part.find("\r\n\r\n");
    if (head_end == std::string_view::npos) return std::nullopt;

    upload out;
    bool is_file = false;
    for (auto line : split(part.substr(0, head_end), '\n')) {
        line = trim(line);
        auto const colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        auto const value = trim(line.substr(colon + 1));
        if (iequals(line.substr(0, colon), "Content-Type")) out.content_type = value;
        if (!iequals(line.substr(0, colon), "Content-Disposition")) continue;
        if (auto name = parameter_of(value, "filename")) {
            out.name = std::move(*name);
            is_file = true;
        }
    }
    if (!is_file) return std::nullopt;
    out.content = part.substr(head_end + 4);
    return out;
}

static std::optional<upload> read_multipart(std::string_view body, std::string const& boundary)
{
    auto const mark = "--" + boundary;
    auto at = body.find(mark);
    while (at != std::string_view::npos) {
        auto const start = at + mark.size();
        if (body.substr(start).starts_with("--")) break;
        auto const next = body.find("\r\n" + mark, start);
        if (next == std::string_view::npos) break;
        auto part = body.substr(start, next - start);
        if (part.starts_with("\r\n")) part.remove_prefix(2);
        if (auto file = read_part(part)) return file;
        at = next + 2;
    }
    return std::nullopt;
}

upload read_upload(request const& in)
{
    auto const type = in.header("Content-Type").value_or("application/octet-stream");
    if (to_lower(type).starts_with("multipart/form-data")) {
        auto const boundary = parameter_of(type, "boundary");
        auto file = boundary ? read_multipart(in.body, *boundary) : std::nullopt;
        if (!file) throw refusal{400, "VALIDATION", "the form holds no file"};
        return std::move(*file);
    }
    auto const name = in.header("X-File-Name") ? in.header("X-File-Name") : in.query_value("name");
    if (!name || name->empty()) {
        throw refusal{400, "VALIDATION", "name the file: X-File-Name, ?name= or a multipart form"};
    }
    return {.name = std::string{*name}, .content_type = std::string{type}, .content = in.body};
}

std::string_view reason_of(int status)
{
    switch (status) {
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 204:
        return "No Content";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 409:
        return "Conflict";
    case 413:
        return "Payload Too Large";
    case 422:
        return "Unprocessable Entity";
    case 429:
        return "Too Many Requests";
    case 500:
        return "Internal Server Error";
    case 503:
        return "Service Unavailable";
    default:
        return "Status";
    }
}

} // namespace watertight::lab
