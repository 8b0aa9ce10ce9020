#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

static std::string with_experiment(std::string_view more)
{
    return shop_and(
        "stores: {postgres: {url: \"postgres://127.0.0.1/x\"}}\n"
        "experiments:\n"
        "  - name: index\n" +
        std::string{more}
    );
}

TEST(ScenarioExperiments, AreReadInFull)
{
    auto const s = good(with_experiment("    a: {set_up: [{sql: drop index x}]}\n"
                                        "    b: {set_up: [{sql: create index x on y (z)}],\n"
                                        "        restore: [{sql: drop index x}]}\n"
                                        "    operations: {notes.read: 2}\n"
                                        "    users: 2\n"
                                        "    for: 300ms\n"
                                        "    settle: 50ms\n"
                                        "    rounds: 4\n"
                                        "    statistic: mean\n"));

    ASSERT_EQ(s.experiments.size(), 1U);
    auto const& e = s.experiments[0];
    EXPECT_EQ(e.name, "index");
    EXPECT_EQ(e.a.set_up.size(), 1U);
    EXPECT_EQ(e.b.restore.size(), 1U);
    EXPECT_EQ(std::get<traffic::closed_loop>(e.load.loop).users, 2U);
    EXPECT_EQ(e.load.duration, std::chrono::milliseconds{300});
    EXPECT_EQ(e.settle, std::chrono::milliseconds{50});
    EXPECT_EQ(e.rounds, 4U);
    EXPECT_EQ(e.of_block, experiment::statistic::mean);
    EXPECT_EQ(e.load.operations.size(), 1U);
}

TEST(ScenarioExperiments, NameOperationsThatExist)
{
    EXPECT_EQ(
        problems_of(with_experiment("    a: {}\n    b: {set_up: [{sql: x}]}\n"
                                    "    operations: {notes.reed: 1}\n")),
        "20:18: experiments[0].operations names notes.reed, which is no operation of this "
        "scenario; did you mean notes.read?"
    );
}

TEST(ScenarioExperiments, NeedAStateToSetUp)
{
    EXPECT_EQ(
        problems_of(with_experiment("    a: {}\n    b: {restore: [{sql: x}]}\n"
                                    "    operations: {notes.read: 1}\n")),
        "17:5: experiments[0]: neither a nor b is set up"
    );
}

TEST(ScenarioExperiments, NameStoresThatExist)
{
    auto const said =
        problems_of(with_experiment("    a: {}\n    b: {set_up: [{sql: x, store: postgress}]}\n"
                                    "    operations: {notes.read: 1}\n"));

    EXPECT_EQ(said.substr(0, 6), "19:34:") << said;
    EXPECT_NE(said.find("postgress"), std::string::npos) << said;
}

TEST(ScenarioExperiments, AreNamedByCriteria)
{
    static constexpr auto text = "    a: {}\n    b: {set_up: [{sql: x}]}\n"
                                 "    operations: {notes.read: 1}\n"
                                 "criteria:\n"
                                 "  - {id: c, require: \"experiment.indx.latency_change < 0%\"}\n";
    EXPECT_EQ(
        problems_of(with_experiment(text)),
        "22:23: criteria[0].require: 'experiment.indx.latency_change' is no metric; did you mean "
        "'experiment.index.latency_change'?"
    );
}

TEST(ScenarioExperiments, ThatAreNotThereCannotBeNamed)
{
    auto const said = problems_of(
        shop_and("criteria:\n  - {id: c, require: \"experiment.index.queries_change < 0%\"}\n")
    );

    EXPECT_EQ(said.substr(0, 6), "16:23:") << said;
}

} // namespace watertight::scenario
