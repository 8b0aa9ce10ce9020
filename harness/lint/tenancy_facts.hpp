#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/postgres.hpp"
#include "harness/lint/tenancy.hpp"
#include "harness/stores/postgres.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lint {

using parameters = std::vector<std::optional<std::string>>;

/// One query in a read-only transaction with the options' timeouts.
asio::awaitable<result<stores::postgres_rows>>
read_only(stores::postgres& db, postgres_options const& o, std::string sql, parameters values = {});

/// {1,2,3} as PostgreSQL reads it.
std::string array_text(std::vector<std::string> const& items);

struct server_facts {
    int version = 0;
    std::string version_text{};
    bool is_standby = false;
    std::string database{};
    std::string user{};
};

/// The server, the shape of its database and what belongs to no lint.
struct database_facts {
    server_facts server{};
    database_shape shape{};
    std::vector<left_out> not_examined{};
    std::map<std::string, std::uint64_t> examined{};
};

asio::awaitable<result<database_facts>> read_database(stores::postgres& db, postgres_options o);

struct app_roles {
    std::vector<std::string> oids{};
    std::vector<std::string> names{};
    /// Somebody said so; otherwise derived from privileges.
    bool is_told = false;
};

/// The roles that the application connects as: those told, else those that may log in and write to
/// the tenants' tables, where there is one without privileges beyond that those alone.
/// @param tables  ids of the tenants' tables.
asio::awaitable<result<app_roles>>
find_app_roles(stores::postgres& db, postgres_options o, std::vector<std::string> tables);

} // namespace watertight::lint
