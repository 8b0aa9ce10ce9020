#include "harness/scenario/compile.hpp"
#include "tests/unit/scenario/documents.hpp"

#include <algorithm>

namespace watertight::scenario {

TEST(ScenarioSessions, FetchAFurtherTokenAfterTheLogIn)
{
    auto const s = good(shop_with(
        "  auth:",
        "  session: {login: {post: /in, capture: {token: /t}},\n"
        "    after_login: [{post: /files/token, capture: {files: /t}}],\n"
        "    headers: {Authorization: \"{user.token}\", X-Files: \"{user.files}\"}}\n  auth:"
    ));
    ASSERT_EQ(s.target.login.after_login.size(), 1U);
    EXPECT_EQ(s.target.login.after_login[0].channel(), "POST /files/token");
    auto const all = all_operations(s);
    EXPECT_EQ(std::ranges::count(all, &s.target.login.after_login[0]), 1);
}

TEST(ScenarioSessions, HaveALogInBeforeWhatFollowsIt)
{
    auto const after = shop_with("  auth:", "  session: {after_login: [{get: /in}]}\n  auth:");
    EXPECT_NE(problems_of(after).find("after_login without login"), std::string::npos);
}

} // namespace watertight::scenario
