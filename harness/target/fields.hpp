#pragma once

#include "harness/target/body.hpp"

#include <string>
#include <string_view>

namespace watertight::target {

/// Whether a body of this kind has fields that can be told apart and changed: JSON, forms and
/// multipart forms.
bool takes_fields(body_kind kind);

/// A body as a JSON object of its fields, so that what changes fields need not know how they are
/// sent. In forms a[b]=x is {"a": {"b": "x"}}, as frameworks read it, and a field that is given
/// several times is a list; beside a file "f" stands its name as "f; filename".
/// @param bytes  a body as `render_body` wrote it; returned as it is unless it is a form
std::string fields_of(body_kind kind, std::string_view bytes);

/// The way back, for forms.
/// @param json  changed fields; what is no JSON object is sent as it stands
/// @return `malformed` for a part whose type breaks its header
result<rendered_body> with_fields(operation const& op, std::string_view json);

} // namespace watertight::target
