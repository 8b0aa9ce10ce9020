#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace watertight::traffic {

/// What the test's service answers.
struct reply {
    int status = 200;
    std::string body{};
    /// Further header lines, each with its end.
    std::string headers{};
    /// Sent as a single chunk followed by these trailer lines, in place of a length.
    std::string trailers{};
    /// Closes the connection with a reset instead of answering.
    bool resets = false;
    std::chrono::milliseconds delay{};
};

/// An HTTP/1.1 server on loopback with one thread; serves until it is destroyed.
class server {
public:
    /// @param answer  called on the server's thread with the request's head and body.
    explicit server(std::function<reply(std::string_view head, std::string_view body)> answer);
    server(server const&) = delete;
    server& operator=(server const&) = delete;
    ~server();

    std::uint16_t port() const noexcept;
    /// Answers sent in full.
    std::uint64_t served() const noexcept;
    std::uint64_t connections() const noexcept;
    /// From now on, once: the whole server stands still for so long.
    void stall(std::chrono::milliseconds after, std::chrono::milliseconds length);

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::traffic
