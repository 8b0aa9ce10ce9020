#include "harness/probe/links.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static std::vector<link> links(std::string body)
{
    exchange e;
    e.answered = true;
    e.status = 200;
    e.head = "HTTP/1.1 200 OK\r\n\r\n";
    e.body = std::move(body);
    return links_in(e);
}

TEST(Links, AreUrlsAndPathsFromTheRoot)
{
    auto const found = links(
        R"({"url":"https://cdn.example:81/a/b?c=1","self":"/v1/files/7","name":"/readme","n":1,)"
        R"("note":"see /v1/files/7 there","home":"https://example.com","again":["/v1/files/7"]})"
    );
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].target, "/v1/files/7");
    EXPECT_EQ(found[1].host, "cdn.example:81");
    EXPECT_EQ(found[1].target, "/a/b?c=1");
    EXPECT_TRUE(links("no json").empty());
}

TEST(Links, AreAllThatASignedAddressGives)
{
    exchange e;
    e.answered = true;
    e.status = 200;
    e.path = "/v1/files/7b1f9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f/url";
    e.head = "HTTP/1.1 200 OK\r\n\r\n";
    e.body = R"({"self":"/v1/files/7b1f9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f/url"})";
    EXPECT_FALSE(gives_link_alone(e));
    e.body =
        R"({"url":"/f/7b1f9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f?sig=9f86d081884c7d659a2feaa0c55ad015"})";
    EXPECT_TRUE(gives_link_alone(e));
    e.status = 404;
    EXPECT_FALSE(gives_link_alone(e));
}

TEST(Links, AreCapabilitiesWhereSomethingUnguessableIsLeft)
{
    std::vector<std::string> const known{"acme", "7b1f9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f"};
    link const by_id{"", "/public/acme/7b1f9c1e-93c6-4a0a-8c3e-1d2b3c4d5e6f.txt"};
    EXPECT_FALSE(is_capability(by_id, known));
    EXPECT_TRUE(is_capability(by_id, {"acme"}));
    link const is_signed{"", "/public/acme/1?signature=9f86d081884c7d659a2feaa0c55ad015"};
    EXPECT_TRUE(is_capability(is_signed, known));
    EXPECT_FALSE(is_capability({"", "/public/a-long-name-without-any-secret/1"}, known));
}

// base64("contact:98413702211075"), md5 and sha256 of "98413702211075".
TEST(Links, AreNoCapabilitiesWhereAnybodyCanWorkOutWhatIsLeft)
{
    std::vector<std::string> const known{"98413702211075"};
    EXPECT_FALSE(is_capability({"", "/shared/Y29udGFjdDo5ODQxMzcwMjIxMTA3NQ"}, known));
    EXPECT_FALSE(is_capability({"", "/shared/e0890ee968a19c6ad5eb88df2272fa06"}, known));
    EXPECT_FALSE(is_capability(
        {"", "/shared/642efb3d36355bc9058dd775de3f0bb7db6494a6d5f0011cbd50535f1a4c3963"}, known
    ));
    EXPECT_TRUE(is_capability({"", "/shared/Y29udGFjdDo5ODQxMzcwMjIxMTA3NQ"}, {"98413702211076"}));
}

TEST(Links, ArePagesHrefsAndSources)
{
    exchange e;
    e.answered = true;
    e.status = 200;
    e.head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
    e.body = R"(<a class=x href="/o/acme/files/7?a=1&amp;b=2">7</a> <img src='/media/7.png'>)"
             R"(<a href="/accounts/logout/">bye</a><a href=#top>up</a>)";
    auto const found = links_in(e);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].target, "/o/acme/files/7?a=1&b=2");
    EXPECT_EQ(found[1].target, "/media/7.png");
}

// A signature may be cut short, a name may not.
TEST(Links, AreCapabilitiesByASignatureThatIsCutShort)
{
    EXPECT_TRUE(is_capability({"", "/files/acme/1?sig=9f86d081884c"}, {"acme"}));
    EXPECT_FALSE(is_capability({"", "/files/acme/1?name=9f86d081884c"}, {"acme"}));
    EXPECT_FALSE(is_capability({"", "/files/acme/1?sig=acme"}, {"acme"}));
}

TEST(Links, AreSpoiltWhereTheirSecretIs)
{
    std::vector<std::string> const known{"acme"};
    auto const by_path = without_secret({"", "/s/9f86d081884c7d659a2feaa0?inline=1"}, known);
    ASSERT_EQ(by_path.size(), 1U);
    EXPECT_EQ(by_path[0].target, "/s/9f86d081884c1a119a2feaa0?inline=1");

    // The last of 43 characters of base 64 has two bits that mean nothing.
    auto const is_signed =
        without_secret({"", "/f/acme/1?exp=17&sig=abcdefghij0123456789A&v=2"}, known);
    ASSERT_EQ(is_signed.size(), 3U);
    EXPECT_EQ(is_signed[0].target, "/f/acme/1?exp=17&sig=abcdefghij1211456789A&v=2");
    EXPECT_EQ(is_signed[1].target, is_signed[0].target);
    EXPECT_EQ(is_signed[2].target, "/f/acme/1?exp=17&&v=2");

    EXPECT_TRUE(without_secret({"", "/public/acme/1.txt?v=3"}, known).empty());
}

TEST(Links, LeadToAnotherObjectByItsId)
{
    link const own{"", "/exports/41/download?of=41&signature=9f86d0818441"};
    auto const other = with_other_id(own, "41", "57");
    ASSERT_TRUE(other);
    EXPECT_EQ(other->target, "/exports/57/download?of=57&signature=9f86d0818441");
    EXPECT_FALSE(with_other_id(own, "4", "5"));
    EXPECT_FALSE(with_other_id(own, "", "5"));
}

} // namespace watertight::probe
