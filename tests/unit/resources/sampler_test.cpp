#include "harness/base/text.hpp"
#include "harness/resources/sampler.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace watertight::resources {

// How: a folder stands in for /proc, so that every figure is known.
class false_proc {
public:
    void process(int pid, int parent, std::uint64_t ticks, std::uint64_t kilobytes)
    {
        auto const folder = root_ / std::to_string(pid);
        std::filesystem::create_directories(folder / "fd");
        write(
            folder / "stat", fmt::format("{} (x) S {} 0 0 0 0 0 0 0 0 0 {} 0 0", pid, parent, ticks)
        );
        write(folder / "status", fmt::format("VmRSS:\t{} kB\n", kilobytes));
    }
    void socket(int pid, int number, std::uint64_t inode)
    {
        std::filesystem::create_symlink(
            fmt::format("socket:[{}]", inode),
            root_ / std::to_string(pid) / "fd" / std::to_string(number)
        );
    }
    void tcp(std::string const& lines)
    {
        std::filesystem::create_directories(root_.path() / "net");
        write(root_.path() / "net" / "tcp", lines);
    }
    proc_files files() const { return proc_files{root_.path().string()}; }

private:
    static void write(std::filesystem::path const& path, std::string const& text)
    {
        ASSERT_TRUE(write_file(path.string(), text));
    }

    test::temp_dir root_;
};

static std::string line(std::uint16_t port, char const* state, int inode)
{
    return fmt::format(" 0: 0100007F:{:04X} 0:0 {} 0:0 0:0 0 0 0 {} 1\n", port, state, inode);
}

TEST(Sampler, AddsUpAMasterAndItsWorkersFoundByTheirPort)
{
    false_proc proc;
    proc.process(10, 1, 100, 1000);
    proc.process(11, 10, 50, 500);
    proc.process(99, 1, 7, 9999);
    proc.socket(10, 3, 501);
    proc.socket(11, 3, 501);
    proc.socket(11, 4, 502);
    proc.tcp(line(8080, "0A", 501) + line(8080, "01", 502) + line(8080, "01", 503));
    sampler eye{{{.name = "web", .port = 8080}}, proc.files(), 100};
    auto const start = steady::time_point{};
    eye.sample(start);
    EXPECT_FALSE(eye.usages().at("web").cpu);
    proc.process(10, 1, 150, 2000);
    proc.process(11, 10, 150, 500);
    eye.sample(start + 1s);
    proc.process(11, 10, 200, 400);
    eye.sample(start + 3s);

    auto const& web = eye.usages().at("web");
    // 150 ticks in the first second, 50 in the other two.
    EXPECT_NEAR(web.cpu.value(), 2.0 / 3, 1e-9);
    EXPECT_NEAR(web.cpu_max.value(), 1.5, 1e-9);
    EXPECT_EQ(web.memory_bytes_max, 2500U * 1024);
    EXPECT_EQ(web.connections_max, 1U);
}

TEST(Sampler, AProcessThatCameLaterCountsFromItsStart)
{
    false_proc proc;
    proc.process(10, 1, 1000, 1);
    sampler eye{{{.name = "db", .pid = 10}}, proc.files(), 100};
    eye.sample(steady::time_point{});
    proc.process(12, 10, 80, 1);
    eye.sample(steady::time_point{} + 1s);

    EXPECT_NEAR(eye.usages().at("db").cpu.value(), 0.8, 1e-9);
}

TEST(Sampler, WhatIsNotThereHasNoValue)
{
    false_proc proc;
    proc.process(10, 1, 1000, 1);
    sampler eye{
        {{.name = "gone", .pid = 77}, {.name = "file", .pid_file = "/nowhere/x.pid"}},
        proc.files(),
        100};
    eye.sample(steady::time_point{});
    eye.sample(steady::time_point{} + 1s);

    for (auto const& [name, used] : eye.usages()) {
        EXPECT_FALSE(used.cpu) << name;
        EXPECT_FALSE(used.memory_bytes_max) << name;
        EXPECT_FALSE(used.connections_max) << name;
    }
}

TEST(Sampler, TheSumOfAllPartsHasNoName)
{
    false_proc proc;
    proc.process(10, 1, 0, 3);
    proc.process(20, 1, 0, 4);
    sampler eye{{{.name = "a", .pid = 10}, {.name = "b", .pid = 20}}, proc.files(), 100};
    eye.sample(steady::time_point{});

    EXPECT_EQ(eye.usages().at("").memory_bytes_max, 7U * 1024);
}

} // namespace watertight::resources
