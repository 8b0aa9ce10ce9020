#include "harness/base/text.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace watertight {

using views = std::vector<std::string_view>;
using strings = std::vector<std::string>;

TEST(Text, LowersAndComparesAsciiOnly)
{
    EXPECT_EQ(to_lower("AbC-Ä1"), "abc-Ä1");
    EXPECT_TRUE(iequals("Content-Type", "content-TYPE"));
    EXPECT_FALSE(iequals("a", "ab"));
    EXPECT_FALSE(iequals("[", "{"));
}

TEST(Text, TrimsAndSplits)
{
    EXPECT_EQ(trim(" \t a b\r\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_EQ(split("a,,b,", ','), (views{"a", "", "b", ""}));
    EXPECT_EQ(split("", ','), (views{""}));
}

TEST(Text, JoinKeepsEmptyParts)
{
    EXPECT_EQ(join(strings{"a", "b"}, ", "), "a, b");
    EXPECT_EQ(join(strings{"", "a", ""}, ","), ",a,");
    EXPECT_EQ(join(strings{}, ","), "");
}

TEST(Text, ReplacesWithoutLookingAtWhatItPutIn)
{
    EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
    EXPECT_EQ(replace_all("abab", "ab", ""), "");
    EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

TEST(UrlEncode, LeavesUnreservedCharactersAlone)
{
    EXPECT_EQ(url_encode("aZ09-._~"), "aZ09-._~");
    EXPECT_EQ(url_encode("a b/ä+%"), "a%20b%2F%C3%A4%2B%25");
    EXPECT_EQ(url_encode(std::string_view{"\0", 1}), "%00");
}

TEST(JsonEscape, EscapesWhatAStringMayNotHold)
{
    std::string out = "[";
    append_json_escaped(out, std::string_view{"\"\\/\n\r\t\x01\0ä", 10});
    EXPECT_EQ(out, "[\\\"\\\\/\\n\\r\\t\\u0001\\u0000ä");
}

TEST(ShellQuote, IsReadBackByAShellAsItWas)
{
    EXPECT_EQ(shell_quote("plain-word_1./:=@%+,"), "plain-word_1./:=@%+,");
    EXPECT_EQ(shell_quote(""), "''");
    EXPECT_EQ(shell_quote("it's $HOME"), "'it'\\''s $HOME'");
    EXPECT_EQ(shell_quote("a\nb"), "'a\nb'");
    EXPECT_EQ(shell_quote("~root"), "'~root'");
}

// RFC 4648, section 10, and bytes that need the two characters in which the alphabets differ.
TEST(Base64, FollowsTheStandard)
{
    struct {
        std::string_view bytes;
        std::string_view text;
    } const cases[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff\xfe", "+//+"},
    };
    for (auto const& c : cases) {
        EXPECT_EQ(base64(c.bytes), c.text);
        EXPECT_EQ(base64_decode(c.text), c.bytes);
        EXPECT_EQ(base64_decode(base64url(c.bytes)), c.bytes);
    }
    EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
    EXPECT_EQ(base64url("f"), "Zg");
}

TEST(Base64, RefusesOtherCharactersAndImpossibleLengths)
{
    for (auto const text : {"Zm9v!", "Zm 9v", "Z", "Zm9vY", "Zg=a"}) {
        EXPECT_EQ(base64_decode(text), std::nullopt) << text;
    }
}

TEST(Hashes, MatchTheirPublishedVectors)
{
    EXPECT_EQ(
        sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    unsigned char const bytes[] = {0, 15, 255};
    EXPECT_EQ(hex(bytes), "000fff");
    EXPECT_EQ(hex({}), "");
}

TEST(Nearest, FindsASlipOfThePenAndNothingFarFetched)
{
    strings const names{"latency.p95", "latency.p99", "availability", "tenants"};
    EXPECT_EQ(nearest("latncy.p95", names), "latency.p95");
    EXPECT_EQ(nearest("Availabilty", names), "availability");
    EXPECT_EQ(nearest("tenant", names), "tenants");
    EXPECT_EQ(nearest("xyz", names), std::nullopt);
    EXPECT_EQ(nearest("", names), std::nullopt);
    EXPECT_EQ(nearest("a", strings{}), std::nullopt);
}

TEST(Nearest, ShortNameHasNoNeighbourAmongShortNames)
{
    EXPECT_EQ(nearest("id", strings{"to", "at"}), std::nullopt);
    EXPECT_EQ(nearest("pots", strings{"post"}), "post");
}

TEST(Files, AreReadBackAsWritten)
{
    test::temp_dir const folder;
    auto const path = (folder / "file").string();
    std::string const content{"a\0\n", 3};

    ASSERT_TRUE(write_file(path, content).has_value());
    EXPECT_EQ(*read_file(path), content);
    ASSERT_TRUE(write_file(path, "").has_value());
    EXPECT_EQ(*read_file(path), "");
    // No temporary file stays behind.
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
}

TEST(Files, FailuresNameThePath)
{
    test::temp_dir const folder;
    auto const missing = read_file((folder / "none").string());
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(missing.error().code, errc::not_found);
    EXPECT_NE(missing.error().message.find("/none"), std::string::npos);

    EXPECT_EQ(read_file(folder.path().string()).error().code, errc::malformed);

    auto const refused = write_file((folder / "no/such/folder").string(), "x");
    ASSERT_TRUE(refused.has_error());
    EXPECT_EQ(refused.error().code, errc::exhausted);
}

TEST(Plural, AgreesWithItsNumber)
{
    EXPECT_EQ(plural(0, "tenant"), "0 tenants");
    EXPECT_EQ(plural(1, "tenant"), "1 tenant");
    EXPECT_EQ(plural(2, "tenant"), "2 tenants");
    EXPECT_EQ(plural(2, "family"), "2 families");
    EXPECT_EQ(plural(2, "key"), "2 keys");
}

} // namespace watertight
