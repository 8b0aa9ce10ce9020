#include "harness/base/random.hpp"
#include "harness/evidence/block.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace watertight::evidence {

TEST(Block, BothWaysOfClassifyingAgreeOnEveryByte)
{
    for (unsigned c = 0; c < 256; ++c) {
        std::array<char, block_size> bytes{};
        bytes.fill(static_cast<char>(c));
        ASSERT_EQ(classify(bytes.data()), classify_portable(bytes.data())) << c;
    }
}

TEST(Block, BothWaysOfClassifyingAgreeOnRandomText)
{
    rng random{1};
    std::string const letters = "zqZQ07k9-_ /:@[`{aA\x80\xff";
    std::array<char, block_size> bytes{};
    for (int round = 0; round < 20000; ++round) {
        for (auto& c : bytes) c = letters[random.below(letters.size())];
        ASSERT_EQ(classify(bytes.data()), classify_portable(bytes.data()));
    }
}

TEST(Block, RunsAreSeenFromTheirLength)
{
    EXPECT_EQ(runs_of_16(0xffffULL << 5), 1ULL << 5);
    EXPECT_EQ(runs_of_16(0x7fffULL << 5), 0U);
    EXPECT_EQ(runs_of_16(0xffffULL << 48), 1ULL << 48);
    EXPECT_EQ(runs_of_12(0xfffULL << 5), 1ULL << 5);
    EXPECT_EQ(runs_of_12(0x7ffULL << 5), 0U);
}

} // namespace watertight::evidence
