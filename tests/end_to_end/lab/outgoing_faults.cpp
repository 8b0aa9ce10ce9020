// What the lab sends by itself: deliveries to URLs that tenants subscribed.

#include "tests/end_to_end/lab/fault_world.hpp"
#include "tests/support/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>

namespace watertight::test {

// Takes deliveries; refuses the first ones.
class inbox {
public:
    explicit inbox(int refusals) : refusals_(refusals) {}

    std::string url() const { return fmt::format("http://127.0.0.1:{}/told", server_.port()); }

    bool holds(std::string const& text)
    {
        for (int i = 0; i < 100; ++i) {
            {
                std::lock_guard const lock{mutex_};
                if (told_.find(text) != std::string::npos) return true;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        return false;
    }

private:
    void take(peer& client)
    {
        auto const request = client.read_request();
        std::lock_guard const lock{mutex_};
        auto const is_refused = refusals_-- > 0;
        if (!is_refused) told_ += request;
        client.send(
            is_refused ? "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"
                       : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        );
    }

    std::mutex mutex_{};
    int refusals_;
    std::string told_{};
    scripted_server server_{[this](peer& client, std::size_t) { take(client); }};
};

static bool tells_the_wrong_one(world& w, int refusals)
{
    inbox of_a{0};
    inbox of_b{refusals};
    EXPECT_EQ(w.as_a("POST", "/api/v1/webhooks", {{"url", of_a.url()}}).status, 201);
    EXPECT_EQ(w.as_b("POST", "/api/v1/webhooks", {{"url", of_b.url()}}).status, 201);
    make_user(w.lab, w.b, "told-to-b");
    EXPECT_TRUE(of_b.holds("told-to-b"));
    make_user(w.lab, w.a, "told-to-a");
    EXPECT_TRUE(of_a.holds("told-to-a"));
    return of_a.holds("told-to-b");
}

bool a33(world& w)
{
    return tells_the_wrong_one(w, 0);
}

bool q4(world& w)
{
    return tells_the_wrong_one(w, 1);
}

} // namespace watertight::test
