#include "harness/probe/runner.hpp"
#include "harness/probe/tally.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

using verdict::probe_status;

static spec a_spec()
{
    spec out;
    out.id = "api.some";
    out.title = "Some";
    return out;
}

static spec const some = a_spec();

TEST(Runner, PatternsNameProbes)
{
    EXPECT_TRUE(matches("all", "api.list"));
    EXPECT_TRUE(matches("api.*", "api.list"));
    EXPECT_TRUE(matches("api.object_*", "api.object_read"));
    EXPECT_TRUE(matches("*.shared_*", "cache.shared_lock"));
    EXPECT_TRUE(matches("api.list", "api.list"));
    EXPECT_FALSE(matches("api.*", "apiary.list"));
    EXPECT_FALSE(matches("api.li", "api.list"));
}

TEST(Runner, NothingTriedIsNotAPass)
{
    EXPECT_EQ(outcome_of(some, {}).status, probe_status::inconclusive);
}

TEST(Runner, AViolationOutweighsWhatWasUndecided)
{
    conclusion c;
    c.violations.emplace_back();
    c.add_undecided("a channel did not answer");
    EXPECT_EQ(outcome_of(some, c).status, probe_status::fail);
}

TEST(Runner, AnUndecidedChannelIsNotAPass)
{
    conclusion c;
    c.trials = 10;
    c.add_undecided("one channel did not answer");
    auto const out = outcome_of(some, c);
    EXPECT_EQ(out.status, probe_status::inconclusive);
    EXPECT_EQ(out.reason, "one channel did not answer");
}

TEST(Runner, AMissingCapabilityIsNamed)
{
    conclusion c;
    c.not_applicable = "stores.redis";
    auto const out = outcome_of(some, c);
    EXPECT_EQ(out.status, probe_status::not_applicable);
    EXPECT_EQ(out.reason, "stores.redis");
}

TEST(Runner, DecidedTrialsPass)
{
    conclusion c;
    c.trials = 3;
    EXPECT_EQ(outcome_of(some, c).status, probe_status::pass);
}

TEST(Tally, OneConclusiveAttemptDecidesAChannel)
{
    tally seen;
    seen.undecided("GET /a", "flaky");
    seen.decided("GET /a");
    seen.undecided("GET /b", "down");
    conclusion c;
    seen.finish(c);
    EXPECT_EQ(c.trials, 1U);
    EXPECT_EQ(c.undecided, std::vector<std::string>{"GET /b: down"});
}

} // namespace watertight::probe
