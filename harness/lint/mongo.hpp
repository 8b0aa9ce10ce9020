#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/report.hpp"
#include "harness/net/asio.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lint {

/// What was read from a MongoDB, for its lints to judge. Whoever writes a lint that needs more
/// reads it in mongo.cpp and gives it a member here.
struct mongo_facts {
    struct index {
        std::string name{};
        std::vector<std::string> fields{};
        bool is_unique = false;
    };
    struct collection {
        std::string database{};
        std::string name{};
        std::uint64_t documents = 0;
        /// Documents in which the tenant field is absent or null.
        std::uint64_t missing = 0;
        std::vector<index> indexes{};

        std::string display() const { return database + "." + name; }
        /// Some document says whose it is.
        bool is_tenants() const noexcept { return documents > missing; }
    };
    struct role {
        std::string name{};
        std::string database{};
    };
    struct user {
        std::string name{};
        std::string database{};
        std::vector<role> roles{};
    };

    /// The field that names the tenant; empty: no document has one that is known for it.
    std::string tenant_field{};
    std::vector<collection> collections{};
    std::vector<user> users{};
    /// Why the accounts could not be read.
    std::string users_refused{};

    /// Whether an index by this field is one by tenant: by its field or by what stands in that.
    bool names_tenant(std::string_view field) const
    {
        return field == tenant_field || field.starts_with(tenant_field + ".");
    }
};

struct mongo_options {
    std::string url{};
    /// The field that names the tenant; empty: it is derived.
    std::string tenant_field{};
    std::vector<std::string> exclude{};
};

/// The field among these names that people give to what names the tenant; empty if none is.
std::string tenant_field_of(std::vector<std::string> const& names);

/// Reads the facts, then lets each unit judge them.
asio::awaitable<result<report>>
examine_mongo(asio::any_io_executor core, mongo_options o, std::vector<mongo_unit> units);

} // namespace watertight::lint
