#pragma once

#include "harness/drill/plan.hpp"
#include "harness/drill/watch.hpp"
#include "harness/net/http.hpp"

namespace watertight::drill {

/// Which version gave the answer, by what the scenario says: a header, or a member of a JSON body.
/// An answer that tells neither of the two is `untold`.
version_seen version_of(net::http_response const& answer, version_echo const& how);

} // namespace watertight::drill
