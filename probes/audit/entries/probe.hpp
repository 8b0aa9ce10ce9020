#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <vector>

namespace watertight::probes::audit::entries {

/// One thing that ought to be in a tenant's log.
struct act {
    /// "users.create", "a refused attempt by header X-Tenant-ID".
    std::string what{};
    /// A refused attempt on another tenant, instead of something of one's own.
    bool is_attempt = false;
    probe::exchange before{};
    /// For an attempt: the same request for the writer's own tenant.
    probe::exchange own{};
    probe::exchange done{};
    /// The log when the entry was there, or when the time for it was over.
    probe::exchange after{};
    /// What an entry about it names: the object's id, or who did it. Empty: any entry will do.
    std::vector<std::string> names{};
};

/// The log of one tenant, and who sees what in it.
struct trial {
    tenant_index writer{};
    tenant_index other{};
    /// Where the list's array stands.
    std::string items{};
    /// Why nothing could be tried; empty if it could.
    std::string failure{};
    std::vector<act> acts{};
    /// Entries that a look at the log leaves by itself.
    std::size_t added_by_look = 0;
    /// The other tenant's log, and the writer's own address without credentials.
    std::vector<probe::exchange> others_looks{};
    /// Ids of the writer, its users and objects that nobody else may be shown.
    std::vector<std::string> writers_ids{};
    /// Passwords, tokens and keys that were used, each with what it is.
    std::vector<std::pair<std::string, std::string>> secrets{};
    /// The writer's log at the end.
    probe::exchange last{};
};

/// The entries of an answer, each as its values in a row.
std::vector<std::string> entries_of(probe::exchange const& e, std::string const& items);
/// Those of `after` that are not in `before`.
std::vector<std::string> new_entries(act const& a, std::string const& items);
/// Whether an attempt was refused: by its status, or by an answer that shows nothing of anybody's
/// and does not look like the one about the writer's own.
bool is_turned_away(act const& a);
/// Whether a new entry tells of the act.
bool is_recorded(act const& a, std::string const& items, std::size_t added_by_look);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::audit::entries
