#pragma once

#include "harness/net/h2_session.hpp"
#include "harness/net/http_lane.hpp"
#include "harness/net/stream.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

namespace watertight::net {

/// One HTTP/2 connection that any number of lanes share: whoever sends through them interleaves
/// their requests on it, as a gateway does. Lives on one core, as long as its lanes.
class h2_connection final : public std::enable_shared_from_this<h2_connection>,
                            stream_owner,
                            h2_events {
public:
    h2_connection(asio::any_io_executor core, endpoint where, connection_options options);
    h2_connection(h2_connection const&) = delete;
    h2_connection& operator=(h2_connection const&) = delete;
    ~h2_connection();

    /// A lane on this connection; `owner` must outlive it.
    std::unique_ptr<http_lane> add_lane(http_lane_owner& owner);

private:
    class lane;

    void on_open() override;
    void on_unopened(failure why) override;
    void on_readable(bool ends) override;
    void on_writable() override;
    void on_expiry() override {}
    void answered(std::uint64_t tag, http_response_view const& response) override;
    void broke(std::uint64_t tag, failure const& why) override;
    void closing() override { is_draining_ = true; }

    /// @return true if the lane's request had to make the connection.
    bool enter(lane& who, steady::time_point deadline);
    void leave(lane& who) noexcept;
    void submit_waiting();
    void end(failure const& why);
    void flush_soon();
    void flush();

    asio::any_io_executor core_;
    poller& poller_;
    connection_options options_;
    stream stream_;
    std::optional<h2_session> session_;
    /// By tag: requests that the session has.
    std::unordered_map<std::uint64_t, lane*> under_way_;
    /// Requests that wait for a connection.
    std::deque<lane*> waiting_;
    std::uint64_t last_tag_ = 0;
    bool is_draining_ = false;
    /// The present connection has answered something.
    bool has_answered_ = false;
    bool will_flush_ = false;
    /// The session is calling: it must not be called in turn.
    bool is_in_session_ = false;
};

} // namespace watertight::net
