#include "harness/verdict/result.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>
#include <limits>

using namespace watertight;
using namespace watertight::verdict;

static evidence::finding full_finding()
{
    evidence::finding f;
    f.probe = "api.read";
    f.kind = evidence::guarantee::unobservability;
    f.level = evidence::severity::low;
    f.title = "t";
    f.victim = "a";
    f.intruder = "b";
    f.channel = "GET /x";
    f.token = "zq7k";
    f.exchanges = {{"title", "request", "response \"<&>\" \x01"}};
    f.reproduction = "curl 'x'";
    f.first = wall::time_point{std::chrono::nanoseconds{1'773'480'363'000'000'007}};
    f.last = wall::time_point{std::chrono::milliseconds{1'773'480'363'125}};
    f.count = std::numeric_limits<std::uint64_t>::max();
    f.pairs = {{"a", "b"}};
    return f;
}

static run_result full_result()
{
    run_result r;
    r.tool_version = "0.1.0";
    r.command = "run";
    r.run_id = "r1";
    r.seed = std::numeric_limits<std::uint64_t>::max();
    r.started_at = "2026-03-14T09:26:00.000Z";
    r.environment = {{"host", "h"}};
    r.outcome = overall::inconclusive;
    r.summary = "why";
    criterion_outcome c;
    c.id = "p95";
    c.statement = "latency.p95 < 1s";
    c.status = criterion_status::unattested;
    c.margin = -0.1;
    c.place = {"s.yaml", 3, 4};
    r.criteria = {c, {}};
    r.findings = {full_finding()};
    r.waived = {{"f/1~", "until"}};
    probe_outcome p;
    p.id = "api.read";
    p.status = probe_status::not_applicable;
    p.kind = evidence::guarantee::rollback;
    p.seconds = 0.1;
    r.probes = {p};
    r.phases = {{"steady", "traffic", 1.5, 60, 500, 499.9, 3, 4, "n"}};
    r.operations = {
        {"users.read", 5, {{"timeout", 1}}, {.n = 6, .mean_us = 1.25, .hdr = "HIST"}, {}}};
    r.tenants = {{"a", "basic", 1, 2, 3, {}}};
    r.series = {{1, 2, 3, 4, 5, 6, 7}};
    r.latency.n = 6;
    r.coverage = {{"table", "public.users", true, "x"}};
    r.drill.ran = true;
    r.drill.phases = {
        {"execution", 1, 2, 30.0, false, ""}, {"decision", 1, 2, std::nullopt, true, ""}};
    r.drill.steps = {{"s", "sql", "execution", 1, 2, true, "out"}};
    r.drill.fingerprints = {{"public.users", 1, 2, true, ""}};
    r.metrics = {{"availability", 0.1 + 0.2}};
    r.notes = {"n"};
    r.errors = {"e"};
    return r;
}

TEST(ResultFile, ComesBackAsItWas)
{
    auto const r = full_result();
    auto const text = to_json(r);

    auto const back = from_json(text);

    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(to_json(*back), text);
    EXPECT_EQ(back->seed, r.seed);
    EXPECT_EQ(back->findings.at(0).first, r.findings[0].first);
    EXPECT_EQ(back->findings.at(0).exchanges.at(0).response, r.findings[0].exchanges[0].response);
    EXPECT_EQ(back->findings.at(0).pairs, r.findings[0].pairs);
    EXPECT_EQ(back->criteria.at(0).status, criterion_status::unattested);
    EXPECT_EQ(back->criteria.at(0).place.column, 4);
    EXPECT_EQ(back->criteria.at(1).margin, std::nullopt);
    EXPECT_EQ(back->drill.phases.at(0).budget_s, 30.0);
    EXPECT_EQ(back->drill.phases.at(1).budget_s, std::nullopt);
    EXPECT_EQ(back->metrics, r.metrics);
    EXPECT_EQ(back->waived, r.waived);
    EXPECT_EQ(back->operations.at(0).latency.hdr, "HIST");
}

TEST(ResultFile, WritesEnumeratorsAsWords)
{
    auto const j = nlohmann::json::parse(to_json(full_result()));
    EXPECT_EQ(j["outcome"], "inconclusive");
    EXPECT_EQ(j["criteria"][0]["status"], "unsigned");
    EXPECT_EQ(j["probes"][0]["status"], "not_applicable");
    EXPECT_EQ(j["findings"][0]["guarantee"], "unobservability");
    EXPECT_EQ(j["findings"][0]["first"], "2026-03-14T09:26:03.000000007Z");
}

TEST(ResultFile, IgnoresMembersItDoesNotKnow)
{
    auto j = nlohmann::json::parse(to_json(full_result()));
    j["colour"] = "blue";
    j["probes"][0]["mood"] = nullptr;
    EXPECT_TRUE(from_json(j.dump()));
}

TEST(ResultFile, NamesAMissingMemberByItsPointer)
{
    auto j = nlohmann::json::parse(to_json(full_result()));
    j["probes"][0].erase("status");

    auto const r = from_json(j.dump());

    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().message, "not a result file: /probes/0/status: missing");
    EXPECT_EQ(r.error().detail, "/probes/0/status");
}

TEST(ResultFile, NamesAMemberOfTheWrongKind)
{
    auto j = nlohmann::json::parse(to_json(full_result()));
    j["waived"]["f/1~"] = 7;
    EXPECT_EQ(from_json(j.dump()).error().detail, "/waived/f~11~0");

    j = nlohmann::json::parse(to_json(full_result()));
    j["tenants"][0]["ok"] = -1;
    EXPECT_EQ(from_json(j.dump()).error().detail, "/tenants/0/ok");

    j = nlohmann::json::parse(to_json(full_result()));
    j["outcome"] = "splendid";
    EXPECT_NE(from_json(j.dump()).error().message.find("unknown word"), std::string::npos);
}

TEST(ResultFile, OfANewerSchemaIsNamedAsSuch)
{
    auto j = nlohmann::json::parse(to_json(full_result()));
    j["schema"] = 2;
    EXPECT_NE(from_json(j.dump()).error().message.find("newer watertight"), std::string::npos);
}

TEST(ResultFile, RefusesWhatIsNoJson)
{
    EXPECT_FALSE(from_json(""));
    EXPECT_FALSE(from_json("[]"));
    EXPECT_FALSE(from_json("{\"schema\": 1"));
}

TEST(ResultFile, SurvivesBytesThatAreNoTextAndNumbersThatAreNone)
{
    auto r = full_result();
    r.findings[0].detail = "\xff\xfe";
    r.metrics["availability"] = std::nan("");
    auto const back = from_json(to_json(r));
    ASSERT_TRUE(back);
    EXPECT_FALSE(back->metrics.contains("availability"));
}
