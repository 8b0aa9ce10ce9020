#pragma once

#include "harness/probe/planting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::job_result {

/// A finished job's answer (its state, its result), as its creator sees it.
struct result_view {
    /// Made while no other job was.
    probe::exchange alone{};
    /// Made while several tenants' jobs were.
    std::vector<probe::exchange> together{};
};

/// A job whose order named another tenant, and what its creator was given.
struct spoofed_job {
    tenant_index named{};
    /// "tenantId, tenant_id".
    std::string members{};
    probe::exchange order{};
    std::vector<probe::exchange> views{};
};

/// An address that a job's own state names, asked for by its owner and by somebody else.
struct handed_out_link {
    probe::exchange owner{};
    probe::exchange intruder{};
};

/// A job that its owner removed.
struct removed_job {
    probe::exchange before{};
    probe::exchange removal{};
    probe::exchange after{};
};

struct trial {
    std::vector<result_view> views{};
    std::vector<spoofed_job> spoofed{};
    std::vector<handed_out_link> links{};
    std::vector<removed_job> removed{};
};

/// Addresses on the target itself in a JSON body: paths, or URLs that begin with `origin`. Those
/// that carry a signature or a token of their own are meant to work for whoever holds them.
std::vector<std::string> links_in(std::string_view body, std::string_view origin);

/// A JSON object with these members set to `value`; empty text if `body` is no JSON object.
std::string
with_members(std::string_view body, std::vector<std::string> const& names, std::string_view value);

probe::conclusion judge(trial const& t);
probe::unit unit();

} // namespace watertight::probes::api::job_result
