#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/redaction.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace watertight::evidence {

static redactor with_secret(std::string_view value)
{
    redactor r;
    r.add_secret(value, "MIS_TOKEN");
    return r;
}

TEST(Redaction, NamesTheSecretInsteadOfShowingIt)
{
    auto const r = with_secret("s3cr3t-value");

    EXPECT_EQ(r.redact("a s3cr3t-value b"), "a [redacted MIS_TOKEN] b");
    EXPECT_EQ(r.redact("nothing here"), "nothing here");
    EXPECT_EQ(r.redact(""), "");
}

TEST(Redaction, FindsEncodedForms)
{
    std::string const secret = "p@ss w/\"ord'&<x>";
    auto const r = with_secret(secret);
    std::string json;
    append_json_escaped(json, secret);

    for (auto const& form :
         {secret,
          url_encode(secret),
          to_lower(url_encode(secret)),
          replace_all(url_encode(secret), "%20", "+"),
          json,
          replace_all(json, "/", "\\/"),
          std::string{"p@ss w/&quot;ord&#39;&amp;&lt;x&gt;"},
          base64(secret),
          base64url(secret),
          base64("admin:" + secret),
          base64("x:" + secret),
          base64("me:" + secret + ":tail")})
    {
        EXPECT_EQ(r.redact("<" + form + ">"), "<[redacted MIS_TOKEN]>") << form;
    }
}

TEST(Redaction, FindsASecretInEveryPhaseOfBase64)
{
    auto const r = with_secret("correct-horse-battery");
    for (std::string prefix; prefix.size() < 9; prefix += 'u') {
        auto const text = r.redact("Key " + base64(prefix + "correct-horse-battery"));
        EXPECT_EQ(text, "Key [redacted MIS_TOKEN]") << prefix;
    }
}

TEST(Redaction, KeepsInnocentTextApart)
{
    redactor r;
    r.add_secret("abc", "SHORT");
    r.add_secret("", "EMPTY");

    EXPECT_EQ(r.redact("abc abcdef"), "abc abcdef");
}

TEST(Redaction, PrefersTheLongerSecret)
{
    redactor r;
    r.add_secret("tokn", "A");
    r.add_secret("tokn-tokn-long", "B");

    EXPECT_EQ(r.redact("tokn-tokn-long tokn"), "[redacted B] [redacted A]");
}

TEST(Redaction, DoesNotRedactItsOwnPlaceholder)
{
    redactor r;
    r.add_secret("redacted", "redacted");
    r.add_secret("MIS_TOKEN", "other");
    r.add_secret("s3cr3t-value", "MIS_TOKEN");

    auto const once = r.redact("s3cr3t-value");
    EXPECT_EQ(once, "[redacted MIS_TOKEN]");
    EXPECT_EQ(r.redact(once), once);
}

struct form {
    std::string text;
    std::string redacted;
};

class RedactionForms : public testing::TestWithParam<form> {};

TEST_P(RedactionForms, AreHiddenAndStayHidden)
{
    redactor const r;
    auto const once = r.redact(GetParam().text);

    EXPECT_EQ(once, GetParam().redacted);
    EXPECT_EQ(r.redact(once), once);
}

static std::string const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";

INSTANTIATE_TEST_SUITE_P(
    Headers,
    RedactionForms,
    testing::Values(
        form{
            "Authorization: Bearer abc.def\r\nAccept: */*",
            "Authorization: Bearer [redacted]\r\nAccept: */*"},
        form{"authorization: Basic dXNlcjpwYXNz\n", "authorization: Basic [redacted]\n"},
        form{"Authorization: rawtoken\r\n", "Authorization: [redacted]\r\n"},
        form{"Cookie: sid=abc; theme=dark\r\n", "Cookie: sid=[redacted]; theme=[redacted]\r\n"},
        form{
            "Set-Cookie: sid=abc; Path=/; HttpOnly",
            "Set-Cookie: sid=[redacted]; Path=/; HttpOnly"},
        form{"X-Api-Key: 12345\r\n", "X-Api-Key: [redacted]\r\n"},
        form{"X-CSRF-Token: 12345\r\n", "X-CSRF-Token: [redacted]\r\n"},
        form{"X-Tenant-ID: 12345\r\n", "X-Tenant-ID: 12345\r\n"},
        form{
            "curl -H 'Authorization: Bearer abc' http://h/p",
            "curl -H 'Authorization: Bearer [redacted]' http://h/p"},
        form{
            "curl -H 'Authorization: Bearer '\"$TOKEN\" http://h/p",
            "curl -H 'Authorization: Bearer '\"$TOKEN\" http://h/p"}
    )
);

INSTANTIATE_TEST_SUITE_P(
    Values,
    RedactionForms,
    testing::Values(
        form{"got " + jwt + " back", "got [redacted jwt] back"},
        form{"{\"jwt\":\"" + jwt + "\"}", "{\"jwt\":\"[redacted jwt]\"}"},
        form{R"({"password":"hunter2","n":1})", R"({"password":"[redacted]","n":1})"},
        form{R"({"password": "a\"b,c", "n": 1})", R"({"password": "[redacted]", "n": 1})"},
        form{R"({"accessToken":"abc"})", R"({"accessToken":"[redacted]"})"},
        form{R"({"client_secret":12345})", R"({"client_secret":[redacted]})"},
        form{R"({"token":null,"api_key":""})", R"({"token":null,"api_key":""})"},
        form{
            R"({"body":"{\"password\":\"hunter2\",\"n\":1}"})",
            R"({"body":"{\"password\":\"[redacted]\",\"n\":1}"})"},
        form{R"({"passwordHash":"$2b$10$abcdefgh"})", R"({"passwordHash":"[redacted]"})"},
        form{
            R"({"password":"$ecret","token":"${TOKEN}"})",
            R"({"password":"[redacted]","token":"${TOKEN}"})"},
        form{R"({"tokens":3,"name":"secretary"})", R"({"tokens":3,"name":"secretary"})"},
        form{"user=a&password=hunter2&x=1", "user=a&password=[redacted]&x=1"},
        form{"GET /x?access_token=abc&y=1 HTTP/1.1", "GET /x?access_token=[redacted]&y=1 HTTP/1.1"},
        form{"host=db password='a b' user=u", "host=db password='[redacted]' user=u"}
    )
);

INSTANTIATE_TEST_SUITE_P(
    Urls,
    RedactionForms,
    testing::Values(
        form{"postgres://app:hunter2@db:5432/x", "postgres://app:[redacted]@db:5432/x"},
        form{"redis://:hunter2@cache:6379/0", "redis://:[redacted]@cache:6379/0"},
        form{"mongodb://u:p@ss:word@a,b/x?y=z", "mongodb://u:[redacted]@a,b/x?y=z"},
        form{"http://127.0.0.1:8080/a@b", "http://127.0.0.1:8080/a@b"},
        form{"psql \"$URL\" and postgres://u:$PW@h/", "psql \"$URL\" and postgres://u:$PW@h/"}
    )
);

TEST(Redaction, NeverLeavesASecretInRandomText)
{
    std::string const secret = "Zx9-hunter2";
    auto const r = with_secret(secret);
    rng random{3};
    static constexpr std::array<std::string_view, 16> parts{
        "Authorization: ",
        "Bearer ",
        "\"password\":\"",
        "\\\"",
        "\"",
        "://",
        "u:",
        "@h/",
        "eyJ",
        "[redacted",
        "]",
        "\r\n",
        "=",
        "Cookie: a=",
        "%",
        "'"};
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto n = random.below(12); n > 0; --n) text += parts[random.below(parts.size())];
        text += secret;
        for (auto n = random.below(12); n > 0; --n) text += parts[random.below(parts.size())];
        ASSERT_EQ(r.redact(text).find(secret), std::string::npos) << text;
    }
}

} // namespace watertight::evidence
