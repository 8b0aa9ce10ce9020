#pragma once

#include "scenarios/lab/core/router.hpp"
#include "scenarios/lab/mis/call.hpp"

namespace watertight::lab::mis {

using routes = router<endpoint>;

void add_auth(routes& to);
void add_tenants(routes& to);
void add_tenant_configuration(routes& to);
void add_tenant_reports(routes& to);
void add_users(routes& to);
void add_events(routes& to);
void add_exports(routes& to);
void add_files(routes& to);
void add_media(routes& to);
void add_media_actions(routes& to);
void add_audit(routes& to);
void add_features(routes& to);
void add_operations(routes& to);
void add_classic(routes& to);
void add_webhooks(routes& to);
void add_graph(routes& to);
void add_backups(routes& to);

/// Statements that switch a defect of the database itself on; empty without one.
std::string fault_sql(fault_set const& faults);

/// Makes the first user of a tenant inside the transaction that makes the tenant.
/// @throws refusal for a weak password. @return the user's id.
asio::awaitable<std::string> insert_first_admin(
    transaction& tx, std::string tenant_id, password_policy policy, nlohmann::json admin
);

/// Stores the plan's default configurations, replacing those that have the same key.
asio::awaitable<void>
put_default_configurations(transaction& tx, std::string tenant_id, plan const& p);

/// What a tenant has of these kinds, as the text of a JSON object. @throws refusal for an unknown
/// kind.
asio::awaitable<std::string>
export_text(transaction& tx, std::string tenant_id, nlohmann::json types);

/// Makes the exports that requests left, until it is cancelled.
asio::awaitable<void> work_on_exports(core_state& core);

/// Runs the classic system's report while the multi-tenant release is on; ends when cancelled.
asio::awaitable<void> report_on_members(core_state& core);

} // namespace watertight::lab::mis
