// How: a process of its own provisions against a service in this one and is killed at work.

#include "tests/end_to_end/tenants/site.hpp"
#include "tests/end_to_end/tenants/small_service.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <thread>

namespace watertight {
namespace {

using test::site;
using test::small_service;

asio::awaitable<void> provision_until_killed(std::uint16_t port, std::filesystem::path journal)
{
    auto how = test::small_plan(10'000);
    how.concurrency = 8;
    auto const core = co_await asio::this_coro::executor;
    site s{core, test::small_model(port), how, journal};
    static_cast<void>(co_await tenants::provision(s.workshop));
}

/// Begins before the service, so that it inherits none of its threads.
class doomed_process {
public:
    explicit doomed_process(std::filesystem::path const& journal)
    {
        if (::pipe(pipe_.data()) != 0) return;
        id_ = ::fork();
        if (id_ != 0) return;
        std::uint16_t port = 0;
        if (::read(pipe_[0], &port, sizeof port) != sizeof port) ::_exit(1);
        test::run_async(provision_until_killed(port, journal), 110s);
        ::_exit(0);
    }
    doomed_process(doomed_process const&) = delete;
    doomed_process& operator=(doomed_process const&) = delete;
    ~doomed_process()
    {
        kill();
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }

    void go(std::uint16_t port) { EXPECT_EQ(::write(pipe_[1], &port, sizeof port), 2); }
    void kill()
    {
        if (id_ <= 0) return;
        ::kill(id_, SIGKILL);
        int status = 0;
        ::waitpid(id_, &status, 0);
        EXPECT_TRUE(WIFSIGNALED(status)) << "it ended before it was killed";
        id_ = -1;
    }

private:
    std::array<int, 2> pipe_{};
    pid_t id_ = -1;
};

asio::awaitable<void> clean_up(small_service& service, std::filesystem::path journal)
{
    auto const left = tenants::journal::read(journal.string());
    WT_CO_ASSERT(left.has_value());
    EXPECT_GE(left->entries.size(), service.tenants());
    auto const core = co_await asio::this_coro::executor;
    site s{
        core,
        test::small_model(service.port()),
        test::small_plan(1),
        tenants::journal::reopen(journal.string())};
    tenants::restore(s.workshop, *left);
    EXPECT_EQ(s.made.tenants.size(), left->entries.size());

    auto const remaining = co_await tenants::remove_all(s.workshop);

    EXPECT_TRUE(remaining.empty());
    EXPECT_EQ(service.tenants(), 0U);
    EXPECT_TRUE(tenants::journal::read(journal.string()).value().entries.empty());
    s.log.finish();
    EXPECT_FALSE(std::filesystem::exists(journal));
}

TEST(CleanUp, RemovesWhatAKilledRunLeft)
{
    test::temp_dir const folder;
    auto const journal = folder / "journal";
    doomed_process process{journal};
    small_service service{{.delay = 5ms}};
    process.go(service.port());
    for (int i = 0; i < 12'000 && service.tenants() < 20; ++i) std::this_thread::sleep_for(5ms);
    process.kill();
    // Requests that were on their way when it died take effect all the same.
    std::this_thread::sleep_for(200ms);

    EXPECT_GE(service.tenants(), 20U);
    test::run_async(clean_up(service, journal));
}

asio::awaitable<void>
remove_objects_one_by_one(small_service& service, std::filesystem::path journal)
{
    auto m = test::small_model(service.port());
    target::resource items;
    items.name = "items";
    items.create = test::operation("items.create", "POST", "/items", R"({"t":"{canary}"})");
    items.remove = test::operation("items.remove", "DELETE", "/items/{id}");
    m.resources = {items};
    auto how = test::small_plan(1);
    how.remove.reset();
    auto const core = co_await asio::this_coro::executor;
    site s{core, std::move(m), how, journal};
    static_cast<void>(co_await tenants::provision(s.workshop));
    static_cast<void>(co_await tenants::populate(s.workshop));
    EXPECT_EQ(service.items(), 1U);
    // Tenant, user and object: nothing goes with anything else here.
    EXPECT_EQ(tenants::journal::read(journal.string()).value().entries.size(), 3U);

    auto const left = co_await tenants::remove_all(s.workshop);

    EXPECT_EQ(service.items(), 0U);
    EXPECT_EQ(left.size(), 1U) << "the tenant itself cannot be removed, and that is said";
    EXPECT_EQ(tenants::journal::read(journal.string()).value().entries.size(), 2U);
}

TEST(CleanUp, RemovesObjectsWhereTenantsCannotBeRemoved)
{
    small_service service{{}};
    test::temp_dir const folder;
    test::run_async(remove_objects_one_by_one(service, folder / "journal"));
}

} // namespace
} // namespace watertight
