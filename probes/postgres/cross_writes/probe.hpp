#pragma once

#include "harness/probe/conclusion.hpp"

#include <string>
#include <vector>

namespace watertight::probes::postgres::cross_writes {

/// How a statement ended, before it was rolled back.
enum class ending {
    /// The row policies or the privileges refused it.
    refused,
    /// It was carried out and touched no row that it must not touch.
    nothing,
    /// It touched what it must not.
    touched,
    /// The policies let it pass; an integrity constraint, which comes after them, did not.
    constrained,
    /// Something else, which says nothing.
    unknown,
};

/// One kind of statement against one tenant's rows, in another's context.
struct attempt {
    /// "INSERT", "UPDATE without WHERE".
    std::string verb{};
    /// What it tried: "a row under the other tenant's id".
    std::string aim{};
    ending how = ending::unknown;
    /// The owner may do the same with their own.
    bool owner_may = false;
    std::string failure{};
    std::string reproduction{};
};

/// One table and one ordered pair of tenants.
struct trial {
    std::string table{};
    tenant_index victim{};
    tenant_index intruder{};
    std::vector<attempt> attempts{};
};

probe::conclusion judge(std::vector<trial> const& trials);

} // namespace watertight::probes::postgres::cross_writes
