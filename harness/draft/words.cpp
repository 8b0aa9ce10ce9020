#include "harness/draft/words.hpp"

#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace watertight::draft {

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string plain_word(std::string_view name)
{
    auto out = to_lower(name);
    std::erase_if(out, [](char c) { return !is_letter_or_digit(c); });
    return out;
}

std::string singular_of(std::string_view word)
{
    std::string out{word};
    auto const cut = [&](std::size_t n, char const* more = "") {
        return out.substr(0, out.size() - n) + more;
    };
    auto const lower = to_lower(word);
    auto const ends = [&](std::string_view end) {
        return lower.size() > end.size() + 1 && lower.ends_with(end);
    };
    if (ends("ies")) return cut(3, "y");
    if (ends("sses") || ends("shes") || ends("ches") || ends("xes") || ends("zes")) return cut(2);
    auto const stays = lower.ends_with("ss") || lower.ends_with("us") || lower.ends_with("is");
    if (stays || !ends("s")) return out;
    return cut(1);
}

std::string scenario_name(std::string_view text)
{
    std::string out;
    for (auto const c : text) {
        if (is_letter_or_digit(c) || c == '_' || c == '-') {
            out += c;
        } else if (!out.empty() && out.back() != '_') {
            out += '_';
        }
    }
    while (out.ends_with('_')) out.pop_back();
    return out.empty() ? "x" : out;
}

std::string variable_name(std::string_view text)
{
    static constexpr std::size_t length_max = 24;
    std::string out;
    for (auto const c : text) {
        if (is_letter_or_digit(c)) {
            out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        } else if (!out.empty() && out.back() != '_') {
            out += '_';
        }
    }
    if (out.size() > length_max) out.resize(length_max);
    while (out.ends_with('_')) out.pop_back();
    if (out.empty() || (out[0] >= '0' && out[0] <= '9')) out.insert(0, "API_");
    while (out.ends_with('_')) out.pop_back();
    return out;
}

owner_word owner_word_of(std::string_view name)
{
    // Words that own data in APIs, though hardly as a column of a table.
    static constexpr std::array<std::pair<std::string_view, double>, 6> further{
        {{"namespace", 4},
         {"bucket", 2},
         {"project", 1.5},
         {"owner", 1},
         {"group", 1},
         {"env", 1}}};
    auto text = to_lower(name);
    for (std::string_view const prefix : {"x-", "x_", "current-", "current_"}) {
        if (text.starts_with(prefix)) text.erase(0, prefix.size());
    }
    for (std::string_view const suffix : {"_id_or_slug", "idorslug", "_or_slug", "_id_or_name"}) {
        if (text.ends_with(suffix)) text.erase(text.size() - suffix.size());
    }
    auto stem = tenant_word(text);
    if (!stem) stem = tenant_word(singular_of(text));
    if (stem) {
        auto const weight = weight_of(*stem);
        auto const is_organization = stem->starts_with("org");
        return {is_organization ? "organization" : *stem, weight};
    }
    for (auto const& [word, weight] : further) {
        auto const is_it = rank_for(text, word) || rank_for(singular_of(text), word);
        if (is_it) return {std::string{word}, weight};
    }
    return {};
}

bool is_generic_id(std::string_view name)
{
    static constexpr std::array<std::string_view, 11> generic{
        "id", "uuid", "guid", "slug", "name", "key", "sid", "code", "number", "pk", "identifier"};
    return std::ranges::count(generic, plain_word(name)) != 0;
}

int free_text_rank(std::string_view name)
{
    static constexpr std::array<std::string_view, 22> words{
        "name",    "title", "displayname", "label",   "subject", "description", "summary", "text",
        "content", "body",  "message",     "comment", "note",    "notes",       "details", "bio",
        "caption", "topic", "about",       "reason",  "value",   "nickname"};
    auto const plain = plain_word(name);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (plain == words[i]) return static_cast<int>(i);
    }
    auto const ends = [&](std::string_view end) { return plain.ends_with(end); };
    if (ends("name") || ends("title") || ends("description") || ends("text")) return 30;
    return -1;
}

bool is_secret_field(std::string_view name)
{
    static constexpr std::array<std::string_view, 14> whole{
        "pwd",
        "pass",
        "pin",
        "otp",
        "totp",
        "mfa",
        "cvv",
        "cvc",
        "jwt",
        "iban",
        "ssn",
        "cookie",
        "cookies",
        "authorization"};
    static constexpr std::array<std::string_view, 11> parts{
        "password",
        "passwd",
        "secret",
        "passphrase",
        "credential",
        "privatekey",
        "signingkey",
        "accesskey",
        "cardnumber",
        "assertion",
        "authorization"};
    static constexpr std::array<std::string_view, 5> ends{
        "token", "apikey", "sessionid", "sessionkey", "signature"};
    auto const plain = plain_word(name);
    auto const has = [&](std::string_view part) { return plain.find(part) != plain.npos; };
    auto const ends_so = [&](std::string_view end) { return plain.ends_with(end); };
    return std::ranges::count(whole, plain) != 0 || std::ranges::any_of(parts, has) ||
           std::ranges::any_of(ends, ends_so);
}

bool is_coded_field(std::string_view name)
{
    static constexpr std::array<std::string_view, 24> words{
        "type",   "kind",  "status",   "state",  "role",    "currency", "country",  "language",
        "locale", "lang",  "timezone", "scope",  "method",  "event",    "schedule", "format",
        "mode",   "level", "priority", "region", "runtime", "version",  "provider", "visibility"};
    auto const plain = plain_word(name);
    auto const is_it = [&](std::string_view word) {
        return plain == word || (word.size() >= 4 && plain.ends_with(word));
    };
    return std::ranges::any_of(words, is_it);
}

} // namespace watertight::draft
