#include "probes/audit/entries/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::audit::entries {

using namespace testing;

static probe::exchange log_of(tenant_index who, std::string entries)
{
    return answer(who, 200, {}, R"({"entries":[)" + std::move(entries) + "]}");
}

static act created(std::string after)
{
    act a;
    a.what = "notes.create";
    a.before = log_of(alice, R"({"id":1,"action":"login"})");
    a.done = answer(alice, 201);
    a.after = log_of(alice, std::move(after));
    a.names = {"note-12345"};
    return a;
}

static trial with(act a)
{
    trial t;
    t.writer = alice;
    t.other = bob;
    t.items = "/entries";
    t.last = a.after;
    t.acts = {std::move(a)};
    t.writers_ids = {"note-12345", "alice-user-1"};
    t.secrets = {{"the password that somebody tried", "Wt-wrong-1"}};
    t.others_looks = {log_of(bob, R"({"id":7,"action":"login"})"), answer(alice, 401)};
    return t;
}

static trial good()
{
    return with(created(R"({"id":2,"on":"note-12345"},{"id":1,"action":"login"})"));
}

TEST(AuditEntries, PassesAnEntryThatNamesTheObject)
{
    auto const c = judge({good()});
    EXPECT_TRUE(c.violations.empty()) << c.violations[0].detail;
    EXPECT_EQ(c.trials, 1U);
}

static trial with_page(std::string before, std::string after, std::vector<std::string> names)
{
    auto a = created("");
    a.before = answer(alice, 200, {}, std::move(before));
    a.after = answer(alice, 200, {}, std::move(after));
    a.names = std::move(names);
    return with(std::move(a));
}

TEST(AuditEntries, ReadsALogThatIsAPage)
{
    auto const* const before = "<li>note-12345 was made</li>";
    auto const* const after = "<li>note-12345 was made</li><li>note-12345 was read</li>";
    EXPECT_TRUE(judge({with_page(before, after, {"note-12345"})}).violations.empty());
    EXPECT_EQ(judge({with_page(before, before, {"note-12345"})}).violations.size(), 1U);
    // Something is different on each page.
    auto const c = judge({with_page(before, after, {})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(AuditEntries, CatchesAnActWithoutAnEntry)
{
    auto const c = judge({with(created(R"({"id":1,"action":"login"})"))});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].channel, "GET /things/{id}: notes.create");
}

TEST(AuditEntries, CatchesAnEntryAboutSomethingElse)
{
    auto const c = judge({with(created(R"({"id":2,"on":"x"},{"id":1,"action":"login"})"))});
    EXPECT_EQ(c.violations.size(), 1U);
}

TEST(AuditEntries, WhatALookAddsIsNoEntryOfTheAct)
{
    auto t = with(created(R"({"id":2,"by":"note-12345"},{"id":1,"action":"login"})"));
    t.added_by_look = 1;
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(AuditEntries, CatchesARefusedAttemptWithoutAnEntry)
{
    auto t = good();
    auto a = created(R"({"id":1,"action":"login"})");
    a.is_attempt = true;
    a.done = answer(alice, 403);
    t.acts.push_back(a);
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(AuditEntries, AnAnswerThatShowsNothingIsARefusalOnlyIfItLooksUnlikeTheOwn)
{
    act a;
    a.own = answer(alice, 200, {}, R"({"items":3,"amount":7})");
    a.done = answer(alice, 200, {}, R"({"error":{"message":"nothing found"}})");
    EXPECT_TRUE(is_turned_away(a));
    a.done = answer(alice, 200, {}, R"({"items":5,"amount":9})");
    EXPECT_FALSE(is_turned_away(a));
}

TEST(AuditEntries, CatchesALogThatAnotherTenantReads)
{
    auto t = good();
    t.others_looks[0] = log_of(bob, R"({"id":8,"by":"alice-user-1"})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, alice);
    EXPECT_EQ(c.violations[0].intruder, bob);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::confidentiality);
}

TEST(AuditEntries, CatchesALogThatIsOpenToAll)
{
    auto t = good();
    t.others_looks[1] = log_of(alice, R"({"id":2,"on":"note-12345"})");
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_FALSE(c.violations[0].intruder);
}

TEST(AuditEntries, CatchesAPasswordInAnEntry)
{
    auto t = good();
    t.last = log_of(alice, R"({"id":3,"details":"Wt-wrong-1"})");
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(AuditEntries, AnAttemptThatSucceededIsNotAPass)
{
    auto a = created(R"({"id":1,"action":"login"})");
    a.is_attempt = true;
    a.done = answer(alice, 200);
    auto const c = judge({with(a)});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(AuditEntries, ALogThatCannotBeReadIsNotAPass)
{
    auto a = created("");
    a.before = answer(alice, 500);
    EXPECT_EQ(judge({with(a)}).undecided.size(), 1U);
}

} // namespace watertight::probes::audit::entries
