#include "harness/probe/redirects.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static exchange redirected(std::string const& to)
{
    exchange e;
    e.answered = true;
    e.status = 302;
    e.path = "/o/acme/things/";
    e.head = "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n\r\n";
    return e;
}

TEST(Redirects, ToTheLogInAreKnown)
{
    EXPECT_TRUE(leads_to_login(redirected("/accounts/login/?next=/o/acme/things/"), ""));
    EXPECT_TRUE(leads_to_login(redirected("https://app.example/sign_in"), ""));
    EXPECT_TRUE(leads_to_login(redirected("/enter"), "/enter"));
    EXPECT_FALSE(leads_to_login(redirected("/o/acme/things/7/"), "/enter"));
    EXPECT_FALSE(leads_to_login(redirected("/o/acme/things/"), "/o/acme/things/"));
}

TEST(Redirects, AreSuccessWhereTheScenarioSaysSo)
{
    auto e = redirected("/o/acme/things/7/");
    EXPECT_FALSE(e.success());
    EXPECT_TRUE(e.refused());
    e.may_redirect = true;
    EXPECT_TRUE(e.success());
    e.leads_to_login = true;
    EXPECT_FALSE(e.success());
    EXPECT_TRUE(e.refused());
}

// The form once more, with what was wrong.
TEST(Redirects, APageInTheirPlaceIsARefusal)
{
    exchange e;
    e.answered = true;
    e.status = 200;
    EXPECT_TRUE(e.success());
    e.may_redirect = e.ends_in_redirect = true;
    EXPECT_FALSE(e.success());
    EXPECT_TRUE(e.refused());
}

} // namespace watertight::probe
