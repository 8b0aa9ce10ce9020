// How: what nobody wrote as a canary must never be taken for one. Random tokens, then realistic
// answers of several kinds, then whatever JSON and XML files the machine has.

#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/canary.hpp"
#include "harness/evidence/observer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <system_error>

namespace watertight::evidence {

class Chance : public testing::Test {
protected:
    std::size_t sightings(std::string_view text) const
    {
        std::vector<sighting> out;
        eye.scan(text, out);
        return out.size();
    }

    canary_mint mint{derive_key(1, "chance")};
    identifier_index nobody;
    observer eye{mint, nobody, {}};
    rng random{2024};
};

TEST_F(Chance, AMillionStringsWithThePrefixAreNoCanaries)
{
    static constexpr std::string_view digits = "0123456789abcdefghjkmnpqrstvwxyz";
    std::string token{canary_prefix};
    token.resize(canary_length);
    for (int round = 0; round < 1'000'000; ++round) {
        for (auto at = canary_prefix.size(); at < token.size();) {
            auto bits = random();
            for (int five = 0; five < 12; ++five, bits >>= 5) token[at++] = digits[bits & 31];
        }
        ASSERT_FALSE(mint.verify_text(token)) << token;
    }
}

TEST_F(Chance, AMillionNumbersOf15To17DigitsAreNoCanaries)
{
    std::string text;
    for (int round = 0; round < 1'000'000; ++round) {
        std::uint64_t low = 100'000'000'000'000ULL;
        for (auto more = random.below(3); more > 0; --more) low *= 10;
        text += std::to_string(low + random.below(9 * low));
        text += ',';
        if (text.size() < 60'000) continue;
        ASSERT_EQ(sightings(text), 0U);
        text.clear();
    }
    EXPECT_EQ(sightings(text), 0U);
}

TEST_F(Chance, ATimeInMicrosecondsIsNoCanary)
{
    for (int round = 0; round < 200'000; ++round) {
        // 2000 to 2099.
        ASSERT_FALSE(mint.verify_number(946'684'800'000'000ULL + random.below(3155ULL << 40)));
    }
}

TEST_F(Chance, TelemetryHoldsNoCanary)
{
    std::string text = "[";
    for (int row = 0; row < 20'000; ++row) {
        text += fmt::format(
            R"({{"value":{},"mean":{:.17g},"e":{:.15e},"ts":{},"trace":"{:016x}{:016x}"}},)",
            random.unit(),
            random.unit() * 1e16,
            random.unit() * 9e15,
            1'700'000'000'000'000ULL + random.below(1'000'000'000'000ULL),
            random(),
            random()
        );
    }
    EXPECT_EQ(sightings(text), 0U);
}

TEST_F(Chance, CardsPhonesHashesAndSnowflakesHoldNoCanary)
{
    std::string text = "[";
    for (int row = 0; row < 20'000; ++row) {
        text += fmt::format(
            R"({{"card":"{}","phone":"+49{}","sha":"{}","snowflake":{},"key":"{}"}},)",
            4'000'000'000'000'000ULL + random.below(2'000'000'000'000'000ULL),
            random.below(10'000'000'000ULL),
            row % 50 == 0 ? sha256_hex(std::to_string(row)) : std::string{},
            random() >> 1,
            base64(fmt::format("{:016x}{}", random(), random.unit()))
        );
    }
    EXPECT_EQ(sightings(text), 0U);
}

TEST_F(Chance, ProseAndLogsHoldNoCanary)
{
    static constexpr std::array<std::string_view, 12> words{
        "tenant",
        "ZQ",
        "zq7",
        "q7k",
        "zq7k",
        "Error",
        "at",
        "10.0.0.1",
        "GET",
        "/api/v1/users",
        "2026-01-31T09:30:00.123Z",
        "zq7kzq7kzq7kzq7kzq7kzq7kzq7kzq7k"};
    std::string text;
    for (int i = 0; i < 100'000; ++i) {
        text += words[random.below(words.size())];
        if (random.below(3) != 0) text += ' ';
    }
    EXPECT_EQ(sightings(text), 0U);
}

TEST_F(Chance, FilesOfThisMachineHoldNoCanary)
{
    namespace fs = std::filesystem;
    std::size_t bytes = 0;
    for (std::string const folder : {"/usr/share/iso-codes/json", "/usr/share/mime/packages"}) {
        std::error_code ignored;
        for (auto const& file : fs::directory_iterator{folder, ignored}) {
            auto const content = read_file(file.path().string());
            if (!content || bytes > 8'000'000) continue;
            bytes += content->size();
            EXPECT_EQ(sightings(*content), 0U) << file.path();
        }
    }
    if (bytes == 0) GTEST_SKIP() << "no such files here";
}

} // namespace watertight::evidence
