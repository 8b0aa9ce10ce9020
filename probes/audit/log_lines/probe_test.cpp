#include "probes/audit/log_lines/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

namespace watertight::probes::audit::log_lines {

using namespace testing;

static trial with(std::vector<std::string> lines)
{
    trial t;
    t.log = "access";
    t.file = "/var/log/app.log";
    t.tenant_at = "/tenant";
    t.lines = std::move(lines);
    t.parties = {
        {alice, "A", {"id-of-alices"}, answer(alice, 200)},
        {bob, "B", {"id-of-bobs"}, answer(bob, 200)}};
    t.secrets = {{"a user's password", "correct horse"}};
    return t;
}

static std::string line(char const* tenant, char const* path)
{
    return std::string{R"({"tenant":")"} + tenant + R"(","path":"/things/)" + path + "\"}";
}

TEST(AuditLogLines, CatchesALineUnderAnothersName)
{
    auto const c =
        judge({with({line("A", "id-of-alices"), line("B", "id-of-bobs"), line("A", "id-of-bobs")})}
        );
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
    EXPECT_EQ(c.violations[0].channel, "log access");
}

TEST(AuditLogLines, CatchesAPasswordAndDoesNotRepeatIt)
{
    auto const c = judge({with(
        {line("A", "id-of-alices"), line("B", "id-of-bobs"), line("B", "login?p=correct horse")}
    )});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_NE(c.violations[0].detail.find("a user's password"), std::string::npos);
    EXPECT_EQ(c.violations[0].position.find("correct horse"), std::string::npos);
}

TEST(AuditLogLines, PassesLinesUnderTheirOwnNames)
{
    auto const c = judge({with({line("A", "id-of-alices"), "free text", line("B", "id-of-bobs")})});
    EXPECT_TRUE(c.violations.empty());
    EXPECT_TRUE(c.undecided.empty());
    EXPECT_EQ(c.trials, 2U);
}

TEST(AuditLogLines, ALogThatNamesNobodyIsNotAPass)
{
    auto const c = judge({with({"GET /things/id-of-alices", "GET /things/id-of-bobs"})});
    EXPECT_EQ(c.trials, 0U);
    EXPECT_EQ(c.undecided.size(), 1U);
}

TEST(AuditLogLines, AFileThatCannotBeReadIsNotAPass)
{
    auto t = with({});
    t.failure = "no such file";
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

TEST(AuditLogLinesTenant, IsAtAPointerOrInTheFirstGroup)
{
    EXPECT_EQ(tenant_of(R"({"a":{"t":"x"}})", "/a/t"), "x");
    EXPECT_EQ(tenant_of(R"({"t":7})", "/t"), "7");
    EXPECT_EQ(tenant_of(R"({"t":null})", "/t"), std::nullopt);
    EXPECT_EQ(tenant_of("GET / tenant=acme 200", "tenant=(\\S+)"), "acme");
    EXPECT_EQ(tenant_of("GET / 200", "tenant=(\\S+)"), std::nullopt);
}

} // namespace watertight::probes::audit::log_lines
