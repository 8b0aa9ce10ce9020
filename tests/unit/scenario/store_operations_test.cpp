#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static std::string with_stores(std::string_view stores, std::string_view traffic = {})
{
    return shop_and(fmt::format("stores:\n{}{}", stores, traffic));
}

static std::string with_statement(std::string_view statement)
{
    return with_stores(fmt::format(
        "  postgres:\n    url: postgres://127.0.0.1/app\n    operations:\n      note: {}\n",
        statement
    ));
}

static constexpr std::string_view two = R"yaml(  postgres:
    url: postgres://127.0.0.1/app
    context: app.tenant
    operations:
      note: {sql: select * from notes where id = $1, args: ["{id}"], of: notes}
      now: {sql: "select '{}', now()"}
  redis:
    url: redis://127.0.0.1
    operations:
      note: {command: [GET, "tenant:{tenant.id}:{id}"], of: notes}
)yaml";

static constexpr std::string_view both_sent = R"(traffic:
  - {name: a, for: 1s, open: {rate: 1/s}, operations: {postgres.note: 2, redis.note: 1}}
)";

TEST(StoreOperationsOfAScenario, AreCompiledWithTheirPlaces)
{
    auto const s = good(with_stores(two, both_sent));

    ASSERT_TRUE(s.target.postgres);
    ASSERT_EQ(s.target.postgres->operations.size(), 2);
    auto const& note = s.target.postgres->operations[0];
    EXPECT_EQ(note.full_name(), "postgres.note");
    EXPECT_EQ(note.sql, "select * from notes where id = $1");
    ASSERT_EQ(note.words.size(), 1);
    EXPECT_TRUE(note.words[0].mentions("id"));
    EXPECT_EQ(note.of, "notes");
    EXPECT_EQ(note.place.file, "shop.yaml");
    EXPECT_EQ(note.place.line, 20);
    EXPECT_EQ(note.place.column, 13);
    ASSERT_TRUE(s.target.redis);
    ASSERT_EQ(s.target.redis->operations.size(), 1);
    EXPECT_EQ(s.target.redis->operations[0].full_name(), "redis.note");
    EXPECT_EQ(s.target.redis->operations[0].words.size(), 2);
    EXPECT_EQ(s.phases.at(0).operations[0].first, "postgres.note");
}

TEST(StoreOperationsOfAScenario, AreShownInThePlanAndTheOverview)
{
    auto const s = good(with_stores(two, both_sent));

    auto const plan = plan_text(s);
    EXPECT_NE(
        plan.find("postgres.note\n    app.tenant = {tenant.id}\n    select * from notes where id = "
                  "$1\n    with '{id}'\n"),
        std::string::npos
    ) << plan;
    EXPECT_NE(plan.find("redis.note\n    GET 'tenant:{tenant.id}:{id}'\n"), std::string::npos)
        << plan;
    auto const text = describe(s);
    EXPECT_NE(text.find("operation   postgres.now: select '{}', now()\n"), std::string::npos)
        << text;
}

TEST(StoreOperationsOfAScenario, ANameThatNobodyKnowsIsToldWithTheNearest)
{
    EXPECT_EQ(
        problems_of(with_stores(
            two,
            "traffic:\n  - {name: a, for: 1s, open: {rate: 1/s}, "
            "operations: {postgres.nota: 2}}\n"
        )),
        "27:56: traffic[0].operations names postgres.nota, which is no operation of this "
        "scenario; "
        "did you mean postgres.note?"
    );
}

TEST(StoreOperationsOfAScenario, AResourceThatNobodyKnowsIsToldWithTheNearest)
{
    EXPECT_EQ(
        problems_of(with_statement("{sql: select 1, of: note}")),
        "19:33: stores.postgres.operations.note.of is note, which is no resource; did you mean "
        "notes?"
    );
}

TEST(StoreOperationsOfAScenario, ASlotInTheStatementIsSentToTheArguments)
{
    EXPECT_EQ(
        problems_of(with_statement("{sql: \"select '{tenant.id}'\"}")),
        "19:19: stores.postgres.operations.note.sql holds {tenant.id}, but the statement is "
        "prepared as it stands; write $1 and put \"{tenant.id}\" among args"
    );
}

TEST(StoreOperationsOfAScenario, AnIdNeedsAResource)
{
    EXPECT_EQ(
        problems_of(with_statement("{sql: select $1, args: [\"{id}\"]}")),
        "19:37: stores.postgres.operations.note.args[0]: nothing fills {id}; known: run, "
        "tenant.index, tenant.canary, tenant.slug, tenant.name, tenant.plan, user.index, "
        "user.role, tenant.id, tenant.notes.id, canary, canary.number, serial, serial.date"
    );
    EXPECT_EQ(
        problems_of(with_statement("{sql: select $1, args: [\"{tenant.it}\"]}")),
        "19:37: stores.postgres.operations.note.args[0]: nothing fills {tenant.it}; did you mean "
        "tenant.id?"
    );
}

TEST(StoreOperationsOfAScenario, AKeyThatNobodyKnowsIsToldWithTheNearest)
{
    EXPECT_EQ(
        problems_of(with_statement("{sql: select 1, arg: []}")),
        "19:29: stores.postgres.operations.note.arg is not a key of "
        "stores.postgres.operations.note; did you mean args?"
    );
}

static constexpr std::string_view alone = R"yaml(watertight: 1
name: stores
tenants: {create: {sql: "insert into t values ('{tenant.slug}')"}}
resources:
  notes: {}
stores:
  postgres:
    url: postgres://127.0.0.1/app
    operations:
      note: {sql: select body from notes where id = $1, args: ["{id}"], of: notes}
)yaml";

TEST(StoreOperationsOfAScenario, NeedNoTarget)
{
    auto const s = good(alone);

    EXPECT_TRUE(s.target.base.host.empty());
    EXPECT_NE(describe(s).find("target      none; the stores alone\n"), std::string::npos);
}

TEST(StoreOperationsOfAScenario, AStoreElsewhereHasToBeAllowedAllTheSame)
{
    EXPECT_EQ(
        problems_of(replace_all(std::string{alone}, "127.0.0.1", "db.example.org")),
        "8:10: stores.postgres.url leads to db.example.org:5432, which target.allow does not "
        "list "
        "(it allows this machine only, unless it is given); add db.example.org to it if it may "
        "be "
        "touched"
    );
    EXPECT_EQ(
        problems_of(
            replace_all(std::string{alone}, "127.0.0.1", "db.example.org") +
            "target: {allow: [db.example.org]}\n"
        ),
        ""
    );
}

TEST(StoreOperationsOfAScenario, ARequestNeedsATarget)
{
    auto const with_request =
        replace_all(std::string{alone}, "notes: {}", "notes: {read: {get: \"/notes/{id}\"}}");
    EXPECT_EQ(problems_of(with_request), "1:1: the scenario lacks target, which is required");
    EXPECT_EQ(
        problems_of(with_request + "target: {timeout: 1s}\n"),
        "11:9: target needs one of url or lab"
    );
}

} // namespace watertight::scenario
