#pragma once

#include "harness/evidence/ledger.hpp"
#include "harness/traffic/objects.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::traffic {

/// A text canary as it stood in an answer.
using canary_text = std::array<char, evidence::canary_length>;

/// An object as an answer showed it.
struct read_back {
    /// False if the target said that there is no such object.
    bool present = true;
    /// The canaries of the object's own tenant that the answer showed.
    std::span<canary_text const> canaries{};
    steady::time_point asked;
    steady::time_point answered;
    /// How long a write may take to become visible.
    std::chrono::nanoseconds within{};
};

/// Keeps the ledger of one core's writes and judges what is read by it. Without I/O.
///
/// A judgement needs its positive control: until the reads of a resource have shown an expected
/// canary, a missing one proves nothing.
class read_check {
public:
    /// @param before  what was written before this run; may be null. Outlives this.
    read_check(std::size_t resources, evidence::ledger const* before);

    /// Before the first write to an object: enters the object's history up to now.
    void begin_history(live_object& o);
    void record(evidence::write_record w) { history_.record(std::move(w)); }

    /// @param removed  the object's removal was acknowledged.
    /// @return nothing if the answer allows no judgement.
    std::optional<evidence::read_judgement>
    judge(live_object const& o, std::size_t resource, bool removed, read_back const& seen);

    evidence::ledger const& history() const noexcept { return history_; }
    evidence::ledger take_history() { return std::move(history_); }

private:
    std::optional<std::string_view> expected(live_object const& o) const;
    evidence::read_judgement judge_one(
        live_object const& o, std::optional<std::string_view> canary, steady::time_point asked
    ) const;

    evidence::ledger history_;
    evidence::ledger const* before_;
    std::vector<bool> has_shown_;
};

evidence::object_key key_of(target::object const& o);

} // namespace watertight::traffic
