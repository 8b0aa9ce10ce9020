#pragma once

#include "harness/net/http_lane.hpp"
#include "harness/net/watchdog.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace watertight::test {

/// Sends the same request over one lane again and again, and keeps what came back.
class caller final : public net::http_lane_owner {
public:
    struct answer {
        int status = 0;
        std::string head;
        std::string body;
        std::string failure;
    };

    caller(std::string path, std::string tenant, std::size_t times)
        : wire_{fmt::format(
              "GET {} HTTP/1.1\r\nHost: nginx.localhost\r\nX-Tenant-ID: {}\r\n\r\n", path, tenant
          )},
          left_{times}
    {
    }

    /// @param on_done  called when the last answer is there.
    void go(std::function<void()> on_done)
    {
        on_done_ = std::move(on_done);
        next();
    }

    void on_answer(net::http_response_view const& view, steady::time_point) override
    {
        answers.push_back({view.status, std::string{view.head}, std::string{view.body}, {}});
        next();
    }

    void on_failure(failure why) override
    {
        answers.push_back({0, {}, {}, why.message});
        next();
    }

    std::unique_ptr<net::http_lane> lane;
    std::vector<answer> answers;

private:
    void next()
    {
        if (left_-- == 0) return on_done_();
        auto const now = steady::now();
        lane->start(wire_, false, now, now + std::chrono::seconds{20});
    }

    std::string wire_;
    std::size_t left_;
    std::function<void()> on_done_;
};

} // namespace watertight::test
