#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::test {

/// nghttp2's server side over memory: what it receives and sends are strings. It answers what the
/// test tells it to.
class memory_h2_server {
public:
    using fields = std::vector<std::pair<std::string, std::string>>;

    struct options {
        std::uint32_t streams_max = 100;
        /// How much of a request's body it takes before it has read it, which it does at once.
        std::uint32_t window_bytes = 65535;
        /// Leave windows closed: bodies beyond the first window never arrive.
        bool reads_bodies = true;
    };

    struct request {
        fields head;
        std::string body;
        bool complete = false;
        /// The client reset the stream, with this code.
        bool reset = false;
        std::uint32_t reset_code = 0;

        std::string field(std::string_view name) const;
    };

    struct answer {
        std::string status = "200";
        fields head{};
        std::string body{};
        fields trailers{};
    };

    memory_h2_server();
    explicit memory_h2_server(options what);
    ~memory_h2_server();

    void received(std::string_view bytes);
    /// At most about `bytes_max`; they are taken out.
    std::string take_pending(std::size_t bytes_max = 1U << 30);

    /// By stream, in the order of their arrival.
    std::map<std::int32_t, request> const& requests() const;
    /// The code of the client's GOAWAY; -1: none came.
    int goaway_code() const;
    std::size_t pongs() const;

    void reply(std::int32_t stream, answer what);
    /// An informational response.
    void inform(std::int32_t stream, std::string status);
    void reset(std::int32_t stream, std::uint32_t code);
    void go_away(std::int32_t last_stream, std::uint32_t code, std::string const& debug = {});
    void allow(std::uint32_t streams_max);
    void ping();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::test
