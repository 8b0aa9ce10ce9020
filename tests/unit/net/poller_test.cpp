#include "harness/net/poller.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace watertight::net {
namespace {

// A descriptor that is ready as soon as it is written to, and what its being told does.
class told final : public poll_target, public batch_listener {
public:
    told(poller& p, std::string& log, char name)
        : poller_{p}, log_{log}, name_{name}, fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}
    {
        EXPECT_TRUE(poller_.watch(fd_, *this));
        poller_.begin_wait();
    }
    told(told const&) = delete;
    told& operator=(told const&) = delete;
    ~told()
    {
        poller_.forget(static_cast<batch_listener&>(*this));
        poller_.forget(fd_, *this);
        ::close(fd_);
    }

    void make_ready() const { ASSERT_EQ(::eventfd_write(fd_, 1), 0); }

    void on_ready(std::uint32_t events) override
    {
        if ((events & EPOLLIN) == 0) return;
        eventfd_t count = 0;
        if (::eventfd_read(fd_, &count) != 0) return;
        log_ += name_;
        if (waits_for_end) {
            EXPECT_TRUE(poller_.await_batch_end(*this));
        }
        if (drops != nullptr) poller_.forget(static_cast<batch_listener&>(*drops));
        poller_.end_wait();
    }

    void on_batch_end() override { log_ += '.'; }

    bool waits_for_end = false;
    told* drops = nullptr;

private:
    poller& poller_;
    std::string& log_;
    char name_;
    int fd_;
};

class Poller : public testing::Test {
protected:
    asio::io_context loop{1};
    poller& all = poller::of(loop.get_executor());
    std::string log;
};

TEST_F(Poller, ABatchEndsAfterAllThatAreReadyHaveBeenTold)
{
    told a{all, log, 'a'};
    told b{all, log, 'b'};
    told c{all, log, 'c'};
    a.waits_for_end = b.waits_for_end = true;
    for (auto const* one : {&a, &b, &c}) one->make_ready();

    loop.run();

    EXPECT_EQ(log, "abc..");
}

TEST_F(Poller, WhoForgetsABatchIsNotToldOfItsEnd)
{
    told a{all, log, 'a'};
    told b{all, log, 'b'};
    a.waits_for_end = true;
    b.drops = &a;
    a.make_ready();
    b.make_ready();

    loop.run();

    EXPECT_EQ(log, "ab");
}

TEST_F(Poller, OutsideOfABatchThereIsNoEndToWaitFor)
{
    told a{all, log, 'a'};

    EXPECT_FALSE(all.await_batch_end(a));

    a.make_ready();
    loop.run();
    EXPECT_EQ(log, "a");
}

} // namespace
} // namespace watertight::net
