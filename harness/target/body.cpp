#include "harness/target/body.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::target {

namespace {

struct rendered_part {
    std::string head;
    std::string content;
};

/// As HTML's form submission writes names inside a quoted string.
std::string quoted_name(std::string s)
{
    s = replace_all(std::move(s), "\"", "%22");
    s = replace_all(std::move(s), "\r", "%0D");
    return replace_all(std::move(s), "\n", "%0A");
}

result<rendered_part> render_part(body_part const& part, scope const& s, std::string const& place)
{
    auto content = render_text(part.content, s, place);
    if (!content) return content.error();
    auto const file_name = render_text(part.file_name, s, place);
    if (!file_name) return file_name.error();

    rendered_part out;
    out.head = fmt::format(R"(Content-Disposition: form-data; name="{}")", quoted_name(part.name));
    auto type = part.content_type;
    if (!part.file_name.empty()) {
        out.head += fmt::format(R"(; filename="{}")", quoted_name(*file_name));
        if (type.empty()) type = "application/octet-stream";
    }
    if (type.find_first_of("\r\n") != std::string::npos) {
        return failure{
            errc::malformed, "the content type of part " + part.name + " of " + place, {}};
    }
    if (!type.empty()) out.head += "\r\nContent-Type: " + type;
    out.content = std::move(*content);
    return out;
}

/// A line that none of the parts holds, the same for the same parts.
std::string boundary_of(std::vector<rendered_part> const& parts)
{
    std::string all;
    for (auto const& part : parts) all += part.content;
    auto seed = sha256_hex(all);
    auto const occurs = [&](std::string const& boundary) {
        return std::ranges::any_of(parts, [&](rendered_part const& part) {
            return part.content.find(boundary) != std::string::npos ||
                   part.head.find(boundary) != std::string::npos;
        });
    };
    for (;; seed = sha256_hex(seed)) {
        auto boundary = "watertight-" + seed.substr(0, 24);
        if (!occurs(boundary)) return boundary;
    }
}

result<rendered_body> render_multipart(operation const& op, scope const& s)
{
    std::vector<rendered_part> parts;
    for (auto const& part : op.parts) {
        auto one = render_part(part, s, op.name);
        if (!one) return one.error();
        parts.push_back(std::move(*one));
    }
    auto const boundary = boundary_of(parts);
    rendered_body out{"multipart/form-data; boundary=" + boundary, {}};
    for (auto const& part : parts) {
        out.bytes += fmt::format("--{}\r\n{}\r\n\r\n{}\r\n", boundary, part.head, part.content);
    }
    out.bytes += "--" + boundary + "--\r\n";
    return out;
}

} // namespace

std::string default_content_type(body_kind kind)
{
    switch (kind) {
    case body_kind::json:
        return "application/json";
    case body_kind::form:
        return "application/x-www-form-urlencoded";
    case body_kind::raw:
        return "text/plain; charset=utf-8";
    case body_kind::none:
    case body_kind::multipart:
        break;
    }
    return {};
}

result<std::string> render_text(template_text const& text, scope const& s, std::string_view place)
{
    std::string out;
    std::string hold;
    auto const values = [&](std::string_view name) { return find_value(s, name, hold); };
    if (auto const missing = text.render(values, out)) {
        return failure{
            errc::malformed, fmt::format("{}: nothing is known as {{{}}}", place, *missing), {}};
    }
    return out;
}

result<rendered_body> render_body(operation const& op, scope const& s)
{
    if (op.body == body_kind::none) return rendered_body{};
    if (op.body == body_kind::multipart) return render_multipart(op, s);
    auto text = render_text(op.body_text, s, op.name);
    if (!text) return text.error();
    auto type = op.content_type.empty() ? default_content_type(op.body) : op.content_type;
    return rendered_body{std::move(type), std::move(*text)};
}

} // namespace watertight::target
