#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

TEST(TextOfScenario, PlanShowsEachRequestAsItWouldBeSent)
{
    auto const plan = plan_text(good(shop));
    EXPECT_EQ(plan, R"(tenants.create, as admin
    POST http://127.0.0.1:8080/tenants
    Authorization: Bearer secret
    Content-Type: application/json

    {"slug":"{tenant.slug}"}
    keeps id (/id)

notes.create
    POST http://127.0.0.1:8080/notes
    X-Tenant: {tenant.id}
    Content-Type: application/json

    {"text":"{canary}"}
    keeps id (/id)

notes.read
    GET http://127.0.0.1:8080/notes/{id}
    X-Tenant: {tenant.id}

)");
}

TEST(TextOfScenario, OverviewNamesWhatMatters)
{
    auto const text = describe(good(
        shop_and("traffic:\n  - {name: steady, for: 90s, open: {rate: 5/s}}\n"
                 "criteria:\n  - {id: p95, require: \"latency.p95 < 500ms\", answers: [A, B]}\n")
    ));
    for (auto const* const part :
         {"scenario    shop (shop.yaml)",
          "target      http://127.0.0.1:8080",
          "identity    header X-Tenant = {tenant.id}  (always sent)",
          "tenants     2 tenants, made by POST /tenants; 1 user in each",
          "resource    notes: create, read; 1 for each user",
          "traffic     steady for 90 s: open loop, 5/s",
          "criterion   p95  latency.p95 < 500ms  (A, B)"})
    {
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    }
}

} // namespace watertight::scenario
