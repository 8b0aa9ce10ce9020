#pragma once

#include "harness/target/body.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::target {

/// One part of a body of `multipart/form-data`.
struct form_part {
    std::string name{};
    /// Nothing: an ordinary field, not a file.
    std::optional<std::string> file_name{};
    std::string content_type{};
    std::string content{};
};

/// The boundary is a line that none of the parts holds, the same for the same parts.
/// @param place  named in the failure
/// @return `malformed` for a content type that breaks its header
result<rendered_body> write_multipart(std::vector<form_part> const& parts, std::string_view place);

/// The parts of what `write_multipart` wrote; none of anything else.
std::vector<form_part> read_multipart(std::string_view bytes);

} // namespace watertight::target
