#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/comparison.hpp"

#include <string>
#include <vector>

namespace watertight::drill {

/// What a store held while a backup of it was made. Writes go on meanwhile, so that nobody knows
/// which of what came or changed in between is in the backup.
struct backed_up {
    contents early{};
    contents late{};
    catalogue shape{};
};

struct restore_setting {
    /// Brought back to where the traffic goes on, which may have written there since.
    bool in_place = false;
    /// By the drill's traffic, up to now.
    std::uint64_t writes_sent = 0;
};

/// Compares what a backup was made of with what was brought back, a table a line: whatever was
/// there all the time must be there as it was, and nothing else but what came or changed meanwhile.
///
/// @param found  with its own rows marked, where `in_place`.
std::vector<verdict::drill_fingerprint>
compare_restored(backed_up const& was, contents const& found, restore_setting const& how);

/// The rows of one tenant, of the tables that tell whose a row is; or all rows but those.
contents rows_of(contents const& all, std::string const& tenant);
contents rows_of_others(contents const& all, std::string const& tenant);

/// "shop.users" with the database of documents replaced by `into`, unless that is empty.
std::string moved_to(std::string const& name, std::string const& into);
contents moved_to(contents const& all, std::string const& into);

struct shape_question {
    /// These alone, as the backup names them; empty: all.
    std::vector<std::string> const& objects;
    /// The database that documents were brought to; empty: their own.
    std::string const& into;
    /// Another database than the one that was backed up: what belongs to a database as such, or to
    /// its server, is not compared.
    bool elsewhere = false;
    std::vector<std::string> const& exclude;
};

/// How the shape of what was brought back differs.
std::vector<catalogue_change>
compare_shape(catalogue const& was, catalogue const& found, shape_question const& q);

} // namespace watertight::drill
