#pragma once

#include "harness/traffic/findings.hpp"

#include <string>

namespace watertight::traffic {

/// An operation on a store as a person would type it, secrets redacted.
/// @pre x.what.what->store is set.
std::string store_request_text(observed const& x);

/// The same as a line for a shell; the store's address is a variable of the reader's.
std::string store_reproduction(observed const& x);

} // namespace watertight::traffic
