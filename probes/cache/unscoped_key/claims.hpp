#pragma once

#include "harness/probe/redis_scan.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::cache::unscoped_key {

/// What the fields of a hash that are called after a tenant hold.
std::set<std::string> labels_in(std::vector<probe::redis_part> const& fields);

/// Tells whose a key says that its value is, or what stands in the value itself.
class claims {
public:
    struct claim {
        bool names_owner = false;
        /// It names another tenant of the run instead.
        std::optional<tenant_index> names_other{};
    };

    explicit claims(probe::context& ctx);

    /// Of data of `owner` in the whole value, or in one part of it.
    claim of(probe::redis_entry const& entry, probe::redis_part const* part, tenant_index owner);

    /// Nobody says how keys name their tenant.
    bool is_guessed() const { return ctx_.redis_store().keys.empty(); }

private:
    bool fits(std::string const& name, tenant_index t) const;
    bool is_telling(tenant_index t) const;
    bool names(std::string_view text, tenant_index t) const;
    bool is_label(std::set<std::string> const& labels, tenant_index t) const;
    bool holds_secret(std::string_view key, tenant_index t);

    probe::context& ctx_;
    /// Tokens of the tenants' users, by which sessions are kept.
    std::map<tenant_index, std::vector<std::string>> secrets_;
};

} // namespace watertight::probes::cache::unscoped_key
