#pragma once

#include "harness/target/source_place.hpp"
#include "harness/target/template_text.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace watertight::target {

/// One statement or command that traffic sends to a store itself, past the target.
struct store_operation {
    enum class kind { postgres, redis };

    kind on{};
    /// Within its store: "user_by_id".
    std::string name{};
    /// PostgreSQL: one statement with $1, $2, ... It is prepared as it stands: no slots.
    std::string sql{};
    /// What the statement's arguments are, or the command's words.
    std::vector<template_text> words{};
    /// The resource whose objects it asks for; empty: no object is chosen for it.
    std::string of{};
    source_place place{};

    /// "postgres.user_by_id": how phases and reports call it.
    std::string full_name() const { return store() + "." + name; }
    std::string store() const { return on == kind::postgres ? "postgres" : "redis"; }
};

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
    /// For traffic; sent as app_role_url, or url where that is not given.
    std::vector<store_operation> operations;

    std::string const& traffic_url() const { return app_role_url.empty() ? url : app_role_url; }
};

struct redis_store {
    std::string url;
    /// How a key names its tenant, with wild cards: "tenant:{tenant.id}:*".
    std::vector<template_text> keys;
    std::vector<std::string> exclude;
    /// The longest that an entry with a tenant's data may live; nothing: the scenario says nothing.
    std::optional<std::chrono::nanoseconds> lifetime_max;
    std::vector<store_operation> operations;
};

/// MongoDB as the scenario describes it. What names a document's owner may be a field, the
/// collection or the database; where several do, all must agree.
struct mongo_store {
    /// An account that sees everything; a database in its path confines it to that one.
    std::string url;
    /// The account that the application itself uses; empty: not given.
    std::string app_role_url;
    /// Field that names the owner in each document, with dots for nested ones; empty: none does.
    std::string tenant_field;
    /// What stands in that field: "{tenant.id}".
    template_text tenant_value;
    /// How a tenant's own databases and collections are called, with wild cards.
    std::vector<template_text> databases;
    std::vector<template_text> collections;
    /// "collection", "database.collection" or "database.*" that hold no tenant's data.
    std::vector<std::string> exclude;
};

} // namespace watertight::target
