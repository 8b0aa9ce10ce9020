#pragma once

#include "scenarios/lab/mis/call.hpp"

#include <string>
#include <vector>

namespace watertight::lab::mis {

/// The ways in which a request names a tenant, apart from its token.
struct tenant_names {
    std::vector<std::string> ids;     // X-Tenant-ID
    std::vector<std::string> slugs;   // X-Tenant-Slug
    std::vector<std::string> hosts;   // <label>.mis.local
    std::vector<std::string> queries; // ?tenant=

    bool none() const noexcept
    {
        return ids.empty() && slugs.empty() && hosts.empty() && queries.empty();
    }
};

tenant_names read_tenant_names(request const& in);
/// True if every name that was given is one of the tenant's.
bool all_name(tenant_names const& names, tenant const& t);

/// Establishes who calls and for which tenant, refuses what the endpoint does not admit, counts
/// the request against the tenant's limit, and runs the endpoint.
asio::awaitable<response> admit(call& c, endpoint to);

/// The Redis key that overrides what a user's tokens say: "revoked", or the role since changed.
std::string session_key(std::string_view tenant_id, std::string_view user_id);
/// Tells every token of the user, from now on.
asio::awaitable<void>
override_sessions(call& c, std::string tenant_id, std::string user_id, std::string with);

} // namespace watertight::lab::mis
