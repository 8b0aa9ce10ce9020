#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace watertight::net {

/// Unpacks a body: gzip of one or more members, deflate with and without zlib's wrapping.
///
/// @param into       keeps what is unpacked; its room is used again.
/// @param bytes_max  a body that unpacks to more is `malformed`, so that a bomb is bounded.
/// @return a view of `into`, or of `body` itself where nothing had to be unpacked (`identity`, and
///         `other`, which this program does not know). `malformed`: cut short or not so packed.
result<std::string_view>
decode(content_coding coding, std::string_view body, std::string& into, std::size_t bytes_max);

} // namespace watertight::net
