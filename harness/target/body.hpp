#pragma once

#include "harness/target/render.hpp"

namespace watertight::target {

struct rendered_body {
    std::string content_type;
    std::string bytes;
};

/// The body of `op`, with its content type. Two multipart bodies of the same content are the same.
/// @return `malformed` naming the slot without a value, or a part whose name breaks its header.
result<rendered_body> render_body(operation const& op, scope const& s);

/// What a body of this kind is said to be unless the scenario says otherwise; empty for none.
std::string default_content_type(body_kind kind);

/// Renders `text`; `place` is named in the failure of a slot without a value.
result<std::string> render_text(template_text const& text, scope const& s, std::string_view place);

} // namespace watertight::target
