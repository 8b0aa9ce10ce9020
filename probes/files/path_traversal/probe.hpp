#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::files::path_traversal {

/// Spellings of the way from one's own folder to another's key, for a query or a path: each as it
/// goes on the wire. `own` and `foreign` are keys ("acme/a.txt") or bare names; for bare names
/// `folders` are what the other's folder may be called.
std::vector<std::string>
spellings(std::string_view own, std::string_view foreign, std::vector<std::string> const& folders);

/// One spelling in place of one's own key.
struct trial {
    tenant_index victim{};
    /// The intruder's own read of its own object by its key.
    probe::exchange control{};
    probe::exchange hostile{};
    std::string spelling{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::files::path_traversal
