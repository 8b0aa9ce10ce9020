// How: each test plants one token in one kind of text and asks for exactly that sighting back.

#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/observer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <string>

namespace watertight::evidence {

static constexpr owner alice{{3}, {1}, {77}};
static constexpr std::string_view uuid = "3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47";
static constexpr std::string_view object_id = "507f1f77bcf86cd799439011";

static std::string upper_of(std::string s)
{
    for (auto& c : s) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return s;
}

class Scan : public testing::Test {
protected:
    Scan()
    {
        known.add(uuid, alice, "tenants");
        known.add(object_id, alice, "users");
    }

    std::vector<sighting> scan(std::string_view text) const
    {
        std::vector<sighting> out;
        // Bounds are checked by the sanitizer only at the end of an allocation.
        std::vector<char> const exact(text.begin(), text.end());
        eye.scan({exact.data(), exact.size()}, out);
        return out;
    }

    // Exactly one sighting of `kind` by alice.
    testing::AssertionResult sees(token_kind kind, std::string_view text) const
    {
        auto const out = scan(text);
        if (out.size() != 1) {
            return testing::AssertionFailure() << out.size() << " sightings in " << text;
        }
        auto const serial_matches = out[0].who.serial == alice.serial;
        if (out[0].kind != kind || out[0].who.tenant != alice.tenant || !serial_matches) {
            return testing::AssertionFailure() << "another token in " << text;
        }
        return testing::AssertionSuccess();
    }

    canary_mint mint{derive_key(5, "scan")};
    identifier_index known;
    observer eye{mint, known, {}};
    std::string canary = mint.text(alice);
    std::string number = std::to_string(mint.number(alice));
};

class CanaryForms : public Scan, public testing::WithParamInterface<char const*> {};

TEST_P(CanaryForms, IsSeenInLowerAndUpperCase)
{
    auto title = canary;
    title.front() = 'Z';
    for (auto const& spelling : {canary, upper_of(canary), title}) {
        EXPECT_TRUE(sees(token_kind::canary, replace_all(GetParam(), "@", spelling)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    CanaryForms,
    testing::Values(
        "@",
        "abc@xyz",
        "000@111",
        "zq7@zq7k",
        "zq7k0@",
        "/api/v1/users/@/notes",
        "GET /search?q=@&page=2 HTTP/1.1",
        "q%3D%22@%22%20",
        R"({"name":"@","id":7})",
        R"({"name":"\u00e9@\u0022\n"})",
        R"(<a href="/u/7">&lt;@&gt;</a>)",
        "mailto:%40@%40example.com",
        "<user><name><![CDATA[@]]></name></user>",
        "1,\"@\",2026-01-31\r\n",
        "Content-Disposition: attachment; filename=\"export_@_2026.csv\"",
        "name=3D@=3D=20",
        "user-@-project",
        "tenant_@_db",
        "ERROR: duplicate key value (name)=(@) already exists",
        "@\xff\xfe",
        "-----------------------------------------------------------------------@"
    )
);

TEST_F(Scan, SeesACanaryWhereverItStandsInABlock)
{
    for (std::size_t before = 0; before < 200; ++before) {
        for (std::size_t const after : {0U, 1U, 40U, 100U}) {
            auto const text = std::string(before, '.') + canary + std::string(after, '.');
            auto const out = scan(text);
            ASSERT_EQ(out.size(), 1U) << before << ' ' << after;
            ASSERT_EQ(out[0].offset, before);
            ASSERT_EQ(out[0].token, canary);
        }
    }
}

TEST_F(Scan, SeesANumberAndAnIdentifierWhereverTheyStandInABlock)
{
    for (std::size_t before = 0; before < 200; ++before) {
        for (std::size_t const after : {0U, 1U, 40U, 100U}) {
            for (auto const& token : {number, std::string{uuid}, std::string{object_id}}) {
                auto const text = std::string(before, ' ') + token + std::string(after, ' ');
                auto const out = scan(text);
                ASSERT_EQ(out.size(), 1U) << before << ' ' << after << ' ' << token;
                ASSERT_EQ(out[0].offset, before);
                ASSERT_EQ(out[0].token, token);
            }
        }
    }
}

TEST_F(Scan, SeesANumberInEveryNotation)
{
    auto const as_double = static_cast<double>(mint.number(alice));
    for (std::string const& text :
         {number,
          number + ".0",
          number + ".000",
          number + ".",
          "-" + number,
          "id" + number + "x",
          "[" + number + ",1]",
          "report." + number + ".csv",
          "a=" + number + "&b=1",
          "q=%20" + number,
          "q=%3A" + number,
          "\"\\u0020" + number + "\"",
          "\\n" + number,
          fmt::format("{:.15e}", as_double),
          fmt::format("{:.15E}", as_double),
          fmt::format("{:.18e}", as_double),
          fmt::format("{:.17g}", as_double),
          nlohmann::json(as_double).dump(),
          replace_all(fmt::format("{:.15e}", as_double), "+", "")})
    {
        EXPECT_TRUE(sees(token_kind::number, text));
    }
}

TEST_F(Scan, SeesANumberWhoseExponentFormDropsZeros)
{
    owner who = alice;
    while (mint.number(who) % 100 != 0) ++who.serial.value;
    auto const text = fmt::format("{}", static_cast<double>(mint.number(who)) / 1e15);
    ASSERT_LT(text.size(), 17U);

    auto const out = scan(text + "e15");

    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].who.serial, who.serial);
}

TEST_F(Scan, DoesNotSeeANumberWithinAnother)
{
    for (std::string const& text :
         {"1" + number,
          number + "1",
          "20" + number,
          "0." + number,
          "17." + number,
          number + ".5",
          number + ".05",
          number + "e3",
          number + "E+3",
          number.substr(0, 15),
          "1" + number.substr(0, 1) + "." + number.substr(1) + "e15",
          number.substr(0, 1) + "." + number.substr(1) + "e14",
          number.substr(0, 1) + "." + number.substr(1) + "e151",
          number.substr(0, 1) + "." + number.substr(1) + "7e15"})
    {
        EXPECT_TRUE(scan(text).empty()) << text;
    }
}

TEST_F(Scan, SeesNothingInBrokenCanaries)
{
    EXPECT_TRUE(scan(canary.substr(0, canary_length - 1)).empty());
    EXPECT_TRUE(scan(canary.substr(1)).empty());
    EXPECT_TRUE(scan(canary.substr(0, 10) + " " + canary.substr(10)).empty());
}

class IdentifierForms : public Scan, public testing::WithParamInterface<char const*> {};

TEST_P(IdentifierForms, AreSeen)
{
    auto const undashed = replace_all(std::string{uuid}, "-", "");
    for (auto const& id : {std::string{uuid}, undashed, upper_of(undashed), std::string{object_id}})
    {
        auto const out = scan(replace_all(GetParam(), "@", id));
        ASSERT_EQ(out.size(), 1U) << GetParam() << ' ' << id;
        EXPECT_EQ(out[0].kind, token_kind::identifier);
        EXPECT_EQ(out[0].token, id);
        EXPECT_EQ(out[0].who, alice);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Texts,
    IdentifierForms,
    testing::Values(
        "@",
        "tenants/@/avatars/1.png",
        "tenant_@_db",
        "tenant:@:user:7",
        "export-@-2026.csv",
        R"({"id":"@"})",
        R"("\n@\n")",
        "%2Ftenants%2F@%2Fx",
        R"(\u0022@\u0022)",
        "id=3D@",
        "{@}",
        "(tenant_id)=(@) already exists",
        "------------------------------------------------@"
    )
);

TEST_F(Scan, DoesNotSeeAnIdentifierWithinAWord)
{
    EXPECT_TRUE(scan("x" + std::string{object_id}).empty());
    EXPECT_TRUE(scan(std::string{object_id} + "0").empty());
    EXPECT_TRUE(scan(std::string{uuid.substr(1)}).empty());
}

TEST_F(Scan, SeesADottedToken)
{
    std::string const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2ln";
    ASSERT_TRUE(known.add(jwt, alice, "token"));

    auto const out = scan("Authorization: Bearer " + jwt + "\r\n");

    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(out[0].token, jwt);
    EXPECT_EQ(out[0].resource, "token");
    EXPECT_TRUE(scan("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlc2lm").empty());
}

TEST_F(Scan, SeesATokenWithCharactersOfBase64)
{
    std::string const key = "k+/9a==Qz81hdn2kxV0pLm37sR:tail";
    ASSERT_TRUE(known.add(key, alice, "key"));

    EXPECT_TRUE(sees(token_kind::identifier, "key " + key + "."));
}

TEST_F(Scan, ReportsACanaryThatIsAnIdentifierOnce)
{
    ASSERT_TRUE(known.add("tenant-" + canary, alice, "tenants"));

    EXPECT_TRUE(sees(token_kind::canary, "/t/tenant-" + canary + "/x"));
}

TEST_F(Scan, LooksIntoBase64)
{
    auto const claims = R"({"sub":"x","tenant":")" + std::string{uuid} + R"(","exp":1})";
    auto const json = R"({"rows":[{"name":")" + canary + R"("}]})";
    auto const amount = R"({"sub":"somebody else","amount":)" + number + "}";

    EXPECT_TRUE(sees(token_kind::identifier, "eyJhbGciOiJIUzI1NiJ9." + base64url(claims) + ".c2ln")
    );
    EXPECT_TRUE(sees(token_kind::canary, R"({"content":")" + base64(json) + R"("})"));
    EXPECT_TRUE(sees(token_kind::canary, "data:text/json;base64," + base64(json)));
    EXPECT_TRUE(sees(token_kind::canary, "/files/" + base64(json)));
    EXPECT_TRUE(sees(token_kind::canary, "session_" + base64url(json)));
    EXPECT_TRUE(sees(token_kind::number, base64(amount)));
}

TEST_F(Scan, LooksIntoLongBase64WhereverTheCanaryStands)
{
    for (std::size_t before = 2900; before < 3200; ++before) {
        auto const decoded = "Name;" + std::string(before, '.') + canary + std::string(500, '-');
        auto const out = scan("Q " + base64(decoded));
        ASSERT_EQ(out.size(), 1U) << before;
        ASSERT_EQ(out[0].token, canary);
        ASSERT_NEAR(static_cast<double>(out[0].offset), 2 + double(before + 5) / 3 * 4, 4);
    }
}

TEST_F(Scan, OrdersByOffsetAndAppends)
{
    std::vector<sighting> out(1);
    eye.scan(std::string{uuid} + " " + number + " " + canary + " " + std::string{object_id}, out);

    ASSERT_EQ(out.size(), 5U);
    EXPECT_TRUE(std::ranges::is_sorted(out.begin() + 1, out.end(), {}, &sighting::offset));
    EXPECT_EQ(out[1].kind, token_kind::identifier);
    EXPECT_EQ(out[2].kind, token_kind::number);
    EXPECT_EQ(out[3].kind, token_kind::canary);
}

TEST_F(Scan, SurvivesRandomBytes)
{
    rng random{9};
    static constexpr std::string_view tricky = "zqZQ7k09%\\u=.eE+-_/eyJ{\"45";
    for (int round = 0; round < 4000; ++round) {
        std::string text(random.below(300), '\0');
        for (auto& c : text) {
            c = round % 2 == 0 ? static_cast<char>(random()) : tricky[random.below(tricky.size())];
        }
        // Pieces of real tokens, cut anywhere.
        auto const piece = std::array{canary, number, std::string{uuid}, base64(canary + canary)};
        text += piece[random.below(piece.size())].substr(random.below(10), random.below(60));
        for (auto const& s : scan(text)) ASSERT_LT(s.offset, text.size());
    }
}

TEST_F(Scan, IsNotSlowedByNothingButDashes)
{
    // Quadratic work would take minutes.
    EXPECT_TRUE(scan(std::string(2'000'000, '-')).empty());
    EXPECT_TRUE(scan(std::string(2'000'000, '5')).empty());
    EXPECT_TRUE(scan(std::string(2'000'000, 'A')).empty());
}

} // namespace watertight::evidence
