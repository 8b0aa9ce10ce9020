#pragma once

#include "harness/probe/context.hpp"

#include <string>
#include <vector>

namespace watertight::probes::lifecycle::shared_secret {

/// A key or secret that the target gave to a tenant or one of its users.
struct given {
    tenant_index tenant{};
    /// "api_key of a member".
    std::string what{};
    std::string value{};
};

/// Whether an attribute of this name is a secret that lasts; session tokens are none.
bool is_lasting_secret(std::string_view name);

/// Whether it can be a secret, and is no word, address or date that many have.
bool looks_random(std::string_view value);

probe::conclusion judge(std::vector<given> const& all);
probe::unit unit();

} // namespace watertight::probes::lifecycle::shared_secret
