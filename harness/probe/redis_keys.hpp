#pragma once

#include "harness/base/tenant_words.hpp"
#include "harness/target/population.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace watertight::probe {

using tenant_name_set = std::set<std::string, std::less<>>;

/// What can be read in a key's name.
struct key_name {
    /// With what varies replaced by '*': "tenant:*:user:*".
    std::string family{};
    /// The tenant that it names, as far as can be told: one that is known, else what stands behind
    /// a word such as "tenant".
    std::optional<std::string> tenant{};
};

/// @param tenants  slugs and ids that are known.
key_name name_of_key(std::string_view key, tenant_name_set const& tenants);

/// Slug and id.
tenant_name_set names_of_tenant(target::tenant const& t);
tenant_name_set names_of_tenants(target::population const& made);

/// Whether a part of the key, or a part of a part, is one of these.
bool names_somebody(std::string_view key, tenant_name_set const& tenants);

/// Whether `name` stands in the key as a word of its own, and not within a longer one: tenant-1 is
/// not named by tenant-10.
bool names_word(std::string_view key, std::string_view name);

} // namespace watertight::probe
