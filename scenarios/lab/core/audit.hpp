#pragma once

#include "scenarios/lab/core/database.hpp"

#include <string>

namespace watertight::lab {

/// Who did what, for one tenant's log. `resource` names nothing of another tenant.
struct audit_entry {
    std::string tenant_id;
    std::string actor;
    std::string action;
    std::string resource;
};

/// Where a service's audit entries go, whatever the store.
class audit_log {
public:
    virtual ~audit_log() = default;

    /// Ends when the entry is stored. @throws store_error.
    virtual asio::awaitable<void> write(audit_entry entry) = 0;
};

/// An INSERT into `audit_logs (tenant_id, actor, action, resource)`, for a transaction to commit
/// together with what the entry tells of.
std::string audit_sql(audit_entry const& entry);

} // namespace watertight::lab
