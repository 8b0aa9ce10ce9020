#include "harness/base/random.hpp"
#include "harness/net/content_coding.hpp"
#include "tests/support/packed.hpp"

#include <gtest/gtest.h>

namespace watertight::net {

using test::pack;
using test::packing;

static constexpr std::size_t roomy = 64U << 20;

static std::string text_of(std::size_t size)
{
    rng random{size};
    std::string out(size, '\0');
    // Compressible, but not to nothing.
    for (auto& c : out) c = static_cast<char>('a' + random.below(7));
    return out;
}

static result<std::string>
unpack(content_coding coding, std::string_view body, std::size_t bytes_max = roomy)
{
    std::string into;
    auto const out = decode(coding, body, into, bytes_max);
    if (out.has_error()) return out.error();
    return std::string{*out};
}

TEST(ContentCoding, UnpacksWhatWasPackedWhateverItsSize)
{
    for (std::size_t const size : {0U, 1U, 300U, 4095U, 4096U, 4097U, 70'000U, 500'000U}) {
        auto const text = text_of(size);
        EXPECT_EQ(unpack(content_coding::gzip, pack(text, packing::gzip)).value(), text);
        EXPECT_EQ(unpack(content_coding::deflate, pack(text, packing::zlib)).value(), text);
        EXPECT_EQ(unpack(content_coding::deflate, pack(text, packing::raw)).value(), text);
    }
}

TEST(ContentCoding, UnpacksEveryMemberOfAGzipFile)
{
    auto const body =
        pack("one ", packing::gzip) + pack("", packing::gzip) + pack(text_of(9000), packing::gzip);

    EXPECT_EQ(unpack(content_coding::gzip, body).value(), "one " + text_of(9000));
}

TEST(ContentCoding, LeavesWhatIsNotPackedWhereItIs)
{
    std::string into;
    std::string_view const body = "plain";
    EXPECT_EQ(decode(content_coding::identity, body, into, 1)->data(), body.data());
    EXPECT_EQ(decode(content_coding::other, body, into, 1)->data(), body.data());
    // The answer to a HEAD.
    EXPECT_EQ(unpack(content_coding::gzip, "").value(), "");
}

TEST(ContentCoding, UsesTheSameRoomAgain)
{
    auto const body = pack(text_of(50'000), packing::gzip);
    std::string into;
    ASSERT_TRUE(decode(content_coding::gzip, body, into, roomy).has_value());
    auto const* const room = into.data();

    EXPECT_EQ(decode(content_coding::gzip, body, into, roomy)->data(), room);
}

TEST(ContentCoding, CutShortAtAnyPlaceIsMalformed)
{
    for (auto const form : {packing::gzip, packing::zlib, packing::raw}) {
        auto const coding = form == packing::gzip ? content_coding::gzip : content_coding::deflate;
        auto const body = pack(text_of(400), form);
        for (std::size_t size = 1; size < body.size(); ++size) {
            auto const out = unpack(coding, body.substr(0, size));
            ASSERT_TRUE(out.has_error()) << size << " of " << body.size();
            EXPECT_EQ(out.error().code, errc::malformed);
        }
    }
}

TEST(ContentCoding, DamageIsMalformed)
{
    auto body = pack(text_of(400), packing::gzip);
    body[body.size() - 6] = static_cast<char>(body[body.size() - 6] ^ 1);
    EXPECT_EQ(unpack(content_coding::gzip, body).error().code, errc::malformed);
    EXPECT_EQ(unpack(content_coding::gzip, "not gzip at all").error().code, errc::malformed);
    auto const longer = pack("x", packing::zlib) + "tail";
    EXPECT_EQ(unpack(content_coding::deflate, longer).error().code, errc::malformed);
}

TEST(ContentCoding, ABombIsStoppedAtTheLimit)
{
    auto const bomb = pack(std::string(20U << 20, '0'), packing::gzip);
    ASSERT_LT(bomb.size(), 40'000U);
    std::string into;

    auto const out = decode(content_coding::gzip, bomb, into, 1U << 20);

    ASSERT_TRUE(out.has_error());
    EXPECT_EQ(out.error().code, errc::malformed);
    EXPECT_NE(out.error().message.find("more than 1048576 bytes"), std::string::npos);
    EXPECT_LE(into.capacity(), 2U << 20);
}

TEST(ContentCoding, TheLimitItselfIsAllowed)
{
    for (std::size_t const size : {1U, 4096U, 10'000U}) {
        auto const text = text_of(size);
        auto const body = pack(text, packing::gzip);
        EXPECT_EQ(unpack(content_coding::gzip, body, size).value(), text);
        EXPECT_TRUE(unpack(content_coding::gzip, body, size - 1).has_error());
    }
}

} // namespace watertight::net
