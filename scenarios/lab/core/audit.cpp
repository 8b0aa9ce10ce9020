#include "scenarios/lab/core/audit.hpp"

#include <fmt/format.h>

namespace watertight::lab {

using stores::quote_literal;

std::string audit_sql(audit_entry const& entry)
{
    return fmt::format(
        "INSERT INTO audit_logs (tenant_id, actor, action, resource) VALUES ({}, {}, {}, {})",
        quote_literal(entry.tenant_id),
        quote_literal(entry.actor),
        quote_literal(entry.action),
        quote_literal(entry.resource)
    );
}

} // namespace watertight::lab
