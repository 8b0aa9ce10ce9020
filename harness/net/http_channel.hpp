#pragma once

#include "harness/net/http_lane.hpp"
#include "harness/net/http_parser.hpp"
#include "harness/net/stream.hpp"

namespace watertight::net {

/// One HTTP/1.1 keep-alive connection.
class http_channel final : public http_lane, stream_owner {
public:
    http_channel(
        asio::any_io_executor core,
        endpoint where,
        connection_options options,
        http_lane_owner& owner
    );
    http_channel(http_channel const&) = delete;
    http_channel& operator=(http_channel const&) = delete;
    ~http_channel() override;

    void start(
        std::string_view wire, bool is_head, steady::time_point now, steady::time_point deadline
    ) override;
    void close() noexcept override;
    bool is_open() const noexcept override { return stream_.is_open(); }
    std::uint64_t connects() const noexcept override { return connects_; }
    steady::time_point sent_at() const noexcept override { return sent_at_; }

private:
    void on_open() override;
    void on_unopened(failure why) override;
    void on_readable(bool ends) override;
    void on_writable() override;
    void on_expiry() override;

    void send_request();
    void send_rest();
    void receive(bool ends);
    void finish(steady::time_point at);
    void lose(std::string_view why);
    void fail(failure why);
    void end_exchange() noexcept;

    http_lane_owner& owner_;
    poller& poller_;
    stream stream_;
    http_parser parser_;
    std::string_view wire_;
    std::string_view rest_;
    steady::time_point deadline_;
    steady::time_point sent_at_;
    std::uint64_t connects_ = 0;
    bool is_busy_ = false;
    bool is_head_ = false;
    bool is_safe_ = false;
    /// The connection has carried an exchange before this one.
    bool is_reused_ = false;
};

} // namespace watertight::net
