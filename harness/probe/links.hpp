#pragma once

#include "harness/probe/exchange.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// A URL that an answer gave, as it can be asked for.
struct link {
    /// "host:port" of an absolute one; empty: the target's own.
    std::string host{};
    /// Path and query.
    std::string target{};
};

/// The values of a JSON body, and a Location header, that are URLs: absolute ones, and paths from
/// the root with two segments or more. Each once.
std::vector<link> links_in(exchange const& e);

/// Whether whoever has the link must have been given it: something long and unguessable is left of
/// it when `known` (ids, names, and whatever else of the owner's gets around) is taken out.
bool is_capability(link const& l, std::vector<std::string> const& known);

} // namespace watertight::probe
