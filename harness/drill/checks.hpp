#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace watertight::drill {

/// A store of which the data is fingerprinted before the drill and after it.
struct fingerprint_site {
    std::string store{};
    /// Tables as "schema.table", collections as "database.collection", patterns of Redis keys.
    /// Empty: every ordinary table outside the system schemas, every collection, every key.
    std::vector<std::string> objects{};
    /// The column or field that names the tenant; empty: found by convention.
    std::string tenant{};
};

/// What else is compared once the drill is over.
struct verification {
    /// Compare the stores' schemas, policies, privileges, indexes and accounts.
    bool catalogue = true;
    /// Patterns of what in them may differ: "table public.backup_*", "proptech_backup.*".
    std::vector<std::string> exclude{};
    /// Probes to run before the drill and after it; what only the later run finds is the drill's.
    std::vector<std::string> probes{};
};

/// A forward step that is killed in the middle, as by kill -9, and then run from the start.
struct interruption {
    /// A step that runs a command, by its name.
    std::string step{};
    std::chrono::nanoseconds after{};
};

/// What must hold once the forward steps are done, told by the stores and not by the steps.
struct validation {
    /// Tables and collections in which every row names a tenant.
    std::vector<std::string> owned{};
    /// What names the default tenant, to which all rows of before belong that had none.
    std::string default_tenant{};
    /// Facts of the catalogues that must be there: "index public.users_by_tenant".
    std::vector<std::string> present{};
    /// Where tables and collections of before are now.
    std::map<std::string, std::string> renamed{};
    /// Tables, collections and columns that the migration takes away on purpose: nothing asks where
    /// their rows, or what stood in them, went.
    std::vector<std::string> dropped{};
    /// Run the forward steps a second time, which must change nothing.
    bool repeat = false;
    std::optional<interruption> interrupt{};
};

} // namespace watertight::drill
