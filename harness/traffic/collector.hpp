#pragma once

#include "harness/base/progress.hpp"
#include "harness/traffic/recorder.hpp"
#include "harness/traffic/run.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace watertight::traffic {

/// What the cores report while they run: merges their seconds, counts findings and tells a person.
/// Lives on the caller's loop; the cores post to it.
class collector {
public:
    /// Both may be null.
    collector(progress* display, watcher* watch);

    void begin_phase(phase const& p);
    /// @param elapsed_s  of the phase.
    void take(std::vector<second_tally> seconds);
    void tick(std::uint64_t elapsed_s);
    void found(evidence::finding const& f);
    void end_phase(std::string_view name);
    /// Different findings so far.
    std::size_t findings() const noexcept { return findings_.size(); }

    /// The series of what was counted, in order. Warm-up seconds are not in it.
    std::vector<second> finish();

private:
    std::string line() const;
    void close_before(std::uint32_t at);

    progress* display_;
    watcher* watch_;
    std::map<std::uint32_t, second_tally> open_;
    /// The last second of which every core has probably told.
    second_tally shown_;
    std::vector<second> series_;
    std::set<std::string> findings_;
    std::uint64_t ok_ = 0;
    std::uint64_t failed_ = 0;
};

} // namespace watertight::traffic
