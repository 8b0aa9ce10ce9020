#pragma once

#include "harness/base/error.hpp"

#include <string>
#include <string_view>

namespace watertight::cli {

/// http:// or https://.
bool is_url(std::string_view text);

/// The body at a URL, up to 64 MiB, within 30 seconds a request; a few redirections are followed.
/// @return `rejected` with the status if it is no success, or why there was no answer. Messages do
///         not show credentials of the URL.
result<std::string> fetch_text(std::string const& url);

} // namespace watertight::cli
