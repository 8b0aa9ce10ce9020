#pragma once

#include "harness/probe/planting.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::like_named {

/// A place of a creation that takes a name, in words: "name", "the address".
struct naming {
    std::string place{};
    /// What is sent in place of the body as it stands, and of the target; empty: nothing.
    std::string body{};
    std::string target{};
};

/// The creation with `word` in place of the canary in one place, wherever the canary still stands
/// in another: each text of a JSON body, and the address.
std::vector<naming> namings(
    std::string_view body,
    std::string_view target,
    probe::marks const& canary,
    std::string_view word
);

/// What was seen of one's own object at some time.
struct sight {
    /// "after the other had made one of the same name".
    std::string when{};
    std::vector<probe::exchange> views{};
};

/// Two tenants that each make an object of the same name, with content of its own.
struct trial {
    std::string channel{};
    /// "name = wtsame1", for people.
    std::string how{};
    tenant_index victim{};
    tenant_index intruder{};
    probe::marks victims{};
    probe::marks intruders{};
    probe::exchange made{};
    /// The other creation, and whether it was sent at the same time.
    probe::exchange other_made{};
    bool at_once = false;
    /// The victim's object before there was the other one; views of it are the controls. At once
    /// there is no before.
    sight before{};
    std::vector<sight> after{};
    /// What the intruder did to its own object: the victim's read of its own right before and right
    /// after, and of another object of the victim's, which changes by itself if both do.
    struct action {
        std::string channel{};
        probe::exchange done{};
        std::vector<probe::exchange> before{};
        probe::exchange after{};
        probe::exchange twin_before{};
        probe::exchange twin_after{};
    };
    std::vector<action> actions{};
    /// What lives under the two, of one kind: the victim's list of its own, which may fill a cache,
    /// the intruder's of its own, and the victim's again.
    struct family {
        std::string kind{};
        probe::marks victims{};
        probe::marks intruders{};
        probe::exchange control{};
        probe::exchange hostile{};
        probe::exchange again{};
    };
    std::vector<family> families{};
    /// The intruder's object as the intruder sees it.
    sight others{};
};

/// Makes one object of each kind that lives under `r` beneath both, and lists them in turn.
asio::awaitable<std::vector<trial::family>> look_below(
    probe::context& ctx,
    target::resource const& r,
    target::object const& victims,
    target::object const& intruders
);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::like_named
