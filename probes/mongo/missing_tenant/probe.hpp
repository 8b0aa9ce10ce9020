#pragma once

#include "harness/probe/mongo_scan.hpp"

namespace watertight::probes::mongo::missing_tenant {

/// How many documents of a collection say whose they are.
struct trial {
    /// "database.collection".
    std::string name{};
    std::string tenant_field{};
    std::uint64_t documents = 0;
    /// Those in which the field is absent or null.
    std::uint64_t missing = 0;
    /// The _id of one of those, and the owner of a canary in it, if it carries one.
    std::string example_id{};
    std::optional<evidence::sighting> token{};
    std::string reproduction{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::mongo::missing_tenant
