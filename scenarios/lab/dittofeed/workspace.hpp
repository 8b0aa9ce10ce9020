#pragma once

#include "scenarios/lab/core/directory.hpp"

#include <array>
#include <string>

namespace watertight::lab::dittofeed {

/// A workspace as it is now. Immutable: a change makes a new one.
struct workspace {
    std::string id;
    std::string slug;
    std::string name;
    std::string status;

    std::array<std::string, 1> labels() const { return {slug}; }
    bool is_active() const noexcept { return status == "active"; }
};

using workspace_directory = directory<workspace>;

} // namespace watertight::lab::dittofeed
