#pragma once

#include "tests/support/certificate.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::test {

/// One accepted connection, as the script sees it. Every call blocks; once the other side or the
/// server is gone, reads return nothing and writes go nowhere.
class peer {
public:
    virtual ~peer() = default;

    /// The next HTTP request with its body (by Content-Length); empty if the other side closed.
    virtual std::string read_request() = 0;
    virtual void send(std::string_view bytes) = 0;
    /// Returns once the other side closes; for a server that never answers.
    virtual void wait_for_close() = 0;
    /// Closes with a TCP reset instead of an orderly end.
    virtual void reset() = 0;
};

/// A loopback TCP server that does what its script says to each connection, and then closes it.
///
/// The script runs on a thread of its own per connection; the destructor ends them all.
class scripted_server {
public:
    /// @param connection  counts from 0.
    using script = std::function<void(peer& client, std::size_t connection)>;

    explicit scripted_server(script what, std::optional<self_signed> tls = std::nullopt);
    scripted_server(scripted_server const&) = delete;
    scripted_server& operator=(scripted_server const&) = delete;
    ~scripted_server();

    std::uint16_t port() const noexcept;
    /// Connections so far.
    std::size_t accepted() const noexcept;
    /// Requests that scripts have read so far.
    std::size_t requests() const noexcept;

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// A loopback port on which nobody listens.
std::uint16_t free_port();

} // namespace watertight::test
