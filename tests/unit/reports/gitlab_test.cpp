// How: no package registry has GitLab's schemas, so that what they demand is spelt out here.

#include "reports/reports.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

using namespace watertight;
using nlohmann::json;

static void expect_headers(json const& headers)
{
    ASSERT_TRUE(headers.is_array());
    for (auto const& h : headers) {
        EXPECT_FALSE(h.at("name").get<std::string>().empty());
        EXPECT_TRUE(h.at("value").is_string());
    }
}

static void expect_messages(json const& holder)
{
    if (holder.contains("request")) {
        auto const& q = holder["request"];
        EXPECT_FALSE(q.at("method").get<std::string>().empty());
        EXPECT_FALSE(q.at("url").get<std::string>().empty());
        expect_headers(q.at("headers"));
    }
    if (holder.contains("response")) {
        auto const& a = holder["response"];
        EXPECT_TRUE(a.at("status_code").is_number_integer());
        EXPECT_TRUE(a.at("reason_phrase").is_string());
        expect_headers(a.at("headers"));
    }
}

static void expect_vulnerability(json const& v)
{
    std::regex const uuid{"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"};
    EXPECT_TRUE(std::regex_match(v.at("id").get<std::string>(), uuid));
    EXPECT_LE(v.at("name").get<std::string>().size(), 255U);
    EXPECT_LE(v.value("solution", "").size(), 7000U);
    std::set<std::string> const severities{"Info", "Unknown", "Low", "Medium", "High", "Critical"};
    EXPECT_TRUE(severities.contains(v.at("severity")));
    ASSERT_FALSE(v.at("identifiers").empty());
    for (auto const& i : v["identifiers"]) {
        for (auto const* const key : {"type", "name", "value"}) {
            EXPECT_FALSE(i.at(key).get<std::string>().empty());
        }
    }
    for (auto const* const key : {"hostname", "method", "param", "path"}) {
        EXPECT_TRUE(v.at("location").at(key).is_string());
    }
    expect_messages(v.at("evidence"));
    for (auto const& m : v["evidence"].value("supporting_messages", json::array())) {
        EXPECT_FALSE(m.at("name").get<std::string>().empty());
        expect_messages(m);
    }
    for (auto const& [key, detail] : v.at("details").items()) {
        EXPECT_FALSE(detail.at("name").get<std::string>().empty());
        EXPECT_TRUE(detail.at("value").is_string());
    }
}

static void expect_report(json const& out)
{
    EXPECT_EQ(out.at("version"), "15.0.4");
    auto const& scan = out.at("scan");
    std::regex const instant{R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})"};
    for (auto const* const key : {"start_time", "end_time"}) {
        EXPECT_TRUE(std::regex_match(scan.at(key).get<std::string>(), instant)) << scan[key];
    }
    EXPECT_TRUE(scan.at("status") == "success" || scan["status"] == "failure");
    EXPECT_EQ(scan.at("type"), "dast");
    for (auto const* const who : {"scanner", "analyzer"}) {
        for (auto const* const key : {"id", "name", "version"}) {
            EXPECT_FALSE(scan.at(who).at(key).get<std::string>().empty());
        }
        EXPECT_FALSE(scan[who].at("vendor").at("name").get<std::string>().empty());
    }
    for (auto const& m : scan.at("messages"))
        EXPECT_FALSE(m.at("value").get<std::string>().empty());
    for (auto const& s : scan.at("scanned_resources")) {
        EXPECT_FALSE(s.at("method").get<std::string>().empty());
        EXPECT_EQ(s.at("type"), "url");
    }
    for (auto const& v : out.at("vulnerabilities")) expect_vulnerability(v);
}

TEST(GitlabReport, HasWhatTheSchemaDemands)
{
    expect_report(json::parse(reports::gitlab(sample_result())));
    expect_report(json::parse(reports::gitlab({})));
    for (auto const& text : hostile_texts()) {
        expect_report(json::parse(reports::gitlab(hostile_result(text))));
        expect_report(json::parse(reports::gitlab(hostile_result(text + std::string(9000, 'x')))));
    }
    auto empty = sample_result();
    empty.findings = {evidence::finding{}};
    expect_report(json::parse(reports::gitlab(empty)));
}

TEST(GitlabReport, ShowsTheIntrudersExchangeAndTheControlBesideIt)
{
    auto const out = json::parse(reports::gitlab(sample_result()));
    ASSERT_EQ(out["vulnerabilities"].size(), 1U) << "a waived finding must not count";
    auto const& v = out["vulnerabilities"][0];
    EXPECT_EQ(v["identifiers"][1]["value"], "639");
    EXPECT_EQ(v["location"]["path"], "/api/v1/users/{id}");
    EXPECT_EQ(v["evidence"]["request"]["url"], "http://127.0.0.1:8080/api/v1/users/7");
    EXPECT_EQ(v["evidence"]["request"]["headers"][1]["value"], "globex");
    EXPECT_EQ(v["evidence"]["supporting_messages"].size(), 1U);
    EXPECT_EQ(out["scan"]["start_time"], "2026-03-14T09:26:00");
    EXPECT_EQ(out["scan"]["scanned_resources"].size(), 2U);
}

TEST(GitlabReport, KeepsTheIdOfAFindingFromRunToRun)
{
    auto later = sample_result();
    later.run_id = "another";
    later.findings[0].detail = "Another tenant.";
    EXPECT_EQ(
        json::parse(reports::gitlab(sample_result()))["vulnerabilities"][0]["id"],
        json::parse(reports::gitlab(later))["vulnerabilities"][0]["id"]
    );
}
