#pragma once

#include "harness/net/asio.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace watertight::lab {

/// Connections to Redis that are given back too early: the defect K07. One whose command was
/// cancelled goes back to the others with the reply unread, and whoever uses it next reads that.
/// Lives on one core.
class hasty_redis {
public:
    hasty_redis(asio::any_io_executor core, std::string url);
    hasty_redis(hasty_redis&&) noexcept;
    ~hasty_redis();

    /// @throws boost::system::system_error when the connection breaks.
    asio::awaitable<std::optional<std::string>> get(std::string key);

private:
    struct line;
    struct borrowed;

    asio::awaitable<std::unique_ptr<line>> connect();

    asio::any_io_executor core_;
    std::string url_;
    std::deque<std::unique_ptr<line>> idle_;
};

} // namespace watertight::lab
