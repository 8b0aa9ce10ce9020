#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::stores {

struct redis_reply {
    enum class kind { nil, integer, text, status, error, array };

    kind type = kind::nil;
    std::int64_t integer = 0;
    /// Bytes of a text, status or error reply.
    std::string text;
    std::vector<redis_reply> elements;

    bool is_error() const noexcept { return type == kind::error; }
};

/// One Redis connection: hiredis formats and parses, the core's loop moves the bytes.
///
/// Calls may overlap neither on one connection. After `connection_lost` or `deadline_exceeded` the
/// connection is gone; `reconnect` makes it anew.
class redis {
public:
    /// @param url  redis://[user:password@]host[:port][/database] or unix:///path[?db=database].
    /// @param database  instead of the one that the URL names.
    /// @return `unreachable`, `unauthorised`, `deadline_exceeded` or `malformed` (the URL).
    static asio::awaitable<result<redis>> connect(
        asio::any_io_executor core,
        std::string url,
        std::chrono::nanoseconds budget,
        std::optional<unsigned> database = {}
    );

    redis(redis&&) noexcept;
    redis& operator=(redis&&) noexcept;
    ~redis();

    /// An error reply is a failure of kind `rejected` whose `detail` is its first word.
    asio::awaitable<result<redis_reply>> command(
        std::vector<std::string> words, std::chrono::nanoseconds budget = std::chrono::seconds{5}
    );

    /// All commands in one write; replies in order, error replies among them as they are.
    asio::awaitable<result<std::vector<redis_reply>>> pipeline(
        std::vector<std::vector<std::string>> commands,
        std::chrono::nanoseconds budget = std::chrono::seconds{5}
    );

    asio::awaitable<result<void>> reconnect(std::chrono::nanoseconds budget);

    bool is_open() const noexcept;
    unsigned database() const noexcept;
    std::string const& where() const noexcept;

private:
    struct state;
    explicit redis(std::unique_ptr<state> s) noexcept;
    std::unique_ptr<state> state_;
};

} // namespace watertight::stores
