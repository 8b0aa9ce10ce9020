#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::stores {

/// A statement's answer, as text.
struct postgres_rows {
    std::vector<std::string> columns;
    /// values[row][column]; nothing stands for NULL.
    std::vector<std::vector<std::optional<std::string>>> values;
    /// Rows that the statement inserted, updated, deleted or returned.
    std::uint64_t affected = 0;
};

/// One PostgreSQL connection over libpq, non-blocking on the core's loop.
///
/// One statement at a time. After `connection_lost` or `deadline_exceeded` the connection is gone;
/// `reconnect` makes it anew. Failures carry the SQLSTATE in `detail`; messages hold no password.
class postgres {
public:
    /// @param url     postgres://user:password@host:port/database, or libpq key=value text.
    /// @return `unreachable`, `unauthorised` or `deadline_exceeded`, with a sentence that names
    ///         host, port, database and user.
    static asio::awaitable<result<postgres>>
    connect(asio::any_io_executor core, std::string url, std::chrono::nanoseconds budget);

    postgres(postgres&&) noexcept;
    postgres& operator=(postgres&&) noexcept;
    ~postgres();

    /// One statement with $1-style parameters.
    asio::awaitable<result<postgres_rows>> query(
        std::string sql,
        std::vector<std::optional<std::string>> parameters = {},
        std::chrono::nanoseconds budget = std::chrono::seconds{10}
    );

    /// Several statements separated by semicolons, without parameters; the last one's rows. Of COPY
    /// TO STDOUT each line is a row; COPY FROM STDIN is sent nothing.
    asio::awaitable<result<postgres_rows>>
    script(std::string sql, std::chrono::nanoseconds budget = std::chrono::seconds{60});

    /// Hands over each row of a query as it comes, by COPY TO STDOUT: memory does not grow with
    /// their number, and the server goes on while a row is looked at.
    /// @param take    must not throw; a row's values (nothing: NULL) last as long as the call.
    /// @param budget  for all of them.
    /// @return how many there were.
    using row_visitor = std::function<void(std::span<std::optional<std::string_view> const>)>;
    asio::awaitable<result<std::uint64_t>>
    stream(std::string select, row_visitor take, std::chrono::nanoseconds budget);

    asio::awaitable<result<void>> reconnect(std::chrono::nanoseconds budget);

    bool is_open() const noexcept;
    /// "postgres host:port/database as user", for messages.
    std::string const& where() const noexcept;

private:
    struct state;
    explicit postgres(std::unique_ptr<state> s) noexcept;
    std::unique_ptr<state> state_;
};

/// A quoted SQL identifier.
std::string quote_identifier(std::string_view name);
/// A quoted SQL literal.
std::string quote_literal(std::string_view text);

} // namespace watertight::stores
