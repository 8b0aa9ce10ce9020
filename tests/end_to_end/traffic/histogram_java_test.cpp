// How: the reference implementation reads what ours wrote, answers with its percentiles, and writes
// it again for ours to read.
#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/traffic/histogram.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace watertight::traffic {

namespace fs = std::filesystem;

class JavaReader : public testing::Test {
protected:
    void SetUp() override
    {
        if (!fs::exists(WT_HDR_JAR)) {
            GTEST_SKIP() << WT_HDR_JAR << " is missing (Debian: libhdrhistogram-java)";
        }
        if (std::system("command -v java >/dev/null && command -v javac >/dev/null") != 0) {
            GTEST_SKIP() << "java and javac are missing (Debian: default-jdk-headless)";
        }
        std::string name = fs::temp_directory_path() / "watertight-histogram-XXXXXX";
        folder = mkdtemp(name.data());
        auto const compile =
            fmt::format("javac -cp {} -d {} {}", WT_HDR_JAR, folder.string(), WT_JAVA_READER);
        ASSERT_EQ(std::system(compile.c_str()), 0);
    }

    void TearDown() override
    {
        if (!folder.empty()) fs::remove_all(folder);
    }

    std::vector<std::string> read(histogram const& h, std::vector<double> const& percentiles)
    {
        {
            std::ofstream in{folder / "in"};
            in << h.encode() << '\n';
            for (auto const p : percentiles) in << fmt::format("{}\n", p);
        }
        return run("<{1}/in");
    }

    // `arguments` may name the folder as {1}.
    std::vector<std::string> run(std::string const& arguments)
    {
        auto const form = "java -cp {0}:{1} HistogramReader " + arguments + " >{1}/out";
        auto const command = fmt::format(fmt::runtime(form), WT_HDR_JAR, folder.string());
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::ifstream out{folder / "out"};
        std::vector<std::string> lines;
        for (std::string line; std::getline(out, line);) lines.push_back(line);
        return lines;
    }

    fs::path folder;
};

TEST_F(JavaReader, FindsTheSamePercentiles)
{
    histogram h;
    rng random{20};
    for (int i = 0; i < 50'000; ++i) {
        auto const us = std::exp(random.unit() * std::log(3.6e9));
        h.record(std::chrono::microseconds{static_cast<std::int64_t>(us)});
    }
    std::vector<double> percentiles{0, 99.99, 99.999, 100};
    for (double p = 0.5; p < 100; p += 0.5) percentiles.push_back(p);

    auto const lines = read(h, percentiles);

    ASSERT_EQ(lines.size(), percentiles.size() + 4);
    EXPECT_EQ(lines[0], std::to_string(h.count()));
    EXPECT_EQ(lines[1], std::to_string(h.min().count()));
    EXPECT_EQ(lines[2], std::to_string(h.max().count()));
    for (std::size_t i = 0; i < percentiles.size(); ++i) {
        EXPECT_EQ(lines[i + 3], std::to_string(h.at(percentiles[i]).count())) << percentiles[i];
    }
    auto const back = histogram::decode(lines.back());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->cumulative(), h.cumulative());
}

TEST_F(JavaReader, ReadsTheLogOfARun)
{
    verdict::run_result r;
    r.started_at = "2026-01-31T09:30:00.500Z";
    r.duration_s = 2;
    for (int n = 1; n <= 2; ++n) {
        histogram h;
        for (int us = 1; us <= 1000 * n; ++us) h.record(std::chrono::microseconds{us});
        auto& op = r.operations.emplace_back();
        op.name = fmt::format("users.{}", n);
        op.latency.n = h.count();
        op.latency.hdr = h.encode();
    }
    std::ofstream{folder / "log"} << reports::hdr_log(r);

    auto const lines = run("{1}/log");

    ASSERT_EQ(lines.size(), 3);
    EXPECT_EQ(lines[0], "users.1 1000 500 1000");
    EXPECT_EQ(lines[1], "users.2 2000 1000 2000");
    EXPECT_EQ(lines[2], "start 1.7698518005E9");
}

TEST_F(JavaReader, ReadsAnEmptyOne)
{
    auto const lines = read({}, {50});

    ASSERT_EQ(lines.size(), 5);
    EXPECT_EQ(lines[0], "0");
    EXPECT_EQ(lines[3], "0");
    auto const back = histogram::decode(lines.back());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->count(), 0);
}

} // namespace watertight::traffic
