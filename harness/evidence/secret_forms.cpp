#include "harness/evidence/secret_forms.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"

#include <algorithm>
#include <array>

namespace watertight::evidence {

static constexpr std::string_view hidden = "[redacted]";
static constexpr std::string_view opening = "[redacted";

// "$TOKEN" and "${TOKEN}", but not a password or a hash that begins with '$'.
static bool is_variable(std::string_view value)
{
    if (!value.starts_with('$')) return false;
    value.remove_prefix(1);
    if (value.starts_with('{') && value.ends_with('}')) value = value.substr(1, value.size() - 2);
    return !value.empty() && !is_digit(value.front()) && std::ranges::all_of(value, [](char c) {
        return is_upper(c) || is_digit(c) || c == '_';
    });
}

// A value that is shown as a variable or was redacted before stays readable.
static bool is_harmless(std::string_view value)
{
    static constexpr std::string_view around = " \t\"'";
    auto const begin = value.find_first_not_of(around);
    if (begin == value.npos) return true;
    value = value.substr(begin, value.find_last_not_of(around) - begin + 1);
    return value.starts_with(opening) || is_variable(value) || value == "null" || value == "true" ||
           value == "false";
}

static std::string_view hide(std::string_view value)
{
    return is_harmless(value) ? value : hidden;
}

// --data, JSON and forms: "access_token", "accessToken" and "Access-Token" are one name.
static std::string normalised(std::string_view name)
{
    std::string out;
    for (char const c : name) {
        if (is_letter(c) || is_digit(c)) out += lower(c);
    }
    return out;
}

static bool is_secret_name(std::string_view name)
{
    static constexpr std::array<std::string_view, 15> endings{
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "apikey",
        "privatekey",
        "accesskey",
        "secretkey",
        "authorization",
        "cookie",
        "credential",
        "credentials",
        "pwd",
        "sessionid"};
    static constexpr std::array<std::string_view, 5> whole{
        "pass", "jwt", "auth", "pgpassword", "sid"};
    auto const plain = normalised(name);
    if (plain.find("password") != plain.npos) return true;
    return std::ranges::find(whole, plain) != whole.end() ||
           std::ranges::any_of(endings, [&](auto ending) { return plain.ends_with(ending); });
}

static std::size_t end_of_word(std::string_view text, std::size_t at)
{
    while (at < text.size() && is_word(text[at])) ++at;
    return at;
}

static bool begins_word(std::string_view text, std::size_t at)
{
    return is_word(text[at]) && (at == 0 || !is_word(text[at - 1]));
}

static std::string redact_jwts(std::string_view text)
{
    std::string out;
    std::size_t kept = 0;
    for (auto at = text.find("eyJ"); at != text.npos; at = text.find("eyJ", at + 1)) {
        if (at < kept) continue;
        auto end = end_of_word(text, at);
        if (end >= text.size() || text[end] != '.') continue;
        auto const payload = end_of_word(text, end + 1);
        if (payload - end < 8) continue;
        end = payload;
        // Two further parts make a signed token, five an encrypted one.
        for (int part = 0; part < 3 && end < text.size() && text[end] == '.'; ++part) {
            end = end_of_word(text, end + 1);
        }
        out += text.substr(kept, at - kept);
        out += "[redacted jwt]";
        kept = end;
    }
    out += text.substr(kept);
    return out;
}

static std::string redact_userinfo(std::string_view text)
{
    std::string out;
    std::size_t kept = 0;
    for (auto at = text.find("://"); at != text.npos; at = text.find("://", at + 3)) {
        auto const begin = at + 3;
        auto const authority =
            text.substr(begin, text.find_first_of("/?#\"'<> \t\r\n\\", begin) - begin);
        auto const host = authority.rfind('@');
        auto const colon = authority.find(':');
        if (host == authority.npos || colon >= host) continue;
        out += text.substr(kept, begin + colon + 1 - kept);
        out += hide(authority.substr(colon + 1, host - colon - 1));
        kept = begin + host;
    }
    out += text.substr(kept);
    return out;
}

// Names stay, so that one sees which cookies were sent; attributes of Set-Cookie stay as well.
static std::string redact_cookies(std::string_view value, bool set)
{
    std::string out;
    bool first = true;
    for (auto const part : split(value, ';')) {
        auto const equals = part.find('=');
        if (!first) out += ';';
        if (equals == part.npos || (set && !first)) {
            out += part;
        } else {
            out += part.substr(0, equals + 1);
            out += hide(part.substr(equals + 1));
        }
        first = false;
    }
    return out;
}

// The scheme (Bearer, Basic) stays.
static std::string redact_credentials(std::string_view value)
{
    auto const start = value.find_first_not_of(" \t");
    if (start == value.npos) return std::string{value};
    auto const space = value.find(' ', start);
    if (space == value.npos) {
        return std::string{value.substr(0, start)} + std::string{hide(value.substr(start))};
    }
    if (is_harmless(value.substr(start))) return std::string{value};
    return std::string{value.substr(0, space + 1)} + std::string{hide(value.substr(space + 1))};
}

static bool is_header(std::string_view name)
{
    return iequals(name, "authorization") || iequals(name, "proxy-authorization") ||
           iequals(name, "cookie") || iequals(name, "set-cookie") ||
           (name.find('-') != name.npos && is_secret_name(name));
}

static std::string redact_header(std::string_view name, std::string_view value)
{
    if (iequals(name, "cookie")) return redact_cookies(value, false);
    if (iequals(name, "set-cookie")) return redact_cookies(value, true);
    return redact_credentials(value);
}

// "Name: value" up to the end of the line, or of the quotes if it stands in quotes (curl -H).
static std::string redact_headers(std::string_view text)
{
    std::string out;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!begins_word(text, at)) continue;
        auto const name_end = end_of_word(text, at);
        auto const name = text.substr(at, name_end - at);
        if (name_end < text.size() && text[name_end] == ':' && is_header(name)) {
            char const before = at > 0 ? text[at - 1] : '\n';
            auto const quoted = before == '\'' || before == '"';
            auto const stops = quoted ? std::string{"\r\n"} + before : std::string{"\r\n"};
            auto const end = std::min(text.find_first_of(stops, name_end), text.size());
            out += text.substr(kept, name_end + 1 - kept);
            out += redact_header(name, text.substr(name_end + 1, end - name_end - 1));
            kept = end;
            at = end;
        } else {
            at = name_end;
        }
    }
    if (kept < text.size()) out += text.substr(kept);
    return out;
}

namespace {

struct span_of_value {
    std::size_t begin = 0;
    std::size_t end = 0;
};

} // namespace

// Past the closing quote of a name, which in JSON within JSON has a backslash before it.
static std::size_t skip_quote(std::string_view text, std::size_t at)
{
    if (at < text.size() && text[at] == '\\') ++at;
    if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
    return at;
}

static std::size_t skip_blank(std::string_view text, std::size_t at)
{
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    return at;
}

// `escaped`: the quote that ends the value has a backslash itself.
static span_of_value quoted_value(std::string_view text, std::size_t begin, bool escaped)
{
    char const quote = text[begin - 1];
    auto at = begin;
    for (; at < text.size() && text[at] != quote; ++at) {
        if (text[at] != '\\') continue;
        if (escaped && at + 1 < text.size() && text[at + 1] == quote) break;
        ++at;
    }
    return {begin, std::min(at, text.size())};
}

// The value that follows a name ending at `at`: name=value, "name": "value", name: value.
static span_of_value value_after(std::string_view text, std::size_t at)
{
    auto const after_name = skip_quote(text, at);
    auto const separator = skip_blank(text, after_name);
    if (separator >= text.size() || (text[separator] != '=' && text[separator] != ':')) return {};
    // "token: then" in prose is no member, but hiding a word too many does no harm.
    auto begin = skip_blank(text, separator + 1);
    bool const escaped = begin + 1 < text.size() && text[begin] == '\\' && text[begin + 1] == '"';
    if (escaped) ++begin;
    if (begin < text.size() && (text[begin] == '"' || text[begin] == '\'')) {
        return quoted_value(text, begin + 1, escaped);
    }
    if (begin < text.size() && (text[begin] == '{' || text[begin] == '[')) return {};
    auto const end = text.find_first_of("&;,\"' \t\r\n)}]<>\\", begin);
    return {begin, std::min(end, text.size())};
}

static std::string redact_members(std::string_view text)
{
    std::string out;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (!begins_word(text, at)) continue;
        auto const name_end = end_of_word(text, at);
        auto const name = text.substr(at, name_end - at);
        at = name_end;
        // A header keeps its scheme, and its value was dealt with.
        if (is_header(name) && name_end < text.size() && text[name_end] == ':') continue;
        if (!is_secret_name(name)) continue;
        auto const value = value_after(text, name_end);
        if (value.end <= value.begin) continue;
        out += text.substr(kept, value.begin - kept);
        out += hide(text.substr(value.begin, value.end - value.begin));
        kept = value.end;
        at = value.end;
    }
    if (kept < text.size()) out += text.substr(kept);
    return out;
}

std::string redact_forms(std::string_view text)
{
    return redact_members(redact_headers(redact_userinfo(redact_jwts(text))));
}

} // namespace watertight::evidence
