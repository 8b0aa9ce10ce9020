#pragma once

#include "harness/probe/store_scan.hpp"

#include <set>

namespace watertight::probes::postgres::row_security {

/// What the application's role is given under one context.
struct attempt {
    /// "set to acme-01", "never set, fresh connection", "empty, used connection".
    std::string context{};
    /// The tenant that the context names; nothing: nobody.
    std::optional<tenant_index> as{};
    bool answered = false;
    std::string failure{};
    std::uint64_t rows = 0;
    /// Tenants whose rows were shown, by the tenant column or by their canaries.
    std::vector<tenant_index> owners{};
    /// What stands in the tenant column of rows that are none of the run's tenants'.
    std::set<std::string, std::less<>> strangers{};
    /// Nothing was set at all.
    bool is_unset = false;
    std::string token{};
    std::string reproduction{};
};

/// One table that the scenario says is under row-level security.
struct trial {
    std::string table{};
    /// Tenants of the run that have rows in it, as a privileged role sees them.
    std::vector<tenant_index> present{};
    std::vector<attempt> attempts{};
    /// Two clients were seen to take turns on one session of the server's.
    bool shares_session = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::postgres::row_security
