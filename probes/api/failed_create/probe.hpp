#pragma once

#include "harness/probe/planting.hpp"

namespace watertight::probes::api::failed_create {

/// A creation with one member spoilt.
struct spoilt {
    /// "sizeBytes = -1", for people.
    std::string how{};
    std::string body{};
};

/// A JSON body with each member in turn replaced by something that a careful target refuses, or
/// left out; none of them without `canary`, by which the object would be known.
std::vector<spoilt> spoil(std::string_view body, std::string_view canary);

/// A creation that was refused, and its sender's list afterwards.
struct trial {
    std::string how{};
    probe::marks canary{};
    probe::exchange refused{};
    probe::exchange listed{};
    /// A creation that was accepted afterwards: the list shows new objects.
    probe::exchange control{};
    probe::marks control_canary{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::failed_create
