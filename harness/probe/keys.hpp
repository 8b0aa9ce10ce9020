#pragma once

#include "harness/target/model.hpp"

namespace watertight::probe {

/// Whether a header of an operation's own holds a secret of the tenant's or the user's: an API key.
bool is_key(target::template_text const& header);
/// Whether the operation sends one, beside the session's credentials: these alone say nothing of
/// who is let in then.
bool carries_key(target::operation const& op);

} // namespace watertight::probe
