#include "harness/target/body.hpp"

#include "harness/target/multipart.hpp"

#include <fmt/format.h>

namespace watertight::target {

static result<rendered_body> render_multipart(operation const& op, scope const& s)
{
    std::vector<form_part> parts;
    for (auto const& part : op.parts) {
        auto content = render_text(part.content, s, op.name);
        if (!content) return content.error();
        form_part one{part.name, {}, part.content_type, std::move(*content)};
        if (!part.file_name.empty()) {
            auto file_name = render_text(part.file_name, s, op.name);
            if (!file_name) return file_name.error();
            one.file_name = std::move(*file_name);
        }
        parts.push_back(std::move(one));
    }
    return write_multipart(parts, op.name);
}

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
