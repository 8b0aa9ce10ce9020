#include "harness/verdict/changes.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using namespace watertight::verdict;

static run_result passing()
{
    run_result r;
    r.outcome = overall::passed;
    r.summary = "2 criteria met";
    criterion_outcome c;
    c.id = "p95";
    c.status = criterion_status::met;
    c.measured = "latency.p95 = 9 ms";
    r.criteria = {c};
    probe_outcome p;
    p.id = "api.list";
    p.status = probe_status::pass;
    r.probes = {p};
    return r;
}

static evidence::finding leak()
{
    evidence::finding f;
    f.probe = "api.list";
    f.level = evidence::severity::critical;
    f.title = "A list shows what others own";
    f.channel = "GET /users";
    return f;
}

TEST(Changes, AreNoneWhereOnlyFiguresDiffer)
{
    auto later = passing();
    later.criteria[0].measured = "latency.p95 = 11 ms";
    later.duration_s = 99;

    EXPECT_TRUE(changes(passing(), later).empty());
}

TEST(Changes, NameOutcomeFindingCriterionAndProbe)
{
    auto later = passing();
    later.outcome = overall::failed;
    later.summary = "1 criterion not met: p95";
    later.criteria[0].status = criterion_status::not_met;
    later.criteria[0].measured = "latency.p95 = 900 ms";
    later.probes[0].status = probe_status::fail;
    later.probes[0].reason = "3 of 9";
    later.findings = {leak()};

    EXPECT_EQ(
        changes(passing(), later),
        (std::vector<std::string>{
            "the outcome was passed and is failed: 1 criterion not met: p95",
            "new finding (critical): A list shows what others own; GET /users, api.list",
            "criterion p95 was met and is not met (latency.p95 = 900 ms)",
            "probe api.list was pass and is fail (3 of 9)"})
    );
}

TEST(Changes, TellOfWhatIsGoneAndOfWhatIsNew)
{
    auto before = passing();
    before.findings = {leak()};
    auto later = passing();
    later.probes[0].id = "api.read";

    EXPECT_EQ(
        changes(before, later),
        (std::vector<std::string>{
            "no longer seen: finding (critical): A list shows what others own; GET /users, "
            "api.list",
            "probe api.read is new: pass",
            "probe api.list is gone; it was pass"})
    );
}

TEST(Changes, LeaveWaivedFindingsOut)
{
    auto later = passing();
    later.findings = {leak()};
    later.waived[leak().fingerprint()] = "known";

    EXPECT_TRUE(changes(passing(), later).empty());
}
