#include "harness/evidence/reproduction.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"

#include <algorithm>
#include <array>

namespace watertight::evidence {

namespace {

/// A text cut at the variables in it: what stands before each, then what is left.
struct piece {
    std::string_view literal;
    /// Empty for the last piece.
    std::string_view variable;
};

} // namespace

static bool is_name_character(char c)
{
    return is_letter(c) || is_digit(c) || c == '_';
}

// The name that follows a '$' at `at`, if it is one of those listed.
static std::string_view
variable_at(std::string_view text, std::size_t at, std::vector<std::string> const& variables)
{
    auto end = at + 1;
    while (end < text.size() && is_name_character(text[end])) ++end;
    auto const name = text.substr(at + 1, end - at - 1);
    return std::ranges::find(variables, name) == variables.end() ? std::string_view{} : name;
}

static std::vector<piece> cut(std::string_view text, std::vector<std::string> const& variables)
{
    std::vector<piece> out;
    std::size_t begin = 0;
    for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        auto const name = variable_at(text, at, variables);
        if (name.empty()) continue;
        out.push_back({text.substr(begin, at - begin), name});
        begin = at + 1 + name.size();
    }
    out.push_back({text.substr(begin), {}});
    return out;
}

static bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

static std::string expandable(std::string_view name)
{
    return "\"$" + std::string{name} + '"';
}

static std::string quote(std::string_view text, std::vector<std::string> const& variables)
{
    std::string out;
    auto const pieces = cut(text, variables);
    for (auto const& p : pieces) {
        if (!p.literal.empty() || pieces.size() == 1) out += shell_quote(p.literal);
        if (!p.variable.empty()) out += expandable(p.variable);
    }
    return out;
}

// As the format of printf(1), so that the command stays one line and may hold any byte.
static std::string printf_format(std::string_view text)
{
    std::string out;
    for (char const c : text) {
        if (is_control(c)) {
            auto const byte = static_cast<unsigned char>(c);
            out += '\\';
            for (int const shift : {6, 3, 0}) out += static_cast<char>('0' + ((byte >> shift) & 7));
        } else if (c == '%' || c == '\\') {
            out += c;
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

static std::string printf_command(std::string_view text, std::vector<std::string> const& variables)
{
    std::string format;
    std::string arguments;
    for (auto const& p : cut(text, variables)) {
        format += printf_format(p.literal);
        if (p.variable.empty()) continue;
        format += "%s";
        arguments += ' ' + expandable(p.variable);
    }
    // A format that begins with '-' would be read as an option.
    auto const guard = format.starts_with('-') ? "-- " : "";
    return std::string{"printf "} + guard + "'" + replace_all(format, "'", "'\\''") + "'" +
           arguments;
}

static bool has_header(curl_request const& r, std::string_view name)
{
    return std::ranges::any_of(r.headers, [&](auto const& h) { return iequals(h.first, name); });
}

static std::string options_of(curl_request const& r)
{
    std::string out = " -sS -i";
    if (r.insecure) out += " --insecure";
    if (r.method == "HEAD")
        out += " --head";
    else if (r.method != "GET" || !r.body.empty())
        out += " -X " + shell_quote(r.method);
    // curl would otherwise expand brackets and tidy up the path, which a probe means as it stands.
    if (r.url.find_first_of("[]{}") != r.url.npos) out += " --globoff";
    if (r.url.find("/.") != r.url.npos) out += " --path-as-is";
    return out;
}

std::string curl_command(curl_request const& r, std::vector<std::string> const& variables)
{
    std::string out = "curl" + options_of(r);
    for (auto const& [name, value] : r.headers) {
        auto const line = value.empty() ? name + ';' : name + ": " + value;
        out += " -H " + quote(line, variables);
    }
    // Without this curl calls every body a form.
    if (!r.body.empty() && !has_header(r, "content-type")) out += " -H Content-Type:";
    std::string feed;
    if (std::ranges::any_of(r.body, is_control)) {
        feed = printf_command(r.body, variables) + " | ";
        out += " --data-binary @-";
    } else if (!r.body.empty()) {
        out += " --data-raw " + quote(r.body, variables);
    }
    return feed + out + ' ' + quote(r.url, variables);
}

std::string psql_command(std::string_view url_variable, std::string_view sql)
{
    auto const quoted = "'" + replace_all(std::string{sql}, "'", "'\\''") + "'";
    return "psql " + expandable(url_variable) + " -c " + quoted;
}

std::string redis_command(std::string_view url_variable, std::vector<std::string> const& words)
{
    std::string out = "redis-cli -u " + expandable(url_variable);
    for (auto const& word : words) out += ' ' + shell_quote(word);
    return out;
}

std::string mongo_command(std::string_view url_variable, std::string_view script)
{
    return "mongosh " + expandable(url_variable) + " --eval " + shell_quote(script);
}

static std::string_view take_line(std::string_view& rest)
{
    auto const end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// What curl computes itself, or what belongs to the connection rather than to the request.
static bool is_for_curl(std::string_view name)
{
    static constexpr std::array<std::string_view, 5> computed{
        "content-length", "transfer-encoding", "connection", "keep-alive", "expect"};
    return std::ranges::any_of(computed, [&](auto known) { return iequals(known, name); });
}

static std::string unchunk(std::string_view rest)
{
    std::string out;
    while (!rest.empty()) {
        auto const line = take_line(rest);
        std::size_t size = 0;
        for (auto const c : line) {
            if (!is_hex(c)) break;
            size = size * 16 + hex_value(c);
            if (size > rest.size()) break;
        }
        if (size == 0) break;
        out += rest.substr(0, size);
        rest.remove_prefix(std::min(size, rest.size()));
        take_line(rest);
    }
    return out;
}

static std::string_view authority_of(std::string_view url)
{
    auto const scheme = url.find("://");
    if (scheme != url.npos) url.remove_prefix(scheme + 3);
    return url.substr(0, url.find_first_of("/?#"));
}

curl_request from_wire(std::string_view origin, std::string_view wire)
{
    curl_request out;
    auto const start = take_line(wire);
    auto const method_end = start.find(' ');
    auto const target_end = start.rfind(" HTTP/");
    out.method = std::string{start.substr(0, method_end)};
    std::string_view target;
    if (method_end != start.npos) {
        target = start.substr(method_end + 1);
        if (target_end != start.npos && target_end > method_end) {
            target = start.substr(method_end + 1, target_end - method_end - 1);
        }
    }
    while (origin.ends_with('/')) origin.remove_suffix(1);
    bool const absolute = target.starts_with("http://") || target.starts_with("https://");
    out.url = absolute ? std::string{target} : std::string{origin} + std::string{target};

    bool chunked = false;
    for (auto line = take_line(wire); !line.empty(); line = take_line(wire)) {
        auto const colon = line.find(':');
        if (colon == line.npos) continue;
        auto const name = line.substr(0, colon);
        auto const value = trim(line.substr(colon + 1));
        chunked = chunked || (iequals(name, "transfer-encoding") && iequals(value, "chunked"));
        if (is_for_curl(name)) continue;
        if (iequals(name, "host") && iequals(value, authority_of(out.url))) continue;
        out.headers.emplace_back(name, value);
    }
    out.body = chunked ? unchunk(wire) : std::string{wire};
    return out;
}

} // namespace watertight::evidence
