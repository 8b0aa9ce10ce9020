#pragma once

#include "harness/probe/jobs.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::poison_job {

/// An order that a target may take and a worker fail at, and what is wrong with it.
struct poison {
    std::string how{};
    std::string body{};
};

/// A JSON body with one member after the other such that it looks well: an empty text or list, an
/// unknown word, a negative number, nothing at all. Never a large number: that would be work.
std::vector<poison> poisons(std::string_view body);

/// A victim's job before and after a neighbour's orders that cannot be carried out.
struct trial {
    tenant_index victim{};
    tenant_index intruder{};
    probe::job_end before{};
    /// The intruder's orders that were taken, and how many were refused at once.
    std::vector<poison> taken{};
    std::size_t refused = 0;
    /// The last of those taken.
    probe::exchange order{};
    std::chrono::nanoseconds patience{};
    probe::job_end after{};
    /// The same job, once the intruder's were removed.
    probe::job_end relieved{};
    /// Why there was no job to look at.
    std::string failure{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::poison_job
