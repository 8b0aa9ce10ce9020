// How: sound.sql makes a schema of which nothing is suspected; each case of cases.sql changes it in
// a database of its own and says which lints must speak, and of what. Nothing else may be reported.
#include "harness/base/text.hpp"
#include "tests/end_to_end/lint/case_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

namespace watertight::test {

class Lint : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        world = std::make_unique<lint_world>();
        world->make("sound", read_file(WT_LINT_DIR "/sound.sql").value(), "template1");
    }
    static void TearDownTestSuite() { world.reset(); }

    static std::unique_ptr<lint_world> world;
};

std::unique_ptr<lint_world> Lint::world;

TEST_F(Lint, SaysOfEachCaseWhatIsThereAndNothingElse)
{
    auto const cases = read_cases(WT_LINT_DIR "/cases.sql");
    EXPECT_GE(cases.size(), 70U);
    for (auto const& c : cases) {
        auto const url = world->make("one_case", c.sql, "sound");
        auto const r = world->look({.url = url, .app_roles = c.app_roles});
        expect_case(c, r);
        if (!c.undo.empty()) world->run(url, c.undo);
    }
}

// What a role may not read it can't be told of; the catalogue is everybody's.
TEST_F(Lint, LooksAsTheApplicationItselfAsWell)
{
    auto const url = world->make(
        "as_app",
        "alter role shop_app password 'app'; drop policy own on items; "
        "alter table items disable row level security",
        "sound"
    );
    auto const at = url.find("://") + 3;
    auto const as_app = "postgres://shop_app:app@" + url.substr(url.find('@', at) + 1);
    auto const r = world->look({.url = as_app});
    EXPECT_EQ(suspected(r), std::vector<std::string>{"postgres.rls_off public.items"});
    EXPECT_EQ(r.where.find(":app@"), std::string::npos);
}

TEST_F(Lint, NamesWhatIsNotExamined)
{
    auto const url = world->make("gaps", "", "sound");
    auto const r = world->look({.url = url, .exclude = {"items"}});
    std::vector<std::string> names;
    for (auto const& l : r.not_examined) names.push_back(l.name + ": " + l.reason);
    EXPECT_NE(std::ranges::find(names, "public.items: excluded"), names.end());
    auto const is_plans = [](auto const& n) { return n.starts_with("public.plans: "); };
    EXPECT_TRUE(std::ranges::any_of(names, is_plans));
}

TEST_F(Lint, ARoleThatIsNotThereIsAnError)
{
    auto const url = world->make("roles", "", "sound");
    EXPECT_THROW(world->look({.url = url, .app_roles = {"nobody_here"}}), std::exception);
}

// To print a policy or a view takes a lock on its table: what asks for either is said to be
// undecided, for each reason once, and nothing waits for long.
TEST_F(Lint, DoesNotWaitForALockAndNamesWhatItDidNotExamine)
{
    auto const url = world->make(
        "locked",
        "create view some_items as select * from items where current_user <> ''; "
        "grant select on some_items to shop_app",
        "sound"
    );

    auto const r = world->look_while(url, "begin; lock table items in access exclusive mode");

    EXPECT_LT(r.seconds, 30);
    std::size_t decided = 0;
    for (auto const& o : r.outcomes) {
        decided += o.undecided.empty() ? 1U : 0U;
        if (o.undecided.empty()) continue;
        EXPECT_NE(o.undecided.find("lock timeout"), std::string::npos) << o.what.id;
    }
    EXPECT_GE(decided, 30U);
    EXPECT_LT(decided, r.outcomes.size());
}

} // namespace watertight::test
