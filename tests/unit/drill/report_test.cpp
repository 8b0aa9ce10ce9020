#include "harness/drill/report.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static std::vector<evidence::finding>
findings(verdict::drill_outcome const& out, lessons const& l = {})
{
    target::model const model;
    target::population const tenants;
    std::map<std::string, std::string> const none;
    evidence::redactor const secrets;
    silent_progress display;
    surroundings const s{model, tenants, none, none, secrets, display};
    plan const p;
    return findings_of(p, s, out, l);
}

static verdict::drill_outcome sound()
{
    verdict::drill_outcome out;
    out.ran = true;
    out.phases.push_back({"execution", 0, 5, 10, true, ""});
    out.steps.push_back({"restore", "sql", "execution", 0, 5, true, ""});
    out.fingerprints.push_back({"public.users", 2, 2, true, "", "postgres"});
    return out;
}

TEST(DrillReport, ASoundDrillHasNoFindings)
{
    EXPECT_TRUE(findings(sound()).empty());
}

TEST(DrillReport, AnExceededBudgetNamesItsPhase)
{
    auto out = sound();
    out.phases[0].duration_s = 12;
    out.phases[0].within_budget = false;

    auto const found = findings(out);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.budget");
    EXPECT_EQ(found[0].kind, evidence::guarantee::rollback);
    EXPECT_EQ(found[0].channel, "drill execution");
    EXPECT_EQ(found[0].detail, "execution took 12 s; its budget is 10 s.");
}

TEST(DrillReport, AFailedStepSaysWhatItSaid)
{
    auto out = sound();
    out.steps[0].ok = false;
    out.steps[0].output = "relation \"users\" does not exist";

    auto const found = findings(out);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.step");
    EXPECT_EQ(found[0].level, evidence::severity::critical);
    EXPECT_NE(found[0].detail.find("does not exist"), std::string::npos);
}

TEST(DrillReport, AChangedTableIsCritical)
{
    auto out = sound();
    out.fingerprints[0].equal = false;
    out.fingerprints[0].note = "1 row lost: (2)";

    auto const found = findings(out);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.fingerprint");
    EXPECT_EQ(found[0].level, evidence::severity::critical);
    EXPECT_EQ(found[0].channel, "postgres public.users");
    EXPECT_NE(found[0].detail.find("1 row lost: (2)"), std::string::npos);
}

TEST(DrillReport, AnUnnoticedFailureIsSaidOnce)
{
    auto out = sound();
    out.phases.push_back({"detection", 0, 2, 1, false, ""});
    lessons l;
    l.undetected = "no trigger tripped";

    auto const found = findings(out, l);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.detection");
}

TEST(DrillReport, LossesAreCountedUnderTheOperationThatWrote)
{
    target::operation create;
    create.method = "POST";
    create.path_pattern = "/users";
    target::operation read;
    read.path_pattern = "/users/{id}";
    shape const made_by{.op = &create, .resource = "users", .does = effect::create, .twin = &read};
    sender owner;
    written_object first;
    first.owner = &owner;
    first.made_by = &made_by;
    written_object second = first;

    lessons l;
    l.lost.push_back({&first, "is absent", "GET /users/1 HTTP/1.1\r\n\r\n", "404"});
    l.lost.push_back({&second, "is absent", "GET /users/2 HTTP/1.1\r\n\r\n", "404"});
    evidence::finding_book book;
    for (auto& f : findings(sound(), l)) book.add(std::move(f));

    auto const found = book.sorted();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.lost_write");
    EXPECT_EQ(found[0].channel, "POST /users");
    EXPECT_EQ(found[0].count, 2U);
}

TEST(DrillReport, AStepOverItsBudgetIsNamed)
{
    auto out = sound();
    out.steps[0].budget_s = 4;

    auto const found = findings(out);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.budget");
    EXPECT_EQ(found[0].channel, "drill execution: restore");
}

TEST(DrillReport, AnAnswerOfTheNewVersionAfterTheRollbackIsAFinding)
{
    auto out = sound();
    out.new_after_rollback = 0;
    EXPECT_TRUE(findings(out).empty());

    out.new_after_rollback = 3;
    out.tenants.resize(2);
    out.tenants[0].slug = "acme";
    out.tenants[0].new_after_rollback = 3;
    out.tenants[1].slug = "other";
    auto const found = findings(out);

    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].probe, "drill.version");
    EXPECT_NE(found[0].detail.find("3 answers"), std::string::npos) << found[0].detail;
    EXPECT_NE(found[0].detail.find("acme."), std::string::npos) << found[0].detail;
}

TEST(DrillReport, WhatASecondRollbackChangesIsAFinding)
{
    lessons l;
    l.changed_again.push_back({"public.users", 2, 1, false, "1 row lost: (2)"});
    l.broken.push_back({"the sum", "12", "11"});

    auto const found = findings(sound(), l);

    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].probe, "drill.invariant");
    EXPECT_EQ(found[1].probe, "drill.idempotence");
}

} // namespace watertight::drill
