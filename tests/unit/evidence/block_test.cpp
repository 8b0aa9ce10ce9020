#include "harness/base/random.hpp"
#include "harness/evidence/block.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <vector>

namespace watertight::evidence {

// What each way says about one block, which lies at the very end of its memory.
static void expect_all_agree(std::string_view text)
{
    ASSERT_EQ(text.size(), block_size);
    std::vector<char> const bytes(text.begin(), text.end());
    auto const& plain = classifiers().front();
    std::uint64_t words = 0;
    plain.words(bytes.data(), 1, &words);
    for (auto const& c : classifiers()) {
        std::uint64_t seen = 0;
        c.words(bytes.data(), 1, &seen);
        ASSERT_EQ(seen, words) << c.name;
        ASSERT_EQ(c.classify(bytes.data()), plain.classify(bytes.data())) << c.name;
    }
}

TEST(Block, AllWaysOfClassifyingAgreeOnEveryByte)
{
    for (unsigned c = 0; c < 256; ++c) {
        expect_all_agree(std::string(block_size, static_cast<char>(c)));
        std::string alone(block_size, '.');
        for (std::size_t at = 0; at < block_size; ++at) {
            alone[at] = static_cast<char>(c);
            expect_all_agree(alone);
            alone[at] = '.';
        }
    }
}

TEST(Block, AllWaysOfClassifyingAgreeOnRandomText)
{
    rng random{1};
    std::string const letters = "zqZQ07k9-_ /:@[`{aA\x80\xff";
    std::string text(block_size, '\0');
    for (int round = 0; round < 20000; ++round) {
        for (auto& c : text) c = letters[random.below(letters.size())];
        expect_all_agree(text);
    }
}

TEST(Block, ClassifiesSeveralBlocksInARow)
{
    std::string text;
    for (std::size_t i = 0; i < 5 * block_size; ++i) text += i % 7 < 3 || i > 200 ? 'x' : '.';
    for (auto const& c : classifiers()) {
        std::array<std::uint64_t, 5> seen{};
        c.words(text.data(), seen.size(), seen.data());
        for (std::size_t i = 0; i < text.size(); ++i) {
            ASSERT_EQ(seen[i / block_size] >> i % block_size & 1, text[i] == 'x' ? 1U : 0U);
        }
    }
}

TEST(Block, AllWaysFindTheSameRunsHoweverManyBlocksAreGivenAtATime)
{
    static constexpr std::size_t blocks = 12;
    rng random{3};
    for (int round = 0; round < 1000; ++round) {
        std::string text;
        while (text.size() < blocks * block_size) {
            text += std::string(random.below(40), random.below(3) == 0 ? '"' : 'k');
        }
        std::vector<block_runs> expected;
        run_finder plain;
        for (std::size_t i = 0; i < blocks; ++i) {
            std::uint64_t word = 0;
            classifiers().front().words(text.data() + i * block_size, 1, &word);
            auto const carry = plain.carry();
            auto const reached = plain.take(word);
            if ((reached | carry) != 0) expected.push_back({i, reached, carry});
        }
        for (auto const& c : classifiers()) {
            std::array<block_runs, blocks> room;
            std::vector<block_runs> seen;
            run_finder state;
            for (std::size_t at = 0; at < blocks;) {
                auto const count = 1 + random.below(blocks - at);
                auto const found = c.runs(text.data() + at * block_size, count, state, room.data());
                for (auto one : std::span{room}.first(found)) {
                    one.block += at;
                    seen.push_back(one);
                }
                at += count;
            }
            ASSERT_EQ(seen, expected) << c.name << ' ' << text;
        }
    }
}

TEST(Block, TheFastestWayIsOneThatThisMachineCanRun)
{
    EXPECT_EQ(&fastest_classifier(), &classifiers().back());
    EXPECT_EQ(classifiers().front().name, "portable");
}

TEST(Block, RunsAreSeenFromTheirLength)
{
    EXPECT_EQ(runs_of_16(0xffffULL << 5), 1ULL << 5);
    EXPECT_EQ(runs_of_16(0x7fffULL << 5), 0U);
    EXPECT_EQ(runs_of_16(0xffffULL << 48), 1ULL << 48);
}

TEST(Block, RunsAreFoundAcrossWords)
{
    for (std::size_t begin = 0; begin < 130; ++begin) {
        for (std::size_t length = 1; length < 150; ++length) {
            run_finder runs;
            for (std::size_t base = 0; base < 320; base += 64) {
                std::uint64_t m = 0;
                std::uint64_t expected = 0;
                for (std::size_t i = 0; i < 64; ++i) {
                    auto const at = base + i;
                    auto const inside = at >= begin && at < begin + length;
                    m |= std::uint64_t{inside} << i;
                    expected |= std::uint64_t{inside && at >= begin + run_finder::length_min - 1}
                                << i;
                }
                ASSERT_EQ(runs.take(m), expected) << begin << ' ' << length;
            }
        }
    }
}

} // namespace watertight::evidence
