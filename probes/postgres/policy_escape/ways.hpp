#pragma once

#include "harness/probe/postgres_scene.hpp"
#include "probes/postgres/policy_escape/probe.hpp"

namespace watertight::probes::postgres::policy_escape {

/// One protected table, two tenants, one of whom tries to get at the other's rows.
struct cell {
    probe::context& ctx;
    probe::row_scene& s;
    probe::table t{};

    /// The first of `rows` that names another tenant than the one who tries.
    std::optional<tenant_index> other_in(stores::postgres_rows const& rows) const;
};

/// Whose rows the table shows.
std::string owners_sql(probe::table const& t);

/// Reads the table after `before`, in the context of the one who tries or in `enter`.
asio::awaitable<void> try_way(
    cell c,
    std::string way,
    std::string before,
    std::vector<attempt>& out,
    std::optional<std::string> enter = std::nullopt
);

/// What stands in the tables that the policies read: written by the role itself, and as that of a
/// user of both tenants.
asio::awaitable<void> try_memberships(cell c, std::vector<attempt>& out);
/// The part of a context's claims that users write themselves.
asio::awaitable<void> try_claims(cell c, std::vector<attempt>& out);

/// What the policies read of the session beside the context, set to what opens it: a sentence for
/// each setting that shows others' rows. By a setting alone nobody is let in who could not name
/// another tenant in the context as well.
asio::awaitable<std::vector<std::string>> find_flags(cell c);

} // namespace watertight::probes::postgres::policy_escape
