#include "harness/telemetry/board.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using telemetry::board;

static telemetry::family const&
family_named(std::vector<telemetry::family> const& all, std::string_view name)
{
    for (auto const& f : all)
        if (f.name == name) return f;
    throw std::runtime_error{"no such family"};
}

static double value(std::vector<telemetry::point> const& points, std::string_view label)
{
    for (auto const& p : points) {
        if (!p.where.empty() && p.where.front().second == label) return p.value;
    }
    return -1;
}

TEST(Board, AddsUpWhatCoresTell)
{
    board b{{{"scenario", "shop"}}};
    traffic::second_tally one{.at = 1, .ok = 3, .failed = 1};
    one.latency.record(std::chrono::milliseconds{2});
    one.latency.record(std::chrono::milliseconds{40});
    one.latency.record(std::chrono::minutes{2});
    b.took(one);
    b.took(one);
    auto const all = b.snapshot();
    auto const& requests = family_named(all, "watertight.requests").points;
    EXPECT_EQ(value(requests, "ok"), 6);
    EXPECT_EQ(value(requests, "failed"), 2);
    auto const& spread = family_named(all, "watertight.request.duration").points[0].spread;
    ASSERT_EQ(spread.counts.size(), spread.bounds.size() + 1);
    EXPECT_EQ(spread.count(), 6U);
    EXPECT_EQ(spread.counts.back(), 2U);
    EXPECT_NEAR(spread.sum, 2 * (0.002 + 0.04 + 120), 4);
    for (std::size_t i = 0; i < spread.bounds.size(); ++i) {
        auto const holds_2ms = i > 0 && spread.bounds[i - 1] < 0.002 && spread.bounds[i] >= 0.002;
        EXPECT_TRUE(!holds_2ms || spread.counts[i] == 2) << spread.bounds[i];
    }
}

TEST(Board, CountsAFindingOnceHoweverOftenItIsTold)
{
    board b{{}};
    evidence::finding f;
    f.probe = "api.list";
    f.channel = "GET /orders";
    b.found(f);
    ++f.count;
    b.found(f);
    f.channel = "GET /invoices";
    b.found(f);
    auto const all = b.snapshot();
    auto const& points = family_named(all, "watertight.findings").points;
    ASSERT_EQ(points.size(), 1U);
    EXPECT_EQ(points[0].value, 2);
}

TEST(Board, ShowsThePhaseWhileItGoesOn)
{
    board b{{}};
    silent_progress person;
    telemetry::told_progress told{person};
    told.begin("before anybody listens", 1);
    told.tell(&b);
    told.begin("traffic steady", 30);
    told.update(12, "480/s");
    auto all = b.snapshot();
    EXPECT_EQ(value(family_named(all, "watertight.phase.done").points, "traffic steady"), 12);
    EXPECT_EQ(value(family_named(all, "watertight.phase.units").points, "traffic steady"), 30);
    told.end("done");
    all = b.snapshot();
    EXPECT_TRUE(family_named(all, "watertight.phase.done").points.empty());
}
