#pragma once

#include "harness/probe/conclusion.hpp"

#include <map>
#include <string>
#include <string_view>

namespace watertight::probe {

/// Counts trials and controls by channel, so that one flaky answer does not spoil a verdict while a
/// channel that nothing could be concluded about is never passed over.
class tally {
public:
    /// An attempt whose control succeeded and whose answer could be judged.
    void decided(std::string_view channel);
    /// An attempt that proves nothing, and why.
    void undecided(std::string_view channel, std::string_view why);

    /// Adds trials and controls, and a reason for each channel without a single decided attempt.
    void finish(conclusion& out) const;

private:
    struct channel_state {
        std::uint64_t decided = 0;
        std::string why;
    };
    std::map<std::string, channel_state, std::less<>> channels_;
};

} // namespace watertight::probe
