#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

namespace watertight {

static constexpr char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string to_lower(std::string_view s)
{
    std::string out{s};
    for (auto& c : out) c = lower(c);
    return out;
}

std::string_view trim(std::string_view s)
{
    auto const first = s.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return s.substr(first, s.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<std::string_view> split(std::string_view s, char separator)
{
    std::vector<std::string_view> out;
    for (std::size_t begin = 0;;) {
        auto const end = s.find(separator, begin);
        out.push_back(s.substr(begin, end - begin));
        if (end == std::string_view::npos) return out;
        begin = end + 1;
    }
}

std::string join(std::span<std::string const> parts, std::string_view separator)
{
    std::string out;
    for (auto const& part : parts) {
        if (&part != parts.data()) out += separator;
        out += part;
    }
    return out;
}

bool iequals(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string replace_all(std::string s, std::string_view from, std::string_view to)
{
    if (from.empty()) return s;
    for (std::size_t at = 0; (at = s.find(from, at)) != std::string::npos; at += to.size()) {
        s.replace(at, from.size(), to);
    }
    return s;
}

static constexpr auto unreserved = [] {
    std::array<bool, 256> out{};
    for (char const c : std::string_view{"-._~0123456789"}) {
        out[static_cast<unsigned char>(c)] = true;
    }
    for (unsigned char c = 'a'; c <= 'z'; ++c) out[c] = out[c - 'a' + 'A'] = true;
    return out;
}();

void append_url_encoded(std::string& out, std::string_view s)
{
    auto const is_plain = [](unsigned char c) { return unreserved[c]; };
    if (std::ranges::all_of(s, is_plain)) {
        out += s;
        return;
    }
    for (unsigned char const c : s) {
        if (is_plain(c))
            out += static_cast<char>(c);
        else
            out += fmt::format("%{:02X}", c);
    }
}

std::string url_encode(std::string_view s)
{
    std::string out;
    append_url_encoded(out, s);
    return out;
}

void append_json_escaped(std::string& out, std::string_view s)
{
    for (char const c : s) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
            } else {
                out += c;
            }
        }
    }
}

std::string shell_quote(std::string_view s)
{
    static constexpr std::string_view plain = "-._/:=@%+,";
    auto const is_plain = [](unsigned char c) {
        return std::isalnum(c) != 0 || plain.find(static_cast<char>(c)) != std::string::npos;
    };
    if (!s.empty() && std::ranges::all_of(s, is_plain)) return std::string{s};
    return "'" + replace_all(std::string{s}, "'", "'\\''") + "'";
}

std::string hex(std::span<unsigned char const> bytes)
{
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string base64(std::string_view bytes)
{
    std::string out((bytes.size() + 2) / 3 * 4, '\0');
    EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<unsigned char const*>(bytes.data()),
        static_cast<int>(bytes.size())
    );
    return out;
}

std::string base64url(std::string_view bytes)
{
    auto out = base64(bytes);
    while (!out.empty() && out.back() == '=') out.pop_back();
    std::ranges::replace(out, '+', '-');
    std::ranges::replace(out, '/', '_');
    return out;
}

// The value of a digit of either alphabet; 64 for what is none.
static constexpr auto sixes = [] {
    std::array<std::uint8_t, 256> out{};
    out.fill(64);
    for (std::uint8_t i = 0; i < 26; ++i) out['A' + i] = i;
    for (std::uint8_t i = 0; i < 26; ++i) out['a' + i] = static_cast<std::uint8_t>(26 + i);
    for (std::uint8_t i = 0; i < 10; ++i) out['0' + i] = static_cast<std::uint8_t>(52 + i);
    out['+'] = out['-'] = 62;
    out['/'] = out['_'] = 63;
    return out;
}();

std::optional<std::string> base64_decode(std::string_view text)
{
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string out;
    out.resize(text.size() / 4 * 3 + 3);
    auto* to = out.data();
    std::uint32_t bits = 0;
    int held = 0;
    for (unsigned char const c : text) {
        std::uint32_t const six = sixes[c];
        if (six == 64) return std::nullopt;
        bits = bits << 6 | six;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        *to++ = static_cast<char>(bits >> held & 0xff);
    }
    out.resize(static_cast<std::size_t>(to - out.data()));
    if (held == 6) return std::nullopt;
    return out;
}

std::string sha256_hex(std::string_view bytes)
{
    std::array<unsigned char, 32> digest{};
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return hex(digest);
}

static std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            auto const change = diagonal + (lower(a[i]) == lower(b[j]) ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::optional<std::string> nearest(std::string_view name, std::span<std::string const> candidates)
{
    std::string const* best = nullptr;
    // In a name of two letters, two slips leave nothing of it.
    auto const slips_max =
        name.size() < 3 ? name.size() / 2 : std::max<std::size_t>(2, name.size() / 2);
    auto best_distance = slips_max + 1;
    for (auto const& candidate : candidates) {
        auto const distance = edit_distance(name, candidate);
        if (distance < best_distance) {
            best = &candidate;
            best_distance = distance;
        }
    }
    if (best == nullptr) return std::nullopt;
    return *best;
}

result<std::string> read_file(std::string const& path)
{
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) {
        return failure{errc::malformed, path + " is a directory, not a file", {}};
    }
    std::ifstream in{path, std::ios::binary};
    if (!in) return failure{errc::not_found, path + ": " + std::strerror(errno), {}};
    std::ostringstream content;
    content << in.rdbuf();
    return std::move(content).str();
}

result<void> write_file(std::string const& path, std::string_view content)
{
    auto const temporary = fmt::format("{}.{}.tmp", path, ::getpid());
    auto const failed = [&] {
        auto const why = std::string{std::strerror(errno)};
        std::remove(temporary.c_str());
        return failure{errc::exhausted, "cannot write " + path + ": " + why, {}};
    };
    std::ofstream out{temporary, std::ios::binary};
    if (!out) return failed();
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) return failed();
    if (std::rename(temporary.c_str(), path.c_str()) != 0) return failed();
    return boost::system::in_place_value;
}

std::string plural(std::uint64_t n, std::string_view noun)
{
    static constexpr std::string_view vowels = "aeiou";
    auto const has_ies = noun.size() > 1 && noun.ends_with('y') &&
                         vowels.find(noun[noun.size() - 2]) == std::string_view::npos;
    if (n == 1) return fmt::format("{} {}", n, noun);
    if (has_ies) return fmt::format("{} {}ies", n, noun.substr(0, noun.size() - 1));
    return fmt::format("{} {}s", n, noun);
}

} // namespace watertight
