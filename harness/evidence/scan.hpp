#pragma once

#include "harness/evidence/canary.hpp"
#include "harness/evidence/identifier_table.hpp"
#include "harness/evidence/observer.hpp"

#include <cstddef>
#include <string_view>

namespace watertight::evidence {

struct scan_options {
    canary_mint const& mint;
    identifier_index const& identifiers;
    /// Runs of base-64 digits shorter than this are not looked into.
    std::size_t base64_length_min = 40;
};

/// Passes over `text` once and reports every token that names an owner.
void scan_text(std::string_view text, scan_options const& options, sighting_sink& sink);

} // namespace watertight::evidence
