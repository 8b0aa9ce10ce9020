#include "harness/base/random.hpp"
#include "harness/evidence/canary.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <string>

namespace watertight::evidence {

static canary_mint mint_of(std::string_view run)
{
    return canary_mint{derive_key(42, run)};
}

static constexpr owner somebody{{7}, {3}, {1234}};

TEST(Canary, IsLowerCaseLettersAndDigitsAlone)
{
    auto const text = mint_of("run").text(somebody);

    EXPECT_EQ(text.size(), canary_length);
    EXPECT_TRUE(text.starts_with(canary_prefix));
    EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char c) {
        return std::islower(c) != 0 || std::isdigit(c) != 0;
    }));
}

TEST(Canary, NamesItsOwnerOverTheWholeRangeOfEachField)
{
    auto const mint = mint_of("run");
    for (std::uint32_t const tenant : {0U, 1U, 31U, 32U, (1U << 20) - 1}) {
        for (std::uint32_t const actor : {0U, 1U, 1023U, (1U << 20) - 1}) {
            for (std::uint32_t const serial : {0U, 1U, 65536U, (1U << 30) - 1}) {
                owner const who{{tenant}, {actor}, {serial}};
                ASSERT_EQ(mint.verify_text(mint.text(who)), who);
            }
        }
    }
}

TEST(Canary, VerifiesInEveryCase)
{
    auto const mint = mint_of("run");
    auto upper = mint.text(somebody);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
        return static_cast<char>(std::toupper(c));
    });
    auto title = mint.text(somebody);
    title.front() = 'Z';

    EXPECT_EQ(mint.verify_text(upper), somebody);
    EXPECT_EQ(mint.verify_text(title), somebody);
}

TEST(Canary, NoChangeOfOneCharacterVerifies)
{
    auto const mint = mint_of("run");
    auto const genuine = mint.text(somebody);
    for (std::size_t at = 0; at < genuine.size(); ++at) {
        for (unsigned c = 0; c < 256; ++c) {
            auto forged = genuine;
            forged[at] = static_cast<char>(c);
            if (std::tolower(static_cast<int>(c)) == genuine[at]) continue;
            ASSERT_FALSE(mint.verify_text(forged)) << at << ' ' << c;
        }
    }
}

TEST(Canary, OfAnotherLengthDoesNotVerify)
{
    auto const mint = mint_of("run");
    auto const genuine = mint.text(somebody);

    EXPECT_FALSE(mint.verify_text(""));
    EXPECT_FALSE(mint.verify_text(genuine.substr(1)));
    EXPECT_FALSE(mint.verify_text(genuine + "0"));
}

TEST(Canary, OfAnotherRunDoesNotVerify)
{
    auto const ours = mint_of("run-1");

    EXPECT_FALSE(ours.verify_text(mint_of("run-2").text(somebody)));
    EXPECT_FALSE(ours.verify_number(mint_of("run-2").number(somebody)));
    EXPECT_NE(derive_key(1, "run").bytes, derive_key(2, "run").bytes);
    EXPECT_EQ(derive_key(1, "run").bytes, derive_key(1, "run").bytes);
}

TEST(NumericCanary, NamesTenantAndSerial)
{
    auto const mint = mint_of("run");
    for (std::uint32_t const tenant : {0U, 1U, 9999U, (1U << 14) - 1}) {
        for (std::uint32_t const serial : {0U, 1U, 65535U}) {
            auto const number = mint.number({{tenant}, {5}, {serial}});
            ASSERT_GE(number, number_min);
            ASSERT_LE(number, number_max);
            ASSERT_EQ(mint.verify_number(number), (owner{{tenant}, {0}, {serial}}));
        }
    }
}

TEST(NumericCanary, WrapsItsSerial)
{
    auto const mint = mint_of("run");
    EXPECT_EQ(mint.number({{1}, {0}, {65536 + 9}}), mint.number({{1}, {0}, {9}}));
}

TEST(NumericCanary, OfATenantBeyondItsRangeAccusesNobody)
{
    auto const mint = mint_of("run");
    for (std::uint32_t serial = 0; serial < 1000; ++serial) {
        ASSERT_FALSE(mint.verify_number(mint.number({{(1U << 14) + 3}, {0}, {serial}})));
    }
}

TEST(NumericCanary, NoChangeOfOneDigitVerifies)
{
    auto const mint = mint_of("run");
    auto const genuine = std::to_string(mint.number(somebody));
    for (std::size_t at = 0; at < genuine.size(); ++at) {
        for (char c = '0'; c <= '9'; ++c) {
            auto forged = genuine;
            forged[at] = c;
            if (c == genuine[at]) continue;
            ASSERT_FALSE(mint.verify_number(std::stoull(forged))) << forged;
        }
    }
}

TEST(NumericCanary, SurvivesADouble)
{
    auto const mint = mint_of("run");
    for (std::uint32_t serial = 0; serial < 2000; ++serial) {
        auto const number = mint.number({{serial % 50}, {0}, {serial}});
        ASSERT_EQ(std::llround(static_cast<double>(number)), static_cast<long long>(number));
    }
}

} // namespace watertight::evidence
