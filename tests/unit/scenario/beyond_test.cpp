#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

using namespace std::chrono_literals;

TEST(ScenarioWebhooks, SayHowOneSubscribesAndWhatIsDelivered)
{
    auto const s = good(shop_and(R"(webhooks:
  hooks:
    subscribe: {post: /hooks, body: {url: "{sink.url}"}, capture: {hook: /id}}
    remove: {delete: "/hooks/{hook}"}
    follows: notes
    within: 3s
    retries: true
)"));
    ASSERT_EQ(s.promised.webhooks.size(), 1U);
    auto const& w = s.promised.webhooks[0];
    EXPECT_EQ(w.subscribe.channel(), "POST /hooks");
    EXPECT_TRUE(w.subscribe.mentions("sink.url"));
    ASSERT_TRUE(w.remove);
    EXPECT_TRUE(w.remove->mentions("hook"));
    EXPECT_EQ(w.follows, "notes");
    EXPECT_EQ(w.within, 3s);
    EXPECT_TRUE(w.retries);
}

TEST(ScenarioWebhooks, NameTheUrlThatIsSubscribed)
{
    EXPECT_EQ(
        problems_of(shop_and(
            "webhooks:\n  h: {follows: notes, subscribe: {post: /hooks, body: {url: \"x\"}}}\n"
        )),
        "16:34: webhooks.h.subscribe names no {sink.url}: nothing would be delivered"
    );
}

TEST(ScenarioWebhooks, FollowAResourceThatIsCreated)
{
    EXPECT_EQ(
        problems_of(shop_and(
            "webhooks:\n  h: {follows: note, subscribe: {post: \"/hooks?to={sink.url}\"}}\n"
        )),
        "16:16: webhooks.h.follows is note, which is no resource with `create`; did you mean notes?"
    );
}

TEST(ScenarioLogs, SayWhereALineNamesItsTenant)
{
    auto const s = good(shop_and(R"yaml(logs:
  access: {file: /var/log/shop.log, tenant: /tenant}
  audit: {file: /var/log/audit.log, tenant: "org=(\\S+)", value: "{tenant.slug}", within: 2s}
  none: {file: "", tenant: /tenant}
)yaml"));
    ASSERT_EQ(s.promised.logs.size(), 2U);
    EXPECT_EQ(s.promised.logs[0].file, "/var/log/shop.log");
    EXPECT_EQ(s.promised.logs[0].tenant_at, "/tenant");
    EXPECT_EQ(written(s.promised.logs[0].tenant), "{tenant.id}");
    EXPECT_EQ(written(s.promised.logs[1].tenant), "{tenant.slug}");
    EXPECT_EQ(s.promised.logs[1].within, 2s);
}

TEST(ScenarioLogs, HaveAnExpressionWithAGroup)
{
    EXPECT_EQ(
        problems_of(shop_and("logs:\n  a: {file: /x, tenant: \"org=\"}\n")),
        "16:25: logs.a.tenant has no group that would be the tenant"
    );
    EXPECT_NE(problems_of(shop_and("logs:\n  a: {file: /x, tenant: \"(\"}\n")), "");
    EXPECT_NE(problems_of(shop_and("logs:\n  a: {file: /x}\n")), "");
}

TEST(ScenarioBackup, IsTakenAndRestored)
{
    auto const s = good(shop_and(R"(backup:
  take: {post: /backups, capture: {backup: /id}}
  restore: {post: "/backups/{backup}/restore"}
)"));
    ASSERT_TRUE(s.promised.backup);
    EXPECT_TRUE(s.promised.backup->restore.mentions("backup"));
    EXPECT_NE(problems_of(shop_and("backup:\n  take: {post: /backups}\n")), "");
}

TEST(ScenarioSweeps, LeaveSomethingInAList)
{
    auto const s = good(shop_and(R"(operations:
  digests: {get: /digests}
sweeps:
  nightly: {run: {post: /digests/run, as: admin}, leaves_in: digests}
)"));
    ASSERT_EQ(s.promised.sweeps.size(), 1U);
    EXPECT_EQ(s.promised.sweeps[0].leaves_in, "digests");
    EXPECT_EQ(s.promised.sweeps[0].run.as, "admin");
    EXPECT_EQ(
        problems_of(shop_and("sweeps:\n  n: {run: {post: /run}, leaves_in: notes.list}\n")),
        "16:37: sweeps.n.leaves_in is notes.list, which is no operation; did you mean "
        "notes.read?"
    );
}

TEST(ScenarioImpersonate, NamesTheUserByAnySlot)
{
    auto const s = good(
        shop_and("impersonate: {post: \"/as/{user.index}\", as: admin, capture: {token: /token}}\n")
    );
    ASSERT_TRUE(s.promised.impersonate);
    EXPECT_EQ(s.promised.impersonate->name, "impersonate");
}

} // namespace watertight::scenario
