#pragma once

#include "harness/probe/store_scan.hpp"

namespace watertight::probes::postgres::row_ownership {

/// A table's rows that carry canaries, with the tenant that each row says it belongs to.
struct trial {
    struct row {
        /// The tenant that the tenant column names; nothing: none of the run's.
        std::optional<tenant_index> stored{};
        /// What the column holds, for people.
        std::string stored_value{};
        std::vector<evidence::sighting> tokens{};
    };

    /// Rows under a value that is none of the run's tenants', which carry one tenant's canary.
    struct strangers {
        std::string value{};
        tenant_index carries{};
        std::uint64_t count = 0;
        /// One of them.
        row sample{};
    };

    /// Rows of one tenant's that refer to another's by a key.
    struct crossing {
        std::string key{};
        std::string parent{};
        tenant_index from{};
        tenant_index to{};
        std::uint64_t count = 0;
    };

    std::string table{};
    std::string tenant_column{};
    /// The column may be one of customers as well.
    bool is_guessed = false;
    /// Rows that carry a canary of the tenant that they say they belong to, and no other's.
    std::uint64_t rightly = 0;
    /// All others that carry one; no more than a hundred are kept.
    std::vector<row> rows{};
    std::vector<strangers> under_others{};
    std::vector<crossing> crossings{};
    /// Rows whose keys were looked at for that.
    std::uint64_t referring = 0;
    std::string reproduction{};
};

/// A value that is nobody's is a fault where a column of that name holds tenants' values at all. In
/// a column that holds none of them (a customer's number, an inner id) each value belongs to the
/// tenant whose canaries lie under it, and a fault is what lies there of others.
probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::postgres::row_ownership
