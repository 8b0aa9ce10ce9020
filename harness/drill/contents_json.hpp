#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/fingerprint.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// What was there before the first step.
struct state_before {
    /// By the fingerprint's place in the plan.
    std::vector<contents> data{};
    /// By store.
    std::map<std::string, catalogue> shapes{};
};

/// As a drill's journal keeps it.
std::string to_json(state_before const& before);

result<state_before> state_from_json(std::string const& text);

} // namespace watertight::drill
