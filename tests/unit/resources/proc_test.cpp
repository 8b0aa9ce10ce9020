#include "harness/resources/proc.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace watertight::resources {

TEST(ProcStat, NamesWithSpacesAndParenthesesDoNotShiftTheFields)
{
    auto const s = parse_stat("42 (a) b (c) S 7 42 42 0 -1 4194560 99 0 0 0 120 34 0 0 20 0 1 0 5");

    ASSERT_TRUE(s);
    EXPECT_EQ(s->parent, 7);
    EXPECT_EQ(s->ticks, 154U);
    EXPECT_FALSE(parse_stat(""));
    EXPECT_FALSE(parse_stat("42 (x) S 7"));
}

TEST(ProcTcp, PortsAndStatesAreReadAndTheHeadIsNot)
{
    auto const all = parse_tcp(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout "
        "inode\n"
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 501 1\n"
        "   1: 0100007F:1F90 0100007F:A001 01 00000000:00000000 00:00000000 00000000  0 0 502 1\n"
    );

    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].local_port, 8080);
    EXPECT_TRUE(all[0].is_listening);
    EXPECT_FALSE(all[0].is_established);
    EXPECT_TRUE(all[1].is_established);
    EXPECT_EQ(all[1].inode, 502U);
}

TEST(ProcMemory, IsReadInBytes)
{
    EXPECT_EQ(parse_kilobytes("Rss:  9 kB\nPss:      12 kB\n", "Pss:"), 12U * 1024);
    EXPECT_FALSE(parse_kilobytes("Rss:  9 kB\n", "Pss:"));
}

TEST(ProcFiles, ThisProcessCanReadItself)
{
    proc_files const files;
    auto const self = static_cast<int>(::getpid());

    ASSERT_TRUE(files.stat(self));
    EXPECT_EQ(files.stat(self)->parent, static_cast<int>(::getppid()));
    EXPECT_GT(files.memory_bytes(self).value_or(0), 100'000U);
    EXPECT_TRUE(files.socket_inodes(self));
    EXPECT_FALSE(proc_files{"/nowhere"}.stat(self));
    EXPECT_TRUE(proc_files{"/nowhere"}.pids().empty());
}

} // namespace watertight::resources
