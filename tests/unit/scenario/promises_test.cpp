#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static constexpr std::string_view plans_and_attributes =
    "tenants:\n  attributes: {max_notes: 1000}\n  mix: {free: 50%, pro: 50%}\n";

/// A shop whose tenants have plans and an attribute, and what follows.
static std::string with(std::string_view more)
{
    return shop_with("tenants:\n", plans_and_attributes) + std::string{more};
}

TEST(PromisesOfAScenario, AQuotaIsCompiled)
{
    auto const s = good(with(R"(quotas:
  notes:
    consume: notes.create
    limit: "{tenant.max_notes}"
    already: 2
    tenant:
      plan: free
      attributes: {max_notes: 7}
      prepare: [{post: /limits, as: admin, body: {notes: 7}}]
    read: {operation: notes.read, used: /used, remaining: header X-Left}
    refused: {status: [429, 403], at: /what, is: notes, retry_after: true}
)"));
    ASSERT_EQ(s.promised.quotas.size(), 1U);
    auto const& q = s.promised.quotas[0];
    EXPECT_EQ(q.name, "notes");
    EXPECT_EQ(q.consume, (std::vector<std::string>{"notes.create"}));
    EXPECT_TRUE(q.limit.mentions("tenant.max_notes"));
    EXPECT_EQ(q.already, 2U);
    EXPECT_EQ(q.tenant.plan, "free");
    ASSERT_EQ(q.tenant.attributes.size(), 1U);
    EXPECT_EQ(q.tenant.attributes[0].second, "7");
    EXPECT_EQ(q.tenant.prepare.size(), 1U);
    EXPECT_EQ(q.reading.operation, "notes.read");
    EXPECT_EQ(q.reading.remaining, "header X-Left");
    EXPECT_EQ(q.refused.size(), 2U);
    EXPECT_TRUE(q.tells_retry_after);
}

TEST(PromisesOfAScenario, PlansAuditAndUsageAreCompiled)
{
    auto const s = good(with(R"(operations:
  log: {get: /log, items: /entries, within: 1s}
plans:
  features:
    export: {request: {get: /export}, plans: pro, refused: 402}
  limits:
    session: {request: {get: /me}, at: /seconds, is: {free: 60, pro: 600}}
  change: {request: {post: /plan, body: {plan: pro}}, from: free, to: pro}
audit: {list: log, records: [notes.create], refused: [identity, path]}
usage:
  calls: {operation: log, at: /calls, counts: requests}
  notes: {operation: log, at: /notes, counts: notes}
)"));
    EXPECT_EQ(s.promised.plans.features.at(0).plans, (std::vector<std::string>{"pro"}));
    EXPECT_EQ(s.promised.plans.limits.at(0).by_plan.at("pro"), 600);
    ASSERT_TRUE(s.promised.plans.change);
    EXPECT_EQ(s.promised.plans.change->to, "pro");
    ASSERT_TRUE(s.promised.audit);
    EXPECT_TRUE(s.promised.audit->records_identity);
    EXPECT_TRUE(s.promised.audit->records_path);
    EXPECT_EQ(s.promised.usage.size(), 2U);
}

TEST(PromisesOfAScenario, StatesOfATenantAreCompiled)
{
    auto const s = good(shop_with(
        "tenants:\n",
        "tenants:\n  cancel: {delete: /contract, as: admin}\n  reactivate: {post: /on, as: admin}\n"
    ));
    EXPECT_TRUE(s.tenants.cancel);
    EXPECT_TRUE(s.tenants.reactivate);
    EXPECT_FALSE(s.tenants.suspend);
}

TEST(PromisesOfAScenario, AQuotaOnAnUnknownOperationIsAProblem)
{
    EXPECT_EQ(
        problems_of(shop_and("quotas: {n: {consume: notes.crate, limit: 3}}\n")),
        "15:23: quotas.n.consume is notes.crate, which is no operation; did you mean "
        "notes.create?"
    );
}

TEST(PromisesOfAScenario, AnAttributeThatTenantsDoNotHaveIsAProblem)
{
    EXPECT_EQ(
        problems_of(with("quotas: {n: {consume: notes.create, limit: 3, "
                         "tenant: {attributes: {max_note: 1}}}}\n")),
        "17:79: quotas.n.tenant.attributes.max_note is max_note, which is no name in "
        "tenants.attributes; did you mean max_notes?"
    );
}

TEST(PromisesOfAScenario, AnUnknownPlanIsAProblem)
{
    EXPECT_EQ(
        problems_of(with("plans: {features: {x: {request: {get: /x}, plans: prp}}}\n")),
        "17:51: plans.features.x.plans is prp, which is no plan of tenants.mix; did you mean pro?"
    );
}

TEST(PromisesOfAScenario, ALogThatNothingListsIsAProblem)
{
    EXPECT_EQ(
        problems_of(shop_and("audit: {list: log}\n")),
        "15:15: audit.list is log, which is no operation; known: notes.create, notes.read"
    );
}

TEST(PromisesOfAScenario, AFigureOfNothingIsAProblem)
{
    EXPECT_EQ(
        problems_of(shop_and("usage: {n: {operation: notes.read, at: /n, counts: note}}\n")),
        "15:52: usage.n.counts is note, which is no resource; did you mean notes?"
    );
}

TEST(PromisesOfAScenario, APlaceIsAPointerOrAHeader)
{
    auto const problems =
        problems_of(shop_and("quotas: {n: {consume: notes.create, limit: 3, read: {used: used}}}\n")
        );
    EXPECT_NE(problems.find("quotas.n.read.used"), std::string::npos) << problems;
}

} // namespace watertight::scenario
