#include "harness/base/text.hpp"
#include "harness/evidence/observer.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::evidence {

static constexpr owner alice{{0}, {1}, {10}};
static constexpr owner bob{{1}, {2}, {20}};
static constexpr std::string_view alices_id = "3f2a9c1e-77b4-4d0a-9a51-0c6b1e2d8f47";
static constexpr std::string_view bobs_id = "b81d04f2-1c6e-4f39-8e27-5a9d3c7f6b10";

class Observer : public testing::Test {
protected:
    Observer()
    {
        known.add(alices_id, alice, "users");
        known.add(bobs_id, bob, "users");
    }

    std::vector<sighting> for_alice(std::string_view text, std::string_view request = "") const
    {
        return eye.foreign(
            text, {.tenant = alice.tenant, .role = "user", .resource = "users", .request = request}
        );
    }

    canary_mint mint{derive_key(7, "observer")};
    identifier_index known;
    observer eye{mint, known, {}};
    std::string alices = mint.text(alice);
    std::string bobs = mint.text(bob);
    std::string bobs_number = std::to_string(mint.number(bob));
};

TEST_F(Observer, ReportsWhatBelongsToAnother)
{
    auto const found = for_alice("[\"" + alices + "\",\"" + bobs + "\"," + bobs_number + "]");

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].who, bob);
    EXPECT_EQ(found[0].token, bobs);
    EXPECT_EQ(found[0].offset, 33U);
    EXPECT_EQ(found[1].kind, token_kind::number);
    EXPECT_EQ(found[1].who.tenant, bob.tenant);
}

TEST_F(Observer, NamesTheResourceOfAnIdentifier)
{
    auto const found = for_alice(R"({"owner":")" + std::string{bobs_id} + "\"}");

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].kind, token_kind::identifier);
    EXPECT_EQ(found[0].resource, "users");
}

TEST_F(Observer, SaysNothingOfOnesOwn)
{
    EXPECT_TRUE(for_alice(alices + " " + std::string{alices_id}).empty());
    EXPECT_TRUE(for_alice("").empty());
}

TEST_F(Observer, TakesNoShortNumberForEvidence)
{
    EXPECT_FALSE(known.add("20", bob, "users"));
    EXPECT_TRUE(for_alice(R"({"id":20,"total":1042})").empty());
}

TEST_F(Observer, TakesNoSharedIdentifierForEvidence)
{
    ASSERT_FALSE(known.add(bobs_id, alice, "users"));
    EXPECT_TRUE(for_alice(bobs_id).empty());
}

TEST_F(Observer, TakesNoPartOfAnOwnNameForAnothers)
{
    known.add("owner-wt-r7kq2-acme", bob, "users");
    known.add("owner-wt-r7kq2-acme-two", alice, "users");

    EXPECT_TRUE(for_alice(R"({"owner": "owner-wt-r7kq2-acme-two"})").empty());
    EXPECT_EQ(for_alice(R"({"owner": "owner-wt-r7kq2-acme"})").size(), 1U);
    EXPECT_EQ(for_alice(R"({"owner": "owner-wt-r7kq2-acme-six"})").size(), 1U);

    known.add("reader-wt-r7kq2-acme", bob, "users");
    known.add("wt-r7kq2-acme-two", alice, "tenants");
    EXPECT_TRUE(for_alice(R"({"reader": "reader-wt-r7kq2-acme-two"})").empty());
    EXPECT_EQ(for_alice(R"({"reader": "reader-wt-r7kq2-acme"})").size(), 1U);
}

TEST_F(Observer, TakesNoPartOfALongOwnNameForAnothers)
{
    std::string const own = "wt-r7kq2-0-" + std::string(52, 'k');
    known.add("reader-wt-r7kq2-0", bob, "users");
    ASSERT_TRUE(known.add(own, alice, "tenants"));

    EXPECT_TRUE(for_alice("{\"read\": [\"account:reader-" + own + "\"]}").empty());
}

TEST_F(Observer, TakesWhatTheRequestSaidForAnEcho)
{
    auto const id = std::string{bobs_id};
    for (std::string const& request :
         {"GET /users/" + bobs + " HTTP/1.1\r\n\r\n",
          "POST /users HTTP/1.1\r\n\r\n{\"name\":\"" + bobs + "\"}",
          "GET /users?q=%22" + bobs + "%22 HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nAuthorization: Basic " + base64(bobs + ":secret") + "\r\n\r\n",
          "GET / HTTP/1.1\r\nAuthorization: Bearer eyJhbGciOiJub25lIn0." +
              base64url("{\"tenantId\":\"" + bobs + "\"}") + ".\r\n\r\n"})
    {
        EXPECT_TRUE(for_alice("no such user: " + bobs, request).empty()) << request;
        EXPECT_FALSE(for_alice("no such user: " + id, request).empty()) << request;
    }
}

TEST_F(Observer, TakesAnotherSpellingOfWhatTheRequestSaidForAnEcho)
{
    auto const undashed = replace_all(std::string{bobs_id}, "-", "");

    EXPECT_TRUE(for_alice(bobs_id, "GET /users/" + undashed).empty());
    EXPECT_TRUE(for_alice(undashed, "GET /users/B81D04F2-1C6E-4F39-8E27-5A9D3C7F6B10").empty());
    EXPECT_TRUE(for_alice(bobs, "GET /%7A" + bobs.substr(1)).empty());
    EXPECT_TRUE(for_alice(bobs_number + ".0", "{\"amount\":" + bobs_number + "}").empty());
    EXPECT_TRUE(for_alice(bobs_number, "Authorization: Basic " + base64(bobs_number + ":x")).empty()
    );
}

TEST_F(Observer, DataBehindAnEchoedIdentifierIsNoEcho)
{
    auto const body = R"({"id":")" + std::string{bobs_id} + R"(","name":")" + bobs + "\"}";

    auto const found = for_alice(body, "GET /users/" + std::string{bobs_id});

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].token, bobs);
}

TEST_F(Observer, LetsThroughWhatTheScenarioShares)
{
    observer const lenient{mint, known, [](context const& where, sighting const& seen) {
                               return where.role == "platform_admin" || seen.resource == "users";
                           }};
    context const admin{
        .tenant = alice.tenant, .role = "platform_admin", .resource = {}, .request = {}};
    context const user{.tenant = alice.tenant, .role = "user", .resource = {}, .request = {}};

    EXPECT_TRUE(lenient.foreign(bobs, admin).empty());
    EXPECT_TRUE(lenient.foreign(bobs_id, user).empty());
    EXPECT_EQ(lenient.foreign(bobs, user).size(), 1U);
}

TEST_F(Observer, ShowsItsPositiveControl)
{
    EXPECT_TRUE(eye.shows_own("x " + bobs + alices, alice.tenant));
    EXPECT_TRUE(eye.shows_own(alices_id, alice.tenant));
    EXPECT_FALSE(eye.shows_own(bobs, alice.tenant));
    EXPECT_FALSE(eye.shows_own("", alice.tenant));
    EXPECT_FALSE(eye.shows_own("[]", alice.tenant));
}

} // namespace watertight::evidence
