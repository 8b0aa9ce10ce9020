#include "harness/target/multipart.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace watertight::target {

// As browsers write them (HTML, "multipart/form-data encoding algorithm").
static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> quotings{{
    {"\"", "%22"},
    {"\r", "%0D"},
    {"\n", "%0A"},
}};

static std::string quoted_name(std::string s)
{
    for (auto const& [plain, quoted] : quotings) s = replace_all(std::move(s), plain, quoted);
    return s;
}

static std::string unquoted_name(std::string s)
{
    for (auto const& [plain, quoted] : quotings) s = replace_all(std::move(s), quoted, plain);
    return s;
}

static std::string head_of(form_part const& part)
{
    auto out = fmt::format(R"(Content-Disposition: form-data; name="{}")", quoted_name(part.name));
    auto type = part.content_type;
    if (part.file_name) {
        out += fmt::format(R"(; filename="{}")", quoted_name(*part.file_name));
        if (type.empty()) type = "application/octet-stream";
    }
    if (!type.empty()) out += "\r\nContent-Type: " + type;
    return out;
}

static std::string boundary_of(std::vector<form_part> const& parts)
{
    std::string all;
    for (auto const& part : parts) all += part.content;
    auto seed = sha256_hex(all);
    auto const occurs = [&](std::string const& boundary) {
        return std::ranges::any_of(parts, [&](form_part const& part) {
            return part.content.find(boundary) != std::string::npos ||
                   head_of(part).find(boundary) != std::string::npos;
        });
    };
    for (;; seed = sha256_hex(seed)) {
        auto boundary = "watertight-" + seed.substr(0, 24);
        if (!occurs(boundary)) return boundary;
    }
}

result<rendered_body> write_multipart(std::vector<form_part> const& parts, std::string_view place)
{
    for (auto const& part : parts) {
        if (part.content_type.find_first_of("\r\n") == std::string::npos) continue;
        auto what = fmt::format("the content type of part {} of {}", part.name, place);
        return failure{errc::malformed, std::move(what), {}};
    }
    auto const boundary = boundary_of(parts);
    rendered_body out{"multipart/form-data; boundary=" + boundary, {}};
    for (auto const& part : parts) {
        out.bytes += fmt::format("--{}\r\n{}\r\n\r\n{}\r\n", boundary, head_of(part), part.content);
    }
    out.bytes += "--" + boundary + "--\r\n";
    return out;
}

// The value of `name` in a head: name="value".
static std::optional<std::string> quoted_value(std::string_view head, std::string_view name)
{
    auto const key = fmt::format(R"(; {}=")", name);
    auto const at = head.find(key);
    if (at == head.npos) return std::nullopt;
    auto const rest = head.substr(at + key.size());
    return unquoted_name(std::string{rest.substr(0, rest.find('"'))});
}

static form_part part_of(std::string_view head, std::string_view content)
{
    static constexpr std::string_view type = "\r\nContent-Type: ";
    form_part out;
    out.name = quoted_value(head, "name").value_or("");
    out.file_name = quoted_value(head, "filename");
    auto const at = head.find(type);
    if (at != head.npos) out.content_type = head.substr(at + type.size());
    out.content = content;
    return out;
}

std::vector<form_part> read_multipart(std::string_view bytes)
{
    static constexpr std::string_view empty_line = "\r\n\r\n";
    std::vector<form_part> out;
    if (!bytes.starts_with("--")) return out;
    auto const first = bytes.substr(0, bytes.find("\r\n"));
    auto const between = "\r\n" + std::string{first};
    for (auto at = first.size() + 2; at < bytes.size();) {
        auto const end = bytes.find(between, at);
        auto const head_end = bytes.find(empty_line, at);
        if (end == bytes.npos || head_end == bytes.npos || head_end > end) break;
        auto const begin = head_end + empty_line.size();
        if (begin > end) break;
        out.push_back(part_of(bytes.substr(at, head_end - at), bytes.substr(begin, end - begin)));
        at = end + between.size() + 2;
    }
    return out;
}

} // namespace watertight::target
