#include "reports/reports.hpp"

#include <gtest/gtest.h>

using namespace watertight;

static verdict::run_result loaded()
{
    verdict::run_result r;
    r.started_at = "2026-01-31T09:30:00.123Z";
    r.duration_s = 8;
    auto& op = r.operations.emplace_back();
    op.name = "users read, all";
    op.latency = {.n = 3, .max_us = 1500, .hdr = "HISTFAAAA"};
    return r;
}

TEST(HdrLog, HasALineAnOperation)
{
    auto const log = reports::hdr_log(loaded());

    EXPECT_NE(log.find("#[Histogram log format version 1.3]\n"), std::string::npos);
    EXPECT_NE(log.find("#[StartTime: 1769851800.123 (seconds"), std::string::npos) << log;
    EXPECT_NE(log.find("\nTag=users_read__all,0.000,8.000,1.500,HISTFAAAA\n"), std::string::npos)
        << log;
}

TEST(HdrLog, IsEmptyWithoutLoad)
{
    EXPECT_EQ(reports::hdr_log({}), "");
}
