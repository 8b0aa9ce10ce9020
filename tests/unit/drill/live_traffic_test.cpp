#include "harness/drill/live_traffic.hpp"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace watertight::drill {

TEST(LiveTraffic, EverySenderGetsEveryOperationWhateverTheirNumbersHaveInCommon)
{
    for (std::size_t shapes = 1; shapes <= 12; ++shapes) {
        for (std::size_t senders = 1; senders <= 12; ++senders) {
            std::set<std::pair<std::size_t, std::size_t>> met;
            for (std::size_t turn = 0; turn < shapes * senders; ++turn) {
                met.emplace(turn % shapes, sender_in_turn(turn, shapes, senders));
            }
            EXPECT_EQ(met.size(), shapes * senders) << shapes << ' ' << senders;
        }
    }
}

TEST(LiveTraffic, NeighboursDifferInTheirSender)
{
    static constexpr std::size_t shapes = 5;
    for (std::size_t turn = 0; turn % shapes + 1 < shapes; ++turn) {
        EXPECT_NE(sender_in_turn(turn, shapes, 4), sender_in_turn(turn + 1, shapes, 4));
    }
}

} // namespace watertight::drill
