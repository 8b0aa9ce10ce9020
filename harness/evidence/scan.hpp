#pragma once

#include "harness/evidence/canary.hpp"
#include "harness/evidence/identifier_table.hpp"
#include "harness/evidence/observer.hpp"

#include <cstddef>
#include <string_view>

namespace watertight::evidence {

/// A token as the scan meets it; nothing is allocated for it.
struct raw_sighting {
    token_kind kind{};
    owner who;
    std::size_t offset = 0;
    /// Valid during the call that it is passed to.
    std::string_view token;
    /// For an identifier; otherwise null. Its address tells one identifier from another.
    identifier_index::entry const* what = nullptr;
};

/// Receives what a scan finds, not strictly in order.
class sighting_sink {
public:
    /// @return false to end the scan.
    virtual bool take(raw_sighting const& seen) = 0;

protected:
    ~sighting_sink() = default;
};

struct scan_options {
    canary_mint const& mint;
    identifier_index const& identifiers;
    /// Runs of base-64 digits shorter than this are not looked into.
    std::size_t base64_length_min = 40;
};

/// Passes over `text` once and reports every token that names an owner.
void scan_text(std::string_view text, scan_options const& options, sighting_sink& sink);

} // namespace watertight::evidence
