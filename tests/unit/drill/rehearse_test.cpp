#include "harness/drill/run.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

static std::string rehearse(plan const& p, evidence::redactor const& secrets)
{
    target::model const model;
    target::population const tenants;
    std::map<std::string, std::string> const none;
    silent_progress display;
    surroundings const s{model, tenants, none, none, secrets, display};
    return rehearse(p, s);
}

static plan small_plan()
{
    plan p;
    step migrate;
    migrate.name = "add tenants";
    migrate.action = sql_step{"postgres", "up.sql", ""};
    migrate.deadline = 30s;
    p.forward.push_back(migrate);
    step restart;
    restart.name = "restart";
    restart.action = command_step{{"service", "mis app", "restart"}};
    restart.retries = 2;
    p.rollback.push_back(restart);
    step wait;
    wait.name = "old version answers";
    target::operation version;
    version.method = "GET";
    version.path_pattern = "/version";
    wait.action = wait_step{http_step{version}, "v1"};
    p.rollback.push_back(wait);
    p.when.error_rate = 0.05;
    p.limits.execution = 30min;
    p.fingerprints = {{"postgres", {"public.users"}, {}}};
    p.traffic.push_back(version);
    return p;
}

TEST(DrillRehearse, ReadsAsARunbook)
{
    EXPECT_EQ(rehearse(small_plan(), {}), R"(Before
  Fingerprint of postgres: public.users.
  Traffic of 50 requests/s until recovery; 3 s of it as the baseline.
  - GET /version
Forward
   1. add tenants (within 30 s)
      sql on postgres: up.sql
Roll back when
  more than 5 % of the requests fail
  a forward step fails, or the drill is interrupted
Rollback
   2. restart (within 5 min 0 s, 2 more tries)
      command service 'mis app' restart
   3. old version answers (within 5 min 0 s)
      wait until "v1" comes from GET /version
Then
  Recovered after 20 good answers in a row.
  Every acknowledged write is read back.
  Every row of before is there, unchanged.
  Schemas, policies, privileges, indexes and accounts are those of before.
Budgets
  detection     none
  decision      none
  execution     30 min 0 s
  recovery      none
  verification  none
Touches
  store: postgres
  program: command service 'mis app' restart
)");
}

TEST(DrillRehearse, ShowsNoSecret)
{
    auto p = small_plan();
    p.rollback.front().action = command_step{{"restore", "--password", "hunter2-hunter2"}};
    evidence::redactor secrets;
    secrets.add_secret("hunter2-hunter2", "BACKUP_PASSWORD");

    auto const text = rehearse(p, secrets);

    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    EXPECT_NE(text.find("BACKUP_PASSWORD"), std::string::npos);
}

TEST(DrillRehearse, SaysThatThereIsNothingToRehearse)
{
    EXPECT_EQ(rehearse(plan{}, {}), "The scenario has no rollback steps.\n");
}

} // namespace watertight::drill
