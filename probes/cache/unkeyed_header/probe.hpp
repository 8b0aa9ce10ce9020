#pragma once

#include "harness/probe/http_cache.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::probes::cache::unkeyed_header {

/// A header with a marker in it that no other has.
struct planted_header {
    std::string name{};
    std::string value{};
    std::string marker{};
};

/// Headers that services build links and redirects from, each with a marker made of `canary`.
std::vector<planted_header> planted_headers(std::string_view canary);

/// One URL: the intruder asks with planted headers, then the victim as always.
struct trial {
    tenant_index victim{};
    /// The victim's read under an address of its own, before.
    probe::exchange control{};
    probe::exchange poison{};
    /// Sent only if the poison's answer repeats a marker, or was asked for by another way.
    probe::exchange victims{};
    std::vector<planted_header> headers{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::unkeyed_header
