#include "harness/probe/links.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/character.hpp"
#include "harness/net/http.hpp"
#include "harness/probe/body_diff.hpp"

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <set>

namespace watertight::probe {

static std::optional<link> link_of(std::string_view text)
{
    if (text.find_first_of(" \t\r\n<>\"") != std::string_view::npos) return std::nullopt;
    link out;
    for (std::string_view const scheme : {"https://", "http://"}) {
        if (!text.starts_with(scheme)) continue;
        text.remove_prefix(scheme.size());
        auto const slash = text.find('/');
        if (slash == std::string_view::npos) return std::nullopt;
        out.host = text.substr(0, slash);
        text.remove_prefix(slash);
        break;
    }
    auto const path = text.substr(0, text.find('?'));
    auto const is_path = path.size() > 2 && path.front() == '/' && path[1] != '/';
    if (!is_path || (out.host.empty() && path.find('/', 1) == std::string_view::npos)) {
        return std::nullopt;
    }
    out.target = text;
    return out;
}

// To follow it would end the session of who looks.
static bool ends_a_session(std::string_view target)
{
    auto const lower = to_lower(target);
    static constexpr std::array<std::string_view, 5> words{
        "logout", "log-out", "signout", "sign_out", "sign-out"};
    return std::ranges::any_of(words, [&](std::string_view word) {
        return lower.find(word) != std::string::npos;
    });
}

// What a page leads to or shows: href="..." and src="...", the same in single quotes.
static void add_links_of_page(std::string_view page, std::vector<std::string>& texts)
{
    // A page is mostly ways to other pages.
    static constexpr std::size_t links_max = 60;
    for (std::string_view const attribute : {" href=", " src="}) {
        auto at = page.find(attribute);
        for (; at != page.npos && texts.size() < links_max; at = page.find(attribute, at)) {
            at += attribute.size();
            if (at >= page.size() || (page[at] != '"' && page[at] != '\'')) continue;
            auto const end = page.find(page[at], at + 1);
            if (end == page.npos) break;
            auto text = replace_all(std::string{page.substr(at + 1, end - at - 1)}, "&amp;", "&");
            if (!ends_a_session(text)) texts.push_back(std::move(text));
            at = end;
        }
    }
}

static bool is_page(exchange const& e)
{
    auto const type = net::find_header(e.head, "Content-Type").value_or("");
    return to_lower(type).find("html") != std::string::npos;
}

std::vector<link> links_in(exchange const& e)
{
    std::vector<std::string> texts;
    if (is_page(e)) add_links_of_page(e.body, texts);
    auto const parsed = nlohmann::json::parse(e.body, nullptr, false);
    if (!parsed.is_discarded() && parsed.is_structured()) {
        auto const flat = parsed.flatten();
        for (auto const& value : flat) {
            if (value.is_string()) texts.push_back(value.get<std::string>());
        }
    }
    if (auto const at = net::find_header(e.head, "Location")) texts.emplace_back(*at);
    std::vector<link> out;
    std::set<std::string> known;
    for (auto const& text : texts) {
        auto one = link_of(text);
        if (one && known.insert(one->host + one->target).second) out.push_back(std::move(*one));
    }
    return out;
}

static std::string hash_of(EVP_MD const* how, std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), bytes.data(), &size, how, nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += fmt::format("{:02x}", bytes[i]);
    return out;
}

// Whether a word is base 64 of something that holds a known value.
static bool encodes_known(std::string_view word, std::vector<std::string> const& known)
{
    // What is shorter may stand in any bytes.
    static constexpr std::size_t telling_min = 5;
    std::string text{word};
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    while (text.size() % 4 != 0) text += '=';
    auto const bytes = base64_decode(text);
    return bytes && std::ranges::any_of(known, [&](std::string const& value) {
               return value.size() >= telling_min && bytes->find(value) != std::string::npos;
           });
}

// The words of an address that anybody can work out from what is known.
static std::vector<std::string>
derived_words(std::string_view target, std::vector<std::string> const& known)
{
    std::vector<std::string> hashes;
    for (auto const& value : known) {
        for (auto const* const how : {EVP_md5(), EVP_sha1(), EVP_sha256()}) {
            hashes.push_back(hash_of(how, value));
        }
    }
    std::vector<std::string> out;
    for (std::size_t at = 0; at < target.size();) {
        auto end = at;
        while (end < target.size() && evidence::is_word(target[end])) ++end;
        auto const word = target.substr(at, end - at);
        auto const is_hash = std::ranges::count(hashes, to_lower(word)) != 0;
        if (!word.empty() && (is_hash || encodes_known(word, known))) out.emplace_back(word);
        at = end + 1;
    }
    return out;
}

std::optional<link> with_other_id(link const& l, std::string_view own, std::string_view other)
{
    auto out = l;
    auto is_changed = false;
    for (std::size_t at = 0; !own.empty() && (at = out.target.find(own, at)) != std::string::npos;)
    {
        auto const end = at + own.size();
        auto const is_whole = (at == 0 || !evidence::is_word(out.target[at - 1])) &&
                              (end == out.target.size() || !evidence::is_word(out.target[end]));
        if (is_whole) out.target.replace(at, own.size(), other);
        is_changed = is_changed || is_whole;
        at += is_whole ? other.size() : own.size();
    }
    return is_changed ? std::optional{out} : std::nullopt;
}

// As signatures are called. `key` is the name of a file's place, too.
static bool names_signature(std::string_view parameter)
{
    static constexpr std::array<std::string_view, 6> names{
        "sig", "sign", "hash", "mac", "hmac", "checksum"};
    auto const name = to_lower(parameter);
    return name.ends_with("signature") || std::ranges::count(names, name) != 0;
}

// Long, mixed and with a digit; a signature may be cut short.
static bool is_unguessable(std::string_view word, std::string_view parameter)
{
    auto const is_told = names_signature(parameter) || iequals(parameter, "token");
    auto const size_min = is_told ? 10U : 20U;
    auto const different_min = is_told ? 5U : 8U;
    std::set<char> const different{word.begin(), word.end()};
    return word.size() >= size_min && different.size() >= different_min &&
           std::ranges::any_of(word, is_digit);
}

// What nobody can guess of an address, in lower case.
static std::vector<std::string>
secrets_in(std::string_view target, std::vector<std::string> const& known)
{
    auto taken_out = known;
    for (auto& word : derived_words(target, known)) taken_out.push_back(std::move(word));
    std::vector<std::string> out;
    std::string run;
    std::string parameter;
    for (char const c : to_lower(without_tokens(std::string{target}, taken_out)) + "/") {
        auto const is_letter = c >= 'a' && c <= 'z';
        if (is_digit(c) || is_letter || c == '-' || c == '_' || c == '.') {
            run += c;
            continue;
        }
        if (is_unguessable(run, parameter)) out.push_back(run);
        parameter = c == '=' ? std::move(run) : std::string{};
        run.clear();
    }
    return out;
}

bool is_capability(link const& l, std::vector<std::string> const& known)
{
    return !secrets_in(l.target, known).empty();
}

bool gives_link_alone(exchange const& e)
{
    if (!e.success() || e.shows_canary_of(e.tenant)) return false;
    std::vector<std::string> asked;
    std::string word;
    for (auto const c : e.path + "/") {
        if (std::string_view{"/?&="}.find(c) == std::string_view::npos) {
            word += c;
            continue;
        }
        if (word.size() >= 3) asked.push_back(word);
        word.clear();
    }
    auto const links = links_in(e);
    return std::ranges::any_of(links, [&](link const& l) { return is_capability(l, asked); });
}

// Another word of the same form. Not by its end, where base 64 has bits that mean nothing.
static void spoil(std::string& text, std::size_t begin, std::size_t size)
{
    static constexpr std::size_t changed_max = 4;
    auto const middle = begin + size / 2;
    for (auto i = middle; i < std::min(middle + changed_max, begin + size); ++i) {
        auto& c = text[i];
        if (is_digit(c))
            c = c == '1' ? '2' : '1';
        else if (c >= 'a' && c <= 'z')
            c = c == 'a' ? 'b' : 'a';
        else if (c >= 'A' && c <= 'Z')
            c = c == 'A' ? 'B' : 'A';
    }
}

std::vector<link> without_secret(link const& l, std::vector<std::string> const& known)
{
    std::vector<link> out;
    auto spoilt = l;
    auto const lower = to_lower(l.target);
    for (auto const& secret : secrets_in(l.target, known)) {
        auto const at = lower.find(secret);
        if (at != lower.npos) spoil(spoilt.target, at, secret.size());
    }
    if (spoilt.target != l.target) out.push_back(std::move(spoilt));
    auto const query = l.target.find('?');
    for (auto at = query; at != l.target.npos; at = l.target.find('&', at + 1)) {
        auto const equals = l.target.find('=', at);
        auto const end = std::min(l.target.find('&', at + 1), l.target.size());
        if (equals == l.target.npos || equals > end) continue;
        if (!names_signature(std::string_view{l.target}.substr(at + 1, equals - at - 1))) continue;
        auto changed = l;
        spoil(changed.target, equals + 1, end - equals - 1);
        out.push_back(std::move(changed));
        auto without = l;
        without.target.erase(at + 1, end - at - 1);
        out.push_back(std::move(without));
    }
    return out;
}

} // namespace watertight::probe
