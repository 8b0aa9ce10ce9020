#include "reports/reports.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

using namespace watertight;
using reports::openmetrics;

TEST(OpenMetrics, EndsWithItsMark)
{
    EXPECT_TRUE(openmetrics(sample_result()).ends_with("\n# EOF\n"));
    for (auto const& text : hostile_texts()) {
        auto const out = openmetrics(hostile_result(text));
        EXPECT_EQ(out.find("\n# EOF\n"), out.size() - 7) << text;
        EXPECT_EQ(out.find("\nforged"), std::string::npos);
    }
}

TEST(OpenMetrics, HasWhatTheResultHas)
{
    auto const out = openmetrics(sample_result());
    for (auto const* const line :
         {"# TYPE watertight_requests gauge\n",
          "\nwatertight_requests{operation=\"users.create\",result=\"throttled\"} 12\n",
          "\nwatertight_criterion_met{criterion=\"p95\"} 1\n",
          "\nwatertight_criterion_met{criterion=\"cache\"} NaN\n",
          "\nwatertight_findings{guarantee=\"confidentiality\",severity=\"medium\",waived=\"true\"}"
          " "
          "1\n"})
    {
        EXPECT_NE(out.find(line), std::string::npos) << line;
    }
}

TEST(OpenMetrics, HasEachSampleOnce)
{
    auto r = sample_result();
    r.criteria.push_back(r.criteria[0]);
    r.operations.push_back(r.operations[0]);
    EXPECT_EQ(openmetrics(r), openmetrics(sample_result()));
}
