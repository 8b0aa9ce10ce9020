#pragma once

#include "harness/stores/mongo.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/redis.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// What a store holds beside its data: shapes, policies, privileges, indexes, accounts.
struct catalogue {
    /// "policy public.users.only_own" to its definition.
    std::map<std::string, std::string> facts{};
    /// What could not be read, and why.
    std::vector<std::string> unread{};
};

/// Relations with their options, columns, row security, policies by predicate, indexes,
/// constraints, functions, triggers, views by definition, rules, types, privileges (granted and by
/// default), settings, and the cluster's roles with their attributes and memberships.
asio::awaitable<result<catalogue>> read_catalogue(stores::postgres& db);

/// Collections with their options (validators among them), indexes, users and roles.
/// @param database  one alone; empty: all but the server's own.
asio::awaitable<result<catalogue>> read_catalogue(stores::mongo& db, std::string database);

/// Accounts with their rules (passwords as fingerprints) and the settings on which keys depend.
asio::awaitable<result<catalogue>> read_catalogue(stores::redis& db);

struct catalogue_change {
    /// "policy public.users.only_own".
    std::string what{};
    /// "is gone; it was: ...".
    std::string how{};
};

/// @param exclude  shell-style patterns; one that fits a fact, or the fact without its kind, leaves
///                 it out.
std::vector<catalogue_change> differences(
    catalogue const& before, catalogue const& after, std::vector<std::string> const& exclude
);

/// Each change on a line of its own, beginning with the line's end; of more than `most` how many
/// are left out.
std::string in_lines(std::vector<catalogue_change> const& changes, std::size_t most);

} // namespace watertight::drill
