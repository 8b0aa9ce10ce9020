#pragma once

#include "scenarios/lab/user_integers/call.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace watertight::lab::user_integers {

void add_auth(routes& to);
void add_classic(routes& to);
void add_integers(routes& to);
void add_operations(routes& to);
void add_tenants(routes& to);
void add_usage(routes& to);
void add_users(routes& to);

/// Establishes who calls and for which tenant, refuses what the endpoint does not admit, counts
/// the request against the tenant's limits, and runs the endpoint.
asio::awaitable<response> admit(call& c, endpoint to);

/// The Redis key under which a tenant's calls of a month are counted.
std::string month_key(fault_set const& faults, std::string_view tenant_id, std::string_view month);

/// Statements that switch a defect of the database itself on; empty without one.
std::string fault_sql(fault_set const& faults);

/// A user who has just been made, with the API key that is shown this once.
struct new_user {
    std::string id;
    std::string username;
    std::string role;
    std::string api_key;
};

/// Makes a user inside the transaction, which has the tenant set. Room is the caller's business.
/// @throws refusal 400 for a bad body, 409 if the tenant has the name already.
asio::awaitable<new_user>
insert_user(call& c, transaction& tx, std::string tenant_id, nlohmann::json body);

/// Runs the classic system's report while the release with tenants is on; ends when cancelled.
asio::awaitable<void> report_on_owners(core_state& core);

} // namespace watertight::lab::user_integers
