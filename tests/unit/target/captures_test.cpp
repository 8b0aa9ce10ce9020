#include "harness/base/text.hpp"
#include "harness/target/exchange.hpp"
#include "harness/target/session.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::target {
namespace {

using from = capture::from;

net::http_response response(std::string head, std::string body)
{
    net::http_response out;
    out.status = 201;
    out.head = "HTTP/1.1 201 Created\r\n" + head + "\r\n";
    out.body = std::move(body);
    return out;
}

std::string captured(capture const& c, net::http_response const& answer)
{
    operation op;
    op.name = "users.create";
    op.captures = {c};
    auto const out = run_captures(op, answer);
    return out ? std::string{*out->find(c.name)} : "failure: " + out.error().message;
}

TEST(Captures, TakeValuesFromEveryPlace)
{
    auto const answer = response(
        "Location: /api/users/77?x=1\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: sid=xyz; "
        "HttpOnly\r\n",
        R"({"data":{"id":17,"name":"n","tags":["x"],"gone":null}})"
    );

    EXPECT_EQ(captured({from::json_pointer, "id", "/data/id"}, answer), "17");
    EXPECT_EQ(captured({from::json_pointer, "id", "/data/tags/0"}, answer), "x");
    EXPECT_EQ(captured({from::json_pointer, "id", "/data/tags"}, answer), R"(["x"])");
    EXPECT_EQ(captured({from::header, "id", "location"}, answer), "/api/users/77?x=1");
    EXPECT_EQ(captured({from::cookie, "id", "sid"}, answer), "xyz");
    EXPECT_EQ(captured({from::regex, "id", R"x("name":"(\w+)")x"}, answer), "n");
    EXPECT_EQ(captured({from::regex, "id", R"(users/\d+)"}, answer), "users/77");
    EXPECT_EQ(captured({from::status, "id", ""}, answer), "201");
}

TEST(Captures, TakeAPartOfWhatStandsInAPlace)
{
    auto const answer =
        response("Location: /api/users/77?x=1\r\n", R"({"url":"https://h/users/9/"})");
    std::string const end{"([^/?#]+)/?(?:[?#].*)?$"};

    EXPECT_EQ(captured({from::header, "id", "location", end}, answer), "77");
    EXPECT_EQ(captured({from::json_pointer, "id", "/url", end}, answer), "9");
    EXPECT_EQ(
        captured({from::header, "id", "location", "teams/(\\d+)"}, answer),
        "failure: users.create: the answer has no id (header location with a match of "
        "\"teams/(\\d+)\")"
    );
}

TEST(Captures, MissingOnesAreNamed)
{
    auto const answer = response("", R"({"data":{"gone":null}})");

    EXPECT_EQ(
        captured({from::json_pointer, "id", "/data/gone"}, answer),
        "failure: users.create: the answer has no id (JSON pointer \"/data/gone\")"
    );
    EXPECT_TRUE(captured({from::json_pointer, "id", "not/a/pointer"}, answer).starts_with("failure")
    );
    EXPECT_TRUE(captured({from::cookie, "id", "sid"}, answer).starts_with("failure"));
    EXPECT_TRUE(captured({from::regex, "id", "("}, answer).starts_with("failure"));
    EXPECT_TRUE(
        captured({from::json_pointer, "id", "/id"}, response("", "<html>")).starts_with("failure")
    );
}

TEST(Captures, IdsOfAListAreItsMembers)
{
    operation list;
    list.items = "/users";
    using ids = std::vector<std::string>;

    EXPECT_EQ(
        ids_in_list(list, "id", R"({"users":[{"id":1},{"id":"b"},{"x":2}]})"), (ids{"1", "b"})
    );
    EXPECT_EQ(ids_in_list(list, "id", R"({"users":["a","b"]})"), (ids{"a", "b"}));
    EXPECT_EQ(ids_in_list(list, "/a/id", R"({"users":[{"a":{"id":"x"}}]})"), (ids{"x"}));
    EXPECT_EQ(ids_in_list(list, "id", R"({"error":"no"})"), ids{});
    EXPECT_EQ(ids_in_list(list, "id", "not JSON"), ids{});
    list.items = "";
    EXPECT_EQ(ids_in_list(list, "id", R"([{"id":"z"}])"), ids{"z"});
}

TEST(LearnedId, IsFoundWhereConventionsPutIt)
{
    auto const learned = [](std::string head, std::string body, std::string_view resource) {
        operation creation;
        creation.path_pattern = "/v1/users";
        auto const out = learn_id(response(std::move(head), std::move(body)), creation, resource);
        return out ? out->id + " from " + out->from : std::string{"none"};
    };

    EXPECT_EQ(learned("", R"({"_id":"a1"})", "users"), "a1 from /_id");
    EXPECT_EQ(learned("", R"({"data":{"uuid":"a2"}})", "users"), "a2 from /data/uuid");
    EXPECT_EQ(learned("", R"({"company":{"id":3}})", "companies"), "3 from /company/id");
    EXPECT_EQ(learned("Location: https://h/users/9/\r\n", "", "users"), "9 from header Location");
    EXPECT_EQ(learned("", R"({"ok":true,"id":null})", "users"), "none");
    // The collection itself is nobody's id.
    EXPECT_EQ(learned("Location: /v1/users\r\n", "", "people"), "none");
    EXPECT_EQ(learned("Location: /v1/users/?new=1\r\n", "", "people"), "none");
    EXPECT_EQ(learned("Location: /v1/users/9/edit\r\n", "", "people"), "9 from header Location");
    EXPECT_EQ(learned("Location: /accounts/9\r\n", "", "users"), "9 from header Location");
}

std::string jwt(std::string const& payload)
{
    return base64url(R"({"alg":"HS256"})") + "." + base64url(payload) + ".c2ln";
}

TEST(JwtExpiry, IsReadFromThePayload)
{
    EXPECT_EQ(jwt_expiry(jwt(R"({"exp":1700000000})")), 1700000000);
    EXPECT_EQ(jwt_expiry(jwt(R"({"exp":1700000000.9})")), 1700000000);
    EXPECT_FALSE(jwt_expiry(jwt(R"({"sub":"x"})")));
    EXPECT_FALSE(jwt_expiry(jwt(R"({"exp":"soon"})")));
    EXPECT_FALSE(jwt_expiry(jwt(R"({"exp":1e300})")));
    EXPECT_FALSE(jwt_expiry(jwt("[1]")));
    EXPECT_FALSE(jwt_expiry("api.key.value"));
    EXPECT_FALSE(jwt_expiry(""));
    EXPECT_FALSE(jwt_expiry(".."));
}

TEST(RenewalTime, ComesFromRecipeTokenOrSeconds)
{
    session recipe;
    values none;
    EXPECT_FALSE(renewal_time(recipe, none));

    values by_seconds;
    by_seconds.set("expires_in", "100");
    auto const before = steady::now();
    // A tenth of the life is the margin, half a minute at most.
    EXPECT_GE(renewal_time(recipe, by_seconds), before + 90s);
    EXPECT_LT(renewal_time(recipe, by_seconds), before + 99s);

    recipe.expires_after = 1h;
    EXPECT_GE(renewal_time(recipe, by_seconds), before + 59min + 30s);
    EXPECT_LT(renewal_time(recipe, by_seconds), before + 59min + 39s);

    recipe.expires_after = {};
    values by_token;
    by_token.set("token", jwt(R"({"exp":1000})"));
    EXPECT_LT(*renewal_time(recipe, by_token), steady::now());
}

TEST(Cookies, AreMergedByName)
{
    std::string cookies = "a=1; b=2";
    merge_cookies(
        cookies,
        response(
            "Set-Cookie: b=3; Path=/\r\nSet-Cookie: c=x=y\r\nSet-Cookie: a=; Max-Age=0\r\n", ""
        )
    );
    EXPECT_EQ(cookies, "b=3; c=x=y");
}

TEST(RetryAfter, IsReadAsSecondsOrDate)
{
    auto const now = wall::from_time_t(784111777 - 5);
    auto const wait = [&](std::string head) {
        return retry_after(response(std::move(head), ""), now);
    };

    EXPECT_EQ(wait("Retry-After: 2\r\n"), 2s);
    EXPECT_EQ(wait("Retry-After: 0.5\r\n"), 500ms);
    EXPECT_EQ(wait("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), 5s);
    EXPECT_FALSE(wait("Retry-After: soon\r\n"));
    EXPECT_FALSE(wait("Retry-After: -3\r\n"));
    EXPECT_FALSE(wait(""));
}

} // namespace
} // namespace watertight::target
