#include "scenarios/lab/core/router.hpp"

#include <gtest/gtest.h>

namespace watertight::lab {

static router<int> make()
{
    router<int> out;
    out.add("GET", "/users/{id}", 1);
    out.add("GET", "/users/me", 2);
    out.add("DELETE", "/users/{id}", 3);
    out.add("GET", "/tenants/{tenantId}/files/{id}", 4);
    return out;
}

TEST(Router, LiteralsWinOverParameters)
{
    auto const routes = make();

    EXPECT_EQ(*routes.find("GET", "/users/me").handler, 2);
    EXPECT_EQ(*routes.find("GET", "/users/7").handler, 1);
}

TEST(Router, ParametersAreDecodedAndNamed)
{
    auto const routes = make();

    auto const found = routes.find("GET", "/tenants/a%2Fb/files/x%20y");

    ASSERT_NE(found.handler, nullptr);
    name_values const wanted{{"tenantId", "a/b"}, {"id", "x y"}};
    EXPECT_EQ(found.parameters, wanted);
    EXPECT_EQ(found.pattern, "/tenants/{tenantId}/files/{id}");
}

TEST(Router, AKnownPathWithAnotherMethodNamesWhatIsAllowed)
{
    auto const routes = make();

    auto const found = routes.find("PATCH", "/users/7");

    EXPECT_EQ(found.handler, nullptr);
    EXPECT_EQ(found.allowed, "GET, DELETE");
    EXPECT_EQ(routes.find("GET", "/nowhere").allowed, "");
    EXPECT_EQ(routes.find("GET", "/users/").handler, nullptr);
}

} // namespace watertight::lab
