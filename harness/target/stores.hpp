#pragma once

#include "harness/target/template_text.hpp"

#include <string>
#include <vector>

namespace watertight::target {

/// PostgreSQL as the scenario describes it.
struct postgres_store {
    /// A role that sees every row (for scans and controls); empty: not given.
    std::string url;
    /// The role that the application itself uses.
    std::string app_role_url;
    /// Column that names the owner in each table: "tenant_id". Where a table lacks it, catalogue
    /// and foreign keys are searched for one.
    std::string tenant_column;
    /// What stands in that column: "{tenant.id}".
    template_text tenant_value;
    /// Setting that row-level security reads ("app.tenant_id"); empty: the application filters.
    std::string context;
    /// Tables under row-level security; "*" for all with a tenant column.
    std::vector<std::string> row_security;
    /// Tables that hold no tenant's data.
    std::vector<std::string> exclude;
};

struct redis_store {
    std::string url;
    /// How a key names its tenant, with wild cards: "tenant:{tenant.id}:*".
    std::vector<template_text> keys;
    std::vector<std::string> exclude;
};

} // namespace watertight::target
