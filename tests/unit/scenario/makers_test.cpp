// How tenants and their users are made and removed by several requests.

#include "tests/unit/scenario/documents.hpp"

#include <algorithm>

namespace watertight::scenario {

static constexpr std::string_view by_requests = R"(watertight: 1
name: crm
target:
  url: http://127.0.0.1:8080
  identity: [{header: X-Org, value: "{tenant.id}"}]
  session: {headers: {Authorization: "Bearer {user.token}"}}
tenants:
  create:
    - {post: /accounts, body: {name: "{tenant.slug}"}, capture: {owner_token: /token}}
    - post: /orgs
      headers: {Authorization: "Bearer {tenant.owner_token}"}
      body: {name: "{tenant.slug}"}
      capture: {id: /id}
    - {put: "/orgs/{tenant.id}/plan", as: anonymous, body: {plan: basic}}
  remove:
    - {delete: "/orgs/{tenant.id}", as: admin}
    - {delete: "/accounts/{tenant.slug}", as: admin}
  users:
    - role: clerk
      create:
        - {post: /invites, as: anonymous, capture: {invite: /code}}
        - {post: "/invites/{user.invite}/accept", as: anonymous, capture: {token: /token}}
resources: {notes: {create: {post: /notes, body: {text: "{canary}"}}, read: {get: "/notes/{id}"}}}
)";

static std::string with_admin()
{
    std::string out{by_requests};
    std::string const before = "  session:";
    out.insert(out.find(before), "  auth: {admin: {headers: {X-Admin: key}}}\n");
    return out;
}

TEST(Makers, AreOneRequestOrSeveral)
{
    auto const s = good(with_admin());

    ASSERT_TRUE(s.tenants.create);
    EXPECT_EQ(s.tenants.create->channel(), "POST /accounts");
    ASSERT_EQ(s.tenants.create_then.size(), 2U);
    EXPECT_EQ(s.tenants.create_then[0].name, "tenants.create.2");
    EXPECT_EQ(s.tenants.create_then[1].channel(), "PUT /orgs/{tenant.id}/plan");
    ASSERT_EQ(s.tenants.remove_then.size(), 1U);
    EXPECT_EQ(s.tenants.remove_then[0].channel(), "DELETE /accounts/{tenant.slug}");
    ASSERT_EQ(s.tenants.users.size(), 1U);
    ASSERT_EQ(s.tenants.users[0].create_then.size(), 1U);
    EXPECT_EQ(s.tenants.users[0].create_then[0].name, "tenants.clerk.create.2");
}

TEST(Makers, AreAllInThePlan)
{
    auto const text = plan_text(good(with_admin()));

    for (auto const* const name :
         {"tenants.create",
          "tenants.create.2",
          "tenants.create.3",
          "tenants.clerk.create.2",
          "tenants.remove.2"})
    {
        EXPECT_NE(text.find(name), std::string::npos) << name;
    }
}

TEST(Makers, FaultsAreToldOfTheRequestInQuestion)
{
    auto wrong = with_admin();
    wrong.replace(wrong.find("as: anonymous, body: {plan"), 2, "az");

    EXPECT_EQ(
        problems_of(wrong),
        "15:39: tenants.create[2].az is not a key of tenants.create[2]; did you mean as?"
    );
}

TEST(Makers, KnowOnlyWhatWasCaptured)
{
    auto wrong = with_admin();
    wrong.replace(wrong.find("{user.invite}"), 13, "{user.invitation}");

    EXPECT_NE(problems_of(wrong).find("user.invitation"), std::string::npos);
}

} // namespace watertight::scenario
