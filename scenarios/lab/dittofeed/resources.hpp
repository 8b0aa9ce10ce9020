#pragma once

#include "scenarios/lab/dittofeed/call.hpp"

#include <array>
#include <string_view>

namespace watertight::lab::dittofeed {

/// What workspaces own, all of the same shape.
struct resource_kind {
    std::size_t number;
    /// As in paths and as a quota's resourceType: "segments".
    std::string_view name;
    /// Quoted for SQL.
    std::string_view table;
    /// Of its keys in the cache.
    std::string_view prefix;
};

inline constexpr std::array resource_kinds{
    resource_kind{0, "segments", R"("Segment")", "segment"},
    resource_kind{1, "journeys", R"("Journey")", "journey"},
    resource_kind{2, "templates", R"("MessageTemplate")", "template"},
};

} // namespace watertight::lab::dittofeed
