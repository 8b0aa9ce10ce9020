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

std::vector<link> links_in(exchange const& e)
{
    std::vector<std::string> texts;
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

bool is_capability(link const& l, std::vector<std::string> const& known)
{
    static constexpr std::size_t secret_bytes_min = 20;
    static constexpr std::size_t different_min = 8;
    auto taken_out = known;
    for (auto& word : derived_words(l.target, known)) taken_out.push_back(std::move(word));
    auto const rest = to_lower(without_tokens(l.target, taken_out));
    std::set<char> different;
    std::size_t length = 0;
    auto has_digit = false;
    for (char const c : rest + "/") {
        auto const is_letter = c >= 'a' && c <= 'z';
        if (is_digit(c) || is_letter || c == '-' || c == '_' || c == '.') {
            ++length;
            has_digit = has_digit || is_digit(c);
            different.insert(c);
            continue;
        }
        auto const is_secret =
            length >= secret_bytes_min && different.size() >= different_min && has_digit;
        if (is_secret) return true;
        different.clear();
        length = 0;
        has_digit = false;
    }
    return false;
}

} // namespace watertight::probe
