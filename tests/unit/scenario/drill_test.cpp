#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static std::string with_drill(std::string_view more)
{
    return shop_and(
        "stores: {postgres: {url: \"postgres://127.0.0.1/x\"}}\n"
        "drill:\n"
        "  rollback:\n"
        "    - {sql: drop table x, budget: 2s, idempotent: true}\n" +
        std::string{more}
    );
}

TEST(ScenarioDrill, IsReadInFull)
{
    auto const d =
        good(with_drill("  rollback_twice: true\n"
                        "  version: {header: X-Version, old: \"1\", new: \"2\"}\n"
                        "  stages:\n"
                        "    - name: 10 %\n"
                        "      steps: [{post: /ten, as: admin}, {wait: {version: new}}]\n"
                        "      dwell: 3s\n"
                        "  trigger:\n"
                        "    affected: 5%\n"
                        "    leak: true\n"
                        "    manual: true\n"
                        "    invariants:\n"
                        "      - {name: the sum, sql: select 1, every: 500ms}\n"
                        "      - {name: the count, get: /count, as: admin}\n"
                        "  traffic: {requests: {r: {get: /notes, as: admin}}}\n"))
            .drill;

    EXPECT_TRUE(d.rollback.at(0).idempotent);
    EXPECT_EQ(d.rollback.at(0).budget, std::chrono::seconds{2});
    EXPECT_TRUE(d.rollback_twice);
    ASSERT_TRUE(d.version);
    EXPECT_EQ(d.version->header, "X-Version");
    EXPECT_EQ(d.version->new_version, "2");
    ASSERT_EQ(d.stages.size(), 1U);
    EXPECT_EQ(d.stages[0].dwell, std::chrono::seconds{3});
    ASSERT_EQ(d.stages[0].steps.size(), 2U);
    EXPECT_TRUE(d.stages[0].steps[1].idempotent);
    EXPECT_EQ(d.when.affected, 0.05);
    EXPECT_TRUE(d.when.leak && d.when.manual);
    ASSERT_EQ(d.when.invariants.size(), 2U);
    EXPECT_EQ(d.when.invariants[0].every, std::chrono::milliseconds{500});
    EXPECT_TRUE(std::holds_alternative<drill::http_step>(d.when.invariants[1].ask));
}

TEST(ScenarioDrill, StepsMayPutAsideAndBringBack)
{
    auto const d =
        good(with_drill(
                 "  trigger: {after: 1s}\n"
                 "  budgets: {restore: 9s}\n"
                 "  forward:\n"
                 "    - {backup: {name: before, tables: [public.a], of: \"7\"}, sql: select 1}\n"
                 "    - backup: {name: whole}\n"
                 "    - {name: back, restore: {name: whole}, deadline: 2s}\n"
             ))
            .drill;

    ASSERT_EQ(d.forward.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<drill::sql_step>(d.forward[0].action));
    EXPECT_EQ(d.forward[0].keeps->of, "7");
    EXPECT_EQ(d.forward[0].keeps->site.objects.at(0), "public.a");
    EXPECT_TRUE(std::holds_alternative<drill::copy_step>(d.forward[1].action));
    EXPECT_EQ(d.forward[1].name, "back up whole");
    EXPECT_EQ(d.forward[2].keeps->what, drill::safekeeping::deed::restore);
    EXPECT_TRUE(d.forward[2].idempotent);
    EXPECT_EQ(d.limits.restore, std::chrono::seconds{9});
}

TEST(ScenarioDrill, ARestoreNamesABackupThatIsMade)
{
    auto const seen = problems_of(with_drill("  finally: [{restore: {name: befor}}]\n"
                                             "  inject: [{backup: {name: before}}]\n"));

    EXPECT_NE(
        seen.find("restore.name is befor, which is no backup; did you mean before?"),
        std::string::npos
    ) << seen;
}

TEST(ScenarioDrill, ACopyOfOneTenantNeedsSomebodyWhoMakesIt)
{
    auto const seen = problems_of(with_drill("  inject: [{backup: {name: a, of: \"7\"}}]\n"));

    EXPECT_NE(seen.find("rows of one tenant (`of`) are backed up by a command"), std::string::npos)
        << seen;
}

TEST(ScenarioDrill, GrantsTheUsualBudgets)
{
    auto const d = good(with_drill("  budgets: {execution: 10m}\n")).drill;

    EXPECT_FALSE(d.limits.detection);
    EXPECT_EQ(d.limits.decision, std::chrono::minutes{15});
    EXPECT_EQ(d.limits.execution, std::chrono::minutes{10});
    EXPECT_EQ(d.limits.verification, std::chrono::hours{1});
    auto const injected = good(with_drill("  inject: [{sql: select 1}]\n")).drill;
    EXPECT_EQ(injected.limits.detection, std::chrono::minutes{5});
}

TEST(ScenarioDrill, WaitsForAVersionOnlyWhereOneIsTold)
{
    EXPECT_EQ(
        problems_of(with_drill("  finally: [{wait: {version: old}}]\n")),
        "17:3: drill: a step waits for a version, but there is no `version` that says how an "
        "answer tells it, or no traffic that is answered"
    );
}

TEST(ScenarioDrill, TellsTwoVersionsApart)
{
    EXPECT_EQ(
        problems_of(with_drill("  version: {header: X-Version, old: \"1\", new: \"1\"}\n")),
        "19:12: drill.version: old and new are the same"
    );
}

TEST(ScenarioDrill, NamesEachStageAndInvariantOnce)
{
    auto const twice = problems_of(with_drill("  stages:\n"
                                              "    - {name: a, steps: [{sql: x}], dwell: 1s}\n"
                                              "    - {name: a, steps: [{sql: x}], dwell: 1s}\n"
                                              "  trigger: {after: 1s}\n"));
    EXPECT_TRUE(twice.starts_with("21:")) << twice;
    EXPECT_NE(twice.find("stage"), std::string::npos) << twice;
}

TEST(ScenarioDrill, KnowsItsPlanAgain)
{
    auto const one = good(with_drill("")).drill.digest;
    EXPECT_FALSE(one.empty());
    EXPECT_EQ(one, good(with_drill("")).drill.digest);
    EXPECT_NE(one, good(with_drill("  baseline: 4s\n")).drill.digest);
}

} // namespace watertight::scenario
