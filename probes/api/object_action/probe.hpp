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

/// The intruder's action on an object of its own in the victim's place: an invitation that is
/// accepted, a link that is followed, under the victim's path or host.
struct carried {
    /// Of the intruder's object.
    probe::marks canary{};
    /// The victim's lists, before and after, in the same order.
    std::vector<probe::exchange> before{};
    probe::exchange hostile{};
    std::vector<probe::exchange> after{};
};

/// Adds a violation where the intruder's object stands in a list of the victim's afterwards. What
/// does not is no trial: nobody says that it would have been shown.
void judge_carried(std::vector<carried> const& trials, probe::conclusion& out);
asio::awaitable<std::vector<carried>> carry_all(probe::context& ctx);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::object_action
