#pragma once

#include "harness/probe/guests.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::lifecycle::half_made {

/// A creation of a tenant with one member spoilt, and what is wrong with it.
struct spoilt {
    std::string how{};
    std::string body{};
};

/// A JSON body with one member after the other spoilt: left out, too long, too short, of another
/// type. What holds one of `kept` stays, or nobody would know the tenant again.
std::vector<spoilt> spoil(std::string_view body, std::vector<std::string> const& kept);

/// A creation that was refused, and what is there of it.
struct trial {
    std::string how{};
    tenant_index tenant{};
    probe::exchange refused{};
    /// The first user of the refused tenant could log in.
    bool opens_session = false;
    /// The same creation, whole.
    probe::exchange again{};
    bool is_made_again = false;
};

/// A whole creation of a tenant that was never asked for before.
struct control {
    probe::exchange made{};
    bool is_made = false;
};

probe::conclusion judge(std::vector<trial> const& trials, control const& c);
probe::unit unit();

} // namespace watertight::probes::lifecycle::half_made
