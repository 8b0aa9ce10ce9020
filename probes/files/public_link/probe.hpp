#pragma once

#include "harness/probe/links.hpp"
#include "harness/probe/reach.hpp"

#include <string>
#include <vector>

namespace watertight::probes::files::public_link {

/// A link that an answer to the owner had, or one that the intruder was given for the owner's
/// object, and who followed it.
struct trial {
    tenant_index victim{};
    /// The answer that had the link: the owner's, or the intruder's.
    probe::exchange source{};
    probe::link where{};
    /// What the owner gets of its own link; the link leads to data only if it shows a canary.
    probe::exchange owners{};
    /// The intruder with its credentials, and somebody without any.
    probe::exchange intruders{};
    probe::exchange nobodys{};
    /// Without credentials: the link without its query, or with its last character changed.
    std::vector<probe::exchange> altered{};
    /// Without credentials: the intruder's own link of the same kind, with the victim's id in it.
    std::vector<probe::exchange> rewritten{};
    /// Without credentials: the folders in which the link lies, the nearest first.
    std::vector<probe::exchange> folders{};
    /// Without credentials, after the owner removed the object.
    probe::exchange afterwards{};
    bool is_capability = false;
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::files::public_link
