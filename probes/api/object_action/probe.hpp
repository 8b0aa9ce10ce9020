#pragma once

#include "harness/probe/read_back.hpp"

namespace watertight::probes::api::object_action {

/// An action on an object, and what the object's owner saw of it before and after. Views stand in
/// the same order throughout: the read first, then the list.
struct side {
    std::vector<probe::exchange> before{};
    std::vector<probe::exchange> before_again{};
    probe::exchange action{};
    std::vector<probe::exchange> after{};
    /// What the request carried, if it carries any canary.
    probe::marks planted{};
    /// What tells the object from others in a list.
    std::vector<std::string> tokens{};
};

/// The intruder's action on the victim's object; the victim's own on another of its objects: the
/// control; a third one that nobody touched meanwhile; and the intruder's on one that nobody has.
struct trial {
    side hostile{};
    side own{};
    side idle{};
    probe::exchange absent{};
    /// From this view on, views are lists.
    std::size_t first_list = 0;
    /// From where the intruder reached for it, in words.
    std::string way{};
    /// The action without which this one is refused to the owner, too; mostly empty.
    std::string prepared{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_action
