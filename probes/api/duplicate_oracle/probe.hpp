#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::api::duplicate_oracle {

/// The intruder creates (or changes) an object with the very values of one that the victim has, and
/// one with values of its own.
struct attempt {
    probe::exchange victims{};
    probe::exchange hostile{};
    probe::exchange control{};
    /// Whether each of them made an object, whatever its status.
    bool victims_made = false;
    bool hostile_made = false;
    bool control_made = false;
};

struct trial {
    tenant_index victim{};
    std::vector<attempt> attempts{};
    /// Of objects that are there already. One that can't be changed is another probe's subject.
    bool is_update = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::duplicate_oracle
