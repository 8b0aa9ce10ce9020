#pragma once

#include "harness/probe/postgres_scene.hpp"
#include "harness/probe/table_owner.hpp"
#include "probes/postgres/key_oracle/probe.hpp"

namespace watertight::probes::postgres::key_oracle {

/// One tenant table as both roles see it.
struct bench {
    probe::context& ctx;
    probe::row_scene& s;
    probe::table t{};
    probe::role_facts facts{};
    probe::owner_keys keys{};
    tenant_index victim{};
    tenant_index intruder{};

    std::string enter(tenant_index who) const { return probe::context_sql_of(ctx, who); }
    std::string copy(tenant_index who, std::map<std::string, std::string> const& fixed) const;
    bool names_tenant(std::vector<std::string> const& columns) const;
};

/// The names that the catalogue's queries put together.
std::vector<std::string> names_in(std::optional<std::string> const& text);

/// Each unique key without the tenant in it, of the table and of its parts.
asio::awaitable<void> try_unique_keys(bench b, std::vector<attempt>& out);
/// Each foreign key without the tenant in it that leads to tenants' rows.
asio::awaitable<void> try_foreign_keys(bench b, std::vector<attempt>& out);

} // namespace watertight::probes::postgres::key_oracle
