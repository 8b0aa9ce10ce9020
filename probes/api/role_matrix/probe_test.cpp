#include "probes/api/role_matrix/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::api::role_matrix {

using namespace testing;

static trial at(std::string role, effect came)
{
    trial t;
    t.operation = "audit.list";
    t.channel = "GET /audit";
    t.role = std::move(role);
    t.may.roles = {"owner"};
    t.came = came;
    t.victim = alice;
    t.control = answer(alice, 200, {alice});
    t.hostile = answer(alice, came == effect::refused ? 403 : 200);
    if (came == effect::served) t.token = "zq7kalice";
    return t;
}

TEST(ApiRoleMatrix, CatchesARoleThatIsServedWhatItMayNotSee)
{
    auto const c = judge({at("owner", effect::served), at("member", effect::served)});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].channel, "GET /audit");
    EXPECT_EQ(c.violations[0].level, evidence::severity::high);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, std::nullopt);
}

TEST(ApiRoleMatrix, CatchesATenantsUserWhoMakesTenants)
{
    auto t = at("owner", effect::served);
    t.may = {.is_platform = true};
    t.victim = bob;
    t.is_write = t.control_worked = true;
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].level, evidence::severity::critical);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiRoleMatrix, PassesRefusalsAndSuccessesWithoutAnEffect)
{
    auto const c = judge(
        {at("owner", effect::served),
         at("member", effect::refused),
         at("viewer", effect::nothing),
         at("guest", effect::accepted)}
    );
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 3U);
    std::vector<std::string> const columns{
        "operation", "may", "owner", "member", "viewer", "guest"};
    EXPECT_EQ(c.tables.at(0).columns, columns);
    std::vector<std::string> const row{
        "audit.list", "owner", "served", "refused 403", "nothing", "accepted"};
    EXPECT_EQ(c.tables[0].rows.at(0), row);
}

// A constant answer for everybody, by which nobody is shown anything.
TEST(ApiRoleMatrix, PassesWhatAnybodyIsAnsweredWithoutAToken)
{
    auto member = at("member", effect::served);
    auto anybody = at("anonymous", effect::served);
    member.token.clear();
    anybody.token.clear();
    auto const c = judge({at("owner", effect::served), member, anybody});
    EXPECT_TRUE(c.violations.empty());
}

TEST(ApiRoleMatrix, PassesASignUpThatIsOpenToAnybody)
{
    auto user = at("member", effect::served);
    user.may = {.is_platform = true};
    user.is_write = user.may_be_sign_up = user.control_worked = true;
    auto anybody = user;
    anybody.role = "anonymous";
    EXPECT_TRUE(judge({user, anybody}).violations.empty());
    EXPECT_EQ(judge({user}).violations.size(), 1U);
}

TEST(ApiRoleMatrix, AnOperationThatNobodyMayUseIsNotAPass)
{
    auto const c = judge({at("owner", effect::refused), at("member", effect::refused)});
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(ApiRoleMatrix, AMatrixWithoutAnExpectationIsNotAPass)
{
    auto t = at("member", effect::served);
    t.may = {};
    auto const c = judge({t});
    EXPECT_FALSE(c.not_applicable.empty());
    EXPECT_EQ(c.tables.size(), 1U);
}

TEST(ApiRoleMatrix, TellsAnAnswerByWhatItShows)
{
    auto const control = answer(alice, 200, {alice});
    EXPECT_EQ(effect_of_read(control, answer(alice, 200, {alice})), effect::served);
    EXPECT_EQ(effect_of_read(control, answer(alice, 200, {}, "[]")), effect::nothing);
    EXPECT_EQ(effect_of_read(control, answer(alice, 403)), effect::refused);
    EXPECT_EQ(effect_of_read(control, unanswered(alice)), effect::undecided);
    auto const plain = answer(alice, 200, {}, R"({"used":3,"of":[1,2]})");
    auto const like = answer(alice, 200, {}, R"({"used":4,"of":[7]})");
    auto const error = answer(alice, 200, {}, R"({"error":"not yours"})");
    auto const page = answer(alice, 200, {}, "<!doctype html>");
    EXPECT_EQ(effect_of_read(plain, like), effect::served);
    EXPECT_EQ(effect_of_read(plain, error), effect::nothing);
    EXPECT_EQ(effect_of_read(page, page), effect::nothing);
}

} // namespace watertight::probes::api::role_matrix
