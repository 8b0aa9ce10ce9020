#pragma once

#include "harness/target/model.hpp"

#include <string>

namespace watertight::target {

using channel_kind = identity_channel::kind;

inline identity_channel
channel(channel_kind kind, std::string name, std::string value, bool is_default)
{
    identity_channel out;
    out.type = kind;
    out.name = std::move(name);
    out.value_pattern = value;
    out.value = template_text::compile(value, escape::none);
    out.is_default = is_default;
    return out;
}

inline operation request(std::string method, std::string path)
{
    operation op;
    op.name = "an operation";
    op.method = std::move(method);
    op.path_pattern = path;
    op.path = template_text::compile(path, escape::url);
    return op;
}

} // namespace watertight::target
