// How: a real server in a process of its own, so that whatever this process does is the engine's.
#include "tests/end_to_end/traffic/world.hpp"
#include "tests/support/guarded_server.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<std::uint64_t> allocations{0};

void* operator new(std::size_t size)
{
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const p = std::malloc(size == 0 ? 1 : size)) return p;
    throw std::bad_alloc{};
}

void operator delete(void* p) noexcept
{
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept
{
    std::free(p);
}

namespace watertight::traffic {

static phase users(std::chrono::nanoseconds duration)
{
    phase p;
    p.name = "users";
    p.duration = duration;
    p.loop = closed_loop{.users = 32};
    p.operations = {{"notes.read", 1}, {"notes.list", 1}};
    return p;
}

struct effort {
    std::uint64_t requests = 0;
    std::uint64_t allocations = 0;
};

static effort drive(std::uint16_t port, std::chrono::nanoseconds duration)
{
    world w{100};
    auto const before = allocations.load();
    auto const r = w.drive(port, {users(duration)});
    EXPECT_EQ(r.tally.failed(), 0);
    return {r.tally.ok, allocations.load() - before};
}

// The longer run less the shorter one, so that what a run sets up falls out.
TEST(TrafficEngine, AllocatesNothingForARequest)
{
    test::nginx_server const nginx;

    auto const brief = drive(nginx.port(), 300ms);
    auto const longer = drive(nginx.port(), 1500ms);

    ASSERT_GT(longer.requests, brief.requests + 1000);
    auto const more =
        static_cast<double>(longer.allocations) - static_cast<double>(brief.allocations);
    auto const requests = static_cast<double>(longer.requests - brief.requests);
    // Histograms of 100 tenants grow with the latencies that they meet, of which a busy machine has
    // more; one allocation in ten requests would be beyond that.
    EXPECT_LT(more, 1000 + requests / 50) << more << " allocations in " << requests << " requests";
}

TEST(TrafficEngine, TenantsShareHttp2Connections)
{
    test::nginx_server const nginx;
    world w{20};
    w.model.base.host = "127.0.0.2";
    w.model.connection.version = net::http_version::http2;
    auto p = users(500ms);
    p.connections_max = 32;
    p.streams = 8;

    auto const r = w.drive(nginx.port(), {p});

    EXPECT_GT(r.tally.ok, 100);
    EXPECT_EQ(r.tally.failed(), 0);
    EXPECT_EQ(r.connects, 4);
    EXPECT_GT(r.interleavings, 0);
}

} // namespace watertight::traffic
