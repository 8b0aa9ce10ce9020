#pragma once

#include "harness/probe/table_owner.hpp"
#include "probes/postgres/row_ownership/probe.hpp"

namespace watertight::probes::postgres::row_ownership {

/// Which rows of the run's tenants refer to other tenants' rows, by which foreign key: one trial
/// for each table that refers to any. People are left out, who may be known to several tenants.
asio::awaitable<std::vector<trial>>
find_crossings(probe::context& ctx, stores::postgres& db, std::vector<probe::table> tables);

} // namespace watertight::probes::postgres::row_ownership
