// How: a service that misbehaves in one known way; the run's findings must name it.
#include "tests/end_to_end/traffic/world.hpp"
#include "tests/support/packed.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace watertight::traffic {

using evidence::guarantee;

TEST(TrafficEvidence, ALeakIsOneFindingWithItsCount)
{
    world w{4};
    std::uint64_t leaks = 0;
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        if (++n % 100 != 0) return r;
        ++leaks;
        auto const victim = header_of(head, "X-Tenant") == "tenant-0" ? 1U : 0U;
        r.body += w.canary_of(victim, 0);
        return r;
    }};

    auto const r = w.drive(s, {reading(500, 2s)});

    auto const findings = r.findings.sorted();
    ASSERT_EQ(findings.size(), 1);
    auto const& f = findings[0];
    EXPECT_EQ(f.count, leaks);
    EXPECT_EQ(f.probe, "traffic");
    EXPECT_EQ(f.kind, guarantee::confidentiality);
    EXPECT_EQ(f.level, evidence::severity::critical);
    EXPECT_EQ(f.cwe, "CWE-200");
    EXPECT_EQ(f.channel, "GET /notes/{id}");
    EXPECT_TRUE(f.victim == "tenant-0" || f.victim == "tenant-1");
    EXPECT_NE(f.victim, f.intruder);
    ASSERT_EQ(f.exchanges.size(), 1);
    EXPECT_NE(f.exchanges[0].response.find(f.token), std::string::npos);
    EXPECT_NE(f.exchanges[0].request.find("X-Tenant: " + f.intruder), std::string::npos);
    EXPECT_NE(f.reproduction.find("curl"), std::string::npos);
    EXPECT_NE(f.reproduction.find("/notes/"), std::string::npos);
    EXPECT_FALSE(f.detail.empty());
}

TEST(TrafficEvidence, TheEvidenceOfALongAnswerIsCutAroundTheToken)
{
    world w{2};
    server const s{[&](std::string_view head, std::string_view) {
        auto const victim = header_of(head, "X-Tenant") == "tenant-0" ? 1U : 0U;
        return reply{
            .body = std::string(50'000, '-') + w.canary_of(victim, 0) + std::string(50'000, '+')};
    }};

    auto const r = w.drive(s, {reading(50, 1s)});

    auto const findings = r.findings.sorted();
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings[0].position, "response body, byte 50000");
    auto const& shown = findings[0].exchanges.at(0).response;
    EXPECT_NE(shown.find(findings[0].token), std::string::npos);
    EXPECT_LT(shown.size(), 4300);
}

// The service repeats the request's own text, and a foreign canary in the request comes back.
TEST(TrafficEvidence, AnEchoIsNoFinding)
{
    world w{2};
    auto& list = *w.model.resources[0].list;
    list.path = target::template_text::compile(
        "/notes?q=" + w.canary_of(0, 0) + w.canary_of(1, 0), target::escape::url
    );
    server const s{[](std::string_view head, std::string_view) {
        return reply{.body = std::string{head.substr(0, head.find("\r\n"))}};
    }};
    auto p = steady_phase(100, 1s);
    p.operations = {{"notes.list", 1}};

    auto const r = w.drive(s, {p});

    EXPECT_GT(r.tally.ok, 0);
    EXPECT_EQ(r.tally.ok, s.served());
    EXPECT_EQ(r.findings.size(), 0);
}

TEST(TrafficEvidence, ALostObjectIsAFinding)
{
    world w{2};
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        if (++n == 100) w.notes["tenant-1"].clear();
        return w.serve(head, body);
    }};

    auto const r = w.drive(s, {reading(200, 1s)});

    auto const findings = r.findings.sorted();
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings[0].kind, guarantee::integrity);
    EXPECT_EQ(findings[0].victim, "tenant-1");
    EXPECT_GT(findings[0].count, 10);
}

TEST(TrafficEvidence, AnAlteredObjectIsAFinding)
{
    world w{2};
    std::uint64_t n = 0;
    server const s{[&](std::string_view head, std::string_view body) {
        if (++n == 100) w.notes["tenant-0"].begin()->second = w.canary_of(0, 77);
        return w.serve(head, body);
    }};

    auto const r = w.drive(s, {reading(200, 1s)});

    auto const findings = r.findings.sorted();
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings[0].kind, guarantee::integrity);
    EXPECT_EQ(findings[0].victim, "tenant-0");
}

TEST(TrafficEvidence, ARemovedObjectThatIsStillReadableIsAFinding)
{
    world w{2, 40};
    server const s{[&](std::string_view head, std::string_view body) {
        if (head.starts_with("DELETE")) return reply{.status = 204};
        return w.serve(head, body);
    }};
    auto p = steady_phase(400, 2s);
    p.operations = {{"notes.read", 10}, {"notes.remove", 1}, {"notes.create", 1}};

    auto const r = w.drive(s, {p});

    auto const findings = r.findings.sorted();
    ASSERT_EQ(findings.size(), 1);
    EXPECT_EQ(findings[0].title, "Removed object is still readable");
}

// What the service shows of another tenant, put into every answer in some place.
static evidence::finding leak_in(std::function<void(reply& r, std::string const& canary)> hide)
{
    world w{2};
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        auto const victim = header_of(head, "X-Tenant") == "tenant-0" ? 1U : 0U;
        hide(r, w.canary_of(victim, 0));
        return r;
    }};
    auto const findings = w.drive(s, {reading(50, 1s)}).findings.sorted();
    EXPECT_EQ(findings.size(), 1);
    return findings.empty() ? evidence::finding{} : findings[0];
}

TEST(TrafficEvidence, ALeakInAPackedBodyIsSeen)
{
    auto const f = leak_in([](reply& r, std::string const& canary) {
        r.headers = "Content-Encoding: gzip\r\n";
        r.body = test::pack(std::string(1000, ' ') + canary + r.body, test::packing::gzip);
    });

    EXPECT_EQ(f.position, "response body, byte 1000");
    EXPECT_NE(f.exchanges.at(0).response.find(f.token), std::string::npos);
}

TEST(TrafficEvidence, ALeakInAHeaderIsSeen)
{
    auto const f = leak_in([](reply& r, std::string const& canary) {
        r.headers = "X-Debug: " + canary + "\r\n";
    });

    EXPECT_TRUE(f.position.starts_with("response head, byte ")) << f.position;
}

TEST(TrafficEvidence, ALeakInATrailerIsSeen)
{
    auto const f = leak_in([](reply& r, std::string const& canary) {
        r.trailers = "X-Checked-By: " + canary + "\r\n";
    });

    EXPECT_EQ(f.kind, guarantee::confidentiality);
}

TEST(TrafficEvidence, WhatCannotBeUnpackedIsCounted)
{
    world w{2};
    server const s{[&](std::string_view head, std::string_view body) {
        auto r = w.serve(head, body);
        r.headers = "Content-Encoding: br\r\n";
        return r;
    }};

    auto const r = w.drive(s, {reading(50, 1s)});

    EXPECT_EQ(r.responses_unreadable, r.responses_scanned);
    EXPECT_GT(r.responses_unreadable, 0);
}

} // namespace watertight::traffic
