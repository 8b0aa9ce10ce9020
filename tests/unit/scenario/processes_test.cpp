#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

TEST(ScenarioProcesses, AreNamedByNumberFileOrPort)
{
    auto const s = good(shop_with("  auth:", R"(  processes:
    api: {port: 8080}
    gateway: {port: "http://user:pw@127.0.0.1:81/x:y?z"}
    db: {pid: 12}
    cache: {pid_file: /run/cache.pid}
    none: {port: "${NONE:-}"}
  auth:)"));

    ASSERT_EQ(s.processes.size(), 5U);
    EXPECT_EQ(s.processes[0].port, 8080);
    EXPECT_EQ(s.processes[1].port, 81);
    EXPECT_EQ(s.processes[2].pid, 12);
    EXPECT_EQ(s.processes[3].pid_file, "/run/cache.pid");
    EXPECT_EQ(s.processes[4].port, 0);
}

} // namespace watertight::scenario
