#include "harness/probe/tally.hpp"

namespace watertight::probe {

void tally::decided(std::string_view channel)
{
    ++channels_[std::string{channel}].decided;
}

void tally::undecided(std::string_view channel, std::string_view why)
{
    auto& state = channels_[std::string{channel}];
    if (state.why.empty()) state.why = why;
}

void tally::finish(conclusion& out) const
{
    for (auto const& [channel, state] : channels_) {
        out.trials += state.decided;
        out.controls += state.decided;
        if (state.decided == 0) out.add_undecided(channel + ": " + state.why);
    }
}

} // namespace watertight::probe
