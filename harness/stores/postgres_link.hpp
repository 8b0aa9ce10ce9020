#pragma once

#include "harness/stores/pipe.hpp"
#include "harness/stores/postgres_address.hpp"

#include <memory>
#include <string>
#include <vector>

namespace watertight::stores {

/// What each connection of a kind is made with. Immutable, shared by all cores.
struct postgres_plan {
    struct statement {
        /// Under which it is prepared, and which operations name.
        std::string name;
        std::string sql;
        std::size_t arguments = 0;
        /// What messages call it.
        std::string title;
    };
    /// Complete: see complete_postgres_address.
    postgres_address address;
    /// Setting that holds the tenant for the length of each operation; empty: none.
    std::string context;
    std::vector<statement> statements;
};

/// A PostgreSQL connection in libpq's pipeline mode. Every statement is prepared before it opens;
/// what the server makes of one of them that is wrong is `rejected`.
///
/// An operation's fields: the statement's name, the context's value if the plan has a context, the
/// statement's arguments. It is a transaction of its own and costs one round trip. It has no BEGIN
/// and COMMIT, for all that stands between two Syncs is one transaction as it is, which ends by
/// itself where an explicit one would be left open and failed, with those behind it, by an error.
std::shared_ptr<link> make_postgres_link(
    asio::any_io_executor const& core, std::shared_ptr<postgres_plan const> plan, bool is_shared
);

} // namespace watertight::stores
