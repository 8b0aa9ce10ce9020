#pragma once

#include "harness/probe/http_cache.hpp"

#include <string>
#include <vector>

namespace watertight::probes::cache::deception {

/// The path of a read, dressed up as a static file that a cache would keep: "/me" as "/me/x.css",
/// "/me;x.css", "/static/..%2fme" and so on. `name` makes each an entry of its own.
std::vector<std::string> disguises(std::string_view path, std::string_view name);

/// A disguised read that the victim was led to, and who asked for it afterwards.
struct trial {
    tenant_index victim{};
    probe::exchange plain{};
    probe::exchange lured{};
    std::vector<std::pair<probe::asker, probe::exchange>> harvest{};
    /// The same disguise under another name, which the victim was not led to; only if a harvest
    /// shows something.
    std::vector<probe::exchange> unlured{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::deception
