#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab {

/// A defect that can be switched on. The id is the fault catalogue's and never changes.
struct fault {
    std::string_view id;
    std::string_view dialect;
    std::string_view title;
    /// api, identity, token, cache, postgres, files, quota, lifecycle, concurrency, rollback.
    std::string_view layer;
    /// confidentiality, integrity, unobservability, performance, rollback or service.
    std::string_view guarantee;
    /// ECMAScript regular expression that the channel of a finding about this fault matches.
    std::string_view channel;
};

/// The faults that are on in this process. Constant after start, so any core may ask.
class fault_set {
public:
    fault_set() = default;
    /// @throws usage_error for an id that is not in `known`, naming the nearest one.
    fault_set(std::vector<std::string> on, std::span<fault const> known);

    bool on(std::string_view id) const noexcept;
    std::vector<std::string> const& ids() const noexcept { return on_; }

private:
    std::vector<std::string> on_;
};

/// The catalogue as a table for a person, or as a JSON array.
std::string describe(std::span<fault const> known, bool as_json);

} // namespace watertight::lab
