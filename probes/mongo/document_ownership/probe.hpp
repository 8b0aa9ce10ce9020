#pragma once

#include "harness/probe/mongo_scan.hpp"

namespace watertight::probes::mongo::document_ownership {

/// One collection of the live catalogue, with what its documents carry.
struct trial {
    /// Documents of one owner under one value of the tenant field.
    struct group {
        evidence::sighting token{};
        /// What the tenant field holds; nothing: it is missing.
        std::optional<std::string> stored{};
        /// The tenant whom that value names; nothing: none of the run's.
        std::optional<tenant_index> stored_tenant{};
        std::string id{};
        std::uint64_t count = 0;
        std::string reproduction{};
    };

    /// "database.collection".
    std::string name{};
    /// Tenants whose own database or collection it is; empty: the documents say whose they are.
    std::set<tenant_index> homes{};
    std::string tenant_field{};
    std::vector<group> groups{};
};

/// @param planted  tenants whose objects the run has written: each must be found somewhere.
probe::conclusion judge(
    std::vector<trial> const& trials,
    std::vector<std::pair<tenant_index, std::string>> const& planted
);
probe::unit unit();

} // namespace watertight::probes::mongo::document_ownership
