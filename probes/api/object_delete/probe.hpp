#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::object_delete {

/// The owner reads, the intruder deletes, the owner reads again, deletes it in earnest and looks
/// for it once more: only a deletion that shows when the owner does it would have shown here.
struct trial {
    probe::marks canary{};
    probe::exchange before{};
    probe::exchange hostile{};
    probe::exchange after{};
    /// The owner's list before and after the hostile request, if there is one: a cached object may
    /// hide that it is gone.
    probe::exchange listed_before{};
    probe::exchange listed_after{};
    probe::exchange own_delete{};
    /// The owner's read of an id that nobody has, if there is a read.
    probe::exchange absent{};
    probe::exchange at_last{};
    /// Where a list is the owner's only view: objects made just before and after this one. While
    /// the list shows both, a next page is not where this one went.
    std::vector<probe::marks> neighbours{};
    probe::exchange listed_at_last{};
    /// From where the intruder reached for it, in words.
    std::string_view way{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_delete
