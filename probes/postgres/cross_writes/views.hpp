#pragma once

#include "harness/probe/postgres_role.hpp"
#include "probes/postgres/cross_writes/probe.hpp"

namespace watertight::probes::postgres::cross_writes {

/// Views over protected tables that the application's role may write: a row is put there under
/// another tenant's id, or given to it, and that tenant looks whether it has one more. Rolled back.
/// @param db  sees the whole catalogue.
asio::awaitable<void> try_views(
    probe::context& ctx, stores::postgres& db, probe::role_site& site, std::vector<trial>& out
);

} // namespace watertight::probes::postgres::cross_writes
