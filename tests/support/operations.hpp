#pragma once

#include "harness/target/model.hpp"

#include <string>

namespace watertight::test {

/// An operation compiled from its sketch; `json` is its body if it is not empty.
inline target::operation operation(
    std::string const& name,
    std::string const& method,
    std::string const& path,
    std::string const& json = {}
)
{
    target::operation op;
    op.name = name;
    op.method = method;
    op.path_pattern = path;
    op.path = target::template_text::compile(path, target::escape::url);
    if (json.empty()) return op;
    op.body = target::body_kind::json;
    op.body_text = target::template_text::compile_json(json);
    return op;
}

} // namespace watertight::test
