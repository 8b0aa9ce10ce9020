#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace watertight::lint {

/// A PostgreSQL object id; 0: none.
using oid = std::uint32_t;

/// The part of a database's shape from which it can be told what names the tenant.
struct database_shape {
    struct relation {
        oid id = 0;
        std::string schema{};
        std::string name{};
        /// 'r', 'p', 'v', 'm', 'f', 'S' as in pg_class.
        char kind = 'r';
        oid parent = 0;
    };
    /// A column with a name that a tenant's column may have, or that a policy reads.
    struct column {
        oid of = 0;
        int number = 0;
        std::string name{};
        std::string type{};
        bool is_in_policy = false;
    };
    struct foreign_key {
        oid from = 0;
        oid to = 0;
        std::vector<int> numbers{};
        std::vector<std::string> names{};
    };

    std::vector<relation> relations{};
    std::vector<column> columns{};
    std::vector<foreign_key> keys{};
};

/// What names the tenant, and where.
struct tenancy {
    struct table {
        oid id = 0;
        std::vector<int> columns{};
    };

    oid tenants_table = 0;
    std::vector<table> tables{};
    /// Schemas of which each holds one tenant's tables.
    std::vector<std::string> schemas{};
    /// How it was told, for a report; empty if nothing names a tenant.
    std::string how{};
};

/// @param hints  what the caller says: each a column, or several of one key with commas.
tenancy find_tenancy(database_shape const& shape, std::vector<std::string> const& hints);

} // namespace watertight::lint
