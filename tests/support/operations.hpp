#pragma once

#include "harness/target/model.hpp"

#include <string>
#include <utility>

namespace watertight::test {

/// A request as a scenario would describe it, without a body.
inline target::operation operation(std::string name, std::string method, std::string path)
{
    target::operation op;
    op.name = std::move(name);
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    op.path_pattern = std::move(path);
    return op;
}

} // namespace watertight::test
