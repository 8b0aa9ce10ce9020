#include "harness/net/http_line.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace watertight::net {

// Longer than any length that fits 64 bits; leading zeros are nobody's honest spelling.
static constexpr std::size_t chunk_digits_max = 16;

static std::uint64_t folded_word(char const* at) noexcept
{
    std::uint64_t out = 0;
    std::memcpy(&out, at, sizeof out);
    return out | 0x2020202020202020ULL;
}

// Of a token with lower-case letters and dashes: bit 5 folds the former and leaves the latter be.
static bool is_name(std::string_view token, std::string_view lower) noexcept
{
    constexpr auto word = sizeof(std::uint64_t);
    if (token.size() != lower.size()) return false;
    if (lower.size() >= word) {
        auto const last = lower.size() - word;
        if (folded_word(token.data() + last) != folded_word(lower.data() + last)) return false;
        if (folded_word(token.data()) != folded_word(lower.data())) return false;
        if (lower.size() <= 2 * word) return true;
    }
    return std::ranges::equal(token, lower, {}, [](char c) { return c | 0x20; });
}

// Takes the next element off a list with commas; nothing once it is used up.
static std::optional<std::string_view> next_element(std::optional<std::string_view>& rest) noexcept
{
    if (!rest) return std::nullopt;
    auto const comma = rest->find(',');
    auto const element = trim_blanks(rest->substr(0, comma));
    if (comma == std::string_view::npos) {
        rest.reset();
    } else {
        rest->remove_prefix(comma + 1);
    }
    return element;
}

static std::optional<std::uint64_t> decimal(std::string_view digits) noexcept
{
    static constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t out = 0;
    for (char const c : digits) {
        auto const digit = static_cast<unsigned char>(c - '0');
        if (digit > 9 || (out >= most / 10 && (out > most / 10 || digit > most % 10))) {
            return std::nullopt;
        }
        out = out * 10 + digit;
    }
    if (digits.empty()) return std::nullopt;
    return out;
}

line_fault head_fields::take_status_line(std::string_view line) noexcept
{
    // HTTP-version SP 3DIGIT SP reason; many leave the second space out with the reason.
    static constexpr std::string_view version = "HTTP/1.";
    if (line.size() < 12 || std::memcmp(line.data(), version.data(), version.size()) != 0 ||
        (line[7] != '0' && line[7] != '1') || line[8] != ' ')
    {
        return "it does not begin with HTTP/1.1 and a status";
    }
    if (!is_digit(line[9]) || line[9] == '0' || !is_digit(line[10]) || !is_digit(line[11]) ||
        (line.size() > 12 && line[12] != ' '))
    {
        return "its status is no number of three digits";
    }
    is_http_1_1 = line[7] == '1';
    status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return nullptr;
}

line_fault head_fields::take_field(std::string_view line) noexcept
{
    auto const* const end = line.data() + line.size();
    auto const* const colon = find_token_end(line.data(), end);
    if (colon == end || *colon != ':' || colon == line.data()) {
        if (line.front() == ' ' || line.front() == '\t') return "a header is folded";
        return "a line of its head is no header";
    }
    auto const size = static_cast<std::size_t>(colon - line.data());
    // Nobody else's name is as long as one of these and means anything here.
    if (size != 10 && size != 14 && size != 16 && size != 17) return nullptr;
    return take_known(line.substr(0, size), trim_blanks(line.substr(size + 1)));
}

line_fault head_fields::take_known(std::string_view name, std::string_view value) noexcept
{
    if (is_name(name, "content-length")) return take_length(value);
    if (is_name(name, "connection")) take_connection(value);
    if (is_name(name, "set-cookie")) sets_cookie = true;
    if (is_name(name, "transfer-encoding")) return take_transfer_coding(value);
    if (is_name(name, "content-encoding")) {
        for (std::optional rest{value}; auto const element = next_element(rest);) {
            take_content_coding(*element);
        }
    }
    return nullptr;
}

// A list of equal lengths is one length (RFC 9110, 8.6).
line_fault head_fields::take_length(std::string_view value) noexcept
{
    if (!length && (length = decimal(value))) return nullptr;
    for (std::optional rest{value}; auto const element = next_element(rest);) {
        auto const number = decimal(*element);
        if (!number) return "its Content-Length is no number";
        if (length && *length != *number) return "it has two different lengths";
        length = number;
    }
    return nullptr;
}

line_fault head_fields::take_transfer_coding(std::string_view value) noexcept
{
    transfer_coded = true;
    for (std::optional rest{value}; auto const element = next_element(rest);) {
        if (element->empty()) continue;
        // What comes after it would have to be undone first.
        if (chunked) return "its Transfer-Encoding does not end with chunked";
        // Parameters too: none was ever defined.
        if (!std::ranges::all_of(*element, is_token)) {
            return "its Transfer-Encoding is no list of names";
        }
        if (is_name(*element, "chunked")) {
            chunked = true;
        } else {
            take_content_coding(*element);
        }
    }
    return nullptr;
}

void head_fields::take_connection(std::string_view value) noexcept
{
    if (is_name(value, "keep-alive")) {
        says_keep_alive = true;
        return;
    }
    for (std::optional rest{value}; auto const option = next_element(rest);) {
        if (is_name(*option, "close")) says_close = true;
        if (is_name(*option, "keep-alive")) says_keep_alive = true;
    }
}

void head_fields::take_content_coding(std::string_view name) noexcept
{
    if (name.empty() || is_name(name, "identity")) return;
    auto const is_gzip = is_name(name, "gzip") || is_name(name, "x-gzip");
    auto const single = is_gzip                    ? content_coding::gzip
                        : is_name(name, "deflate") ? content_coding::deflate
                                                   : content_coding::other;
    // What is packed twice nobody unpacks here.
    coding = coding == content_coding::identity ? single : content_coding::other;
}

line_fault head_fields::check() const noexcept
{
    if (transfer_coded && length) return "it has both a length and a Transfer-Encoding";
    return nullptr;
}

line_fault check_trailer(std::string_view line) noexcept
{
    head_fields said;
    if (auto const fault = said.take_field(line)) return fault;
    if (said.length || said.transfer_coded) return "a trailer says how long the body is";
    return nullptr;
}

static void skip_blanks(std::string_view& rest) noexcept
{
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
}

static bool skip_token(std::string_view& rest) noexcept
{
    auto const* const end = find_token_end(rest.data(), rest.data() + rest.size());
    auto const size = static_cast<std::size_t>(end - rest.data());
    rest.remove_prefix(size);
    return size != 0;
}

static bool skip_quoted(std::string_view& rest) noexcept
{
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return true;
        }
        if (rest[at] == '\\') ++at;
    }
    return false;
}

// *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
static bool are_extensions(std::string_view rest) noexcept
{
    while (!rest.empty()) {
        skip_blanks(rest);
        if (rest.empty() || rest.front() != ';') return false;
        rest.remove_prefix(1);
        skip_blanks(rest);
        if (!skip_token(rest)) return false;
        auto after = rest;
        skip_blanks(after);
        if (after.empty() || after.front() != '=') continue;
        after.remove_prefix(1);
        skip_blanks(after);
        rest = after;
        if (rest.empty()) return false;
        if (!(rest.front() == '"' ? skip_quoted(rest) : skip_token(rest))) return false;
    }
    return true;
}

line_fault take_chunk_line(std::string_view line, std::uint64_t& size) noexcept
{
    size = 0;
    std::size_t digits = 0;
    for (; digits < line.size() && digits <= chunk_digits_max; ++digits) {
        auto const c = line[digits];
        auto const lower = static_cast<char>(c | 0x20);
        if (c >= '0' && c <= '9') {
            size = size << 4 | static_cast<unsigned>(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            size = size << 4 | static_cast<unsigned>(lower - 'a' + 10);
        } else {
            break;
        }
    }
    if (digits == 0 || digits > chunk_digits_max) return "the size of a chunk is no number";
    if (digits < line.size() && !are_extensions(line.substr(digits))) {
        return "behind the size of a chunk stands something else";
    }
    return nullptr;
}

} // namespace watertight::net
