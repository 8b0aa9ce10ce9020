// How: a real run pushes its metrics to a receiver made of OTLP's published messages, and is
// scraped with the parsers of Prometheus' client (read_live.py).

#include "tests/end_to_end/cli/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>

namespace watertight::test {

TEST(LiveMetrics, AreReadByOthersWhileTheRunGoesOn)
{
    auto const installed =
        run({source_root() + "/tests/end_to_end/reports/install_readers", WT_READERS_FOLDER});
    if (installed.code != 0) {
        GTEST_SKIP() << "LIVE METRICS WERE NOT READ: the readers cannot be installed\n"
                     << installed.output;
    }
    temp_dir const out{"live"};
    auto const folder = (out / "report").string();
    auto const o =
        run({std::string{WT_READERS_FOLDER} + "/env/bin/python",
             source_root() + "/tests/end_to_end/reports/read_live.py",
             WT_PROGRAM,
             "load",
             source_root() + "/scenarios/mis/scenario.yaml",
             "--lab",
             "--for",
             "2s",
             "--tenants",
             "3",
             "--out",
             folder},
            {{"OTEL_METRIC_EXPORT_INTERVAL", "500"}});
    ASSERT_EQ(o.code, 0) << o.output;
    auto const seen = nlohmann::json::parse(o.output);
    std::ifstream file{folder + "/result.json"};
    auto const result = nlohmann::json::parse(file);
    std::uint64_t sent = 0;
    for (auto const& phase : result["phases"]) {
        sent += phase.value("ok", std::uint64_t{0});
        auto const errors = phase.value("errors", nlohmann::json::object());
        for (auto const& n : errors) sent += n.get<std::uint64_t>();
    }
    auto const scraped = seen["scraped"].get<std::vector<double>>();
    auto const pushed = seen["pushed"].get<std::vector<double>>();
    // While it went on, not at its end alone.
    auto const is_between = [&](double n) { return n > 0 && n < static_cast<double>(sent); };
    EXPECT_TRUE(std::ranges::any_of(scraped, is_between)) << o.output;
    EXPECT_TRUE(std::ranges::any_of(pushed, is_between)) << o.output;
    EXPECT_EQ(pushed.back(), static_cast<double>(sent)) << o.output;
}

} // namespace watertight::test
