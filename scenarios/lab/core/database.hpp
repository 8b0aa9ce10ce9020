#pragma once

#include "harness/net/task_group.hpp"
#include "harness/stores/postgres.hpp"
#include "scenarios/lab/core/pool.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace watertight::lab {

using sql_values = std::vector<std::optional<std::string>>;
using postgres_pool = pool<stores::postgres>;

/// A statement failed. Where a caller can do something about it, it looks at the SQLSTATE.
struct store_error : std::runtime_error {
    explicit store_error(failure const& f) : std::runtime_error(f.message), detail(f.detail) {}

    /// A SQLSTATE or the first word of a Redis error; often empty.
    std::string detail;
};

constexpr char const* unique_violation = "23505";

class database;

/// A transaction on a connection of its own. Without `commit` it is rolled back, by a task that
/// the database owns, before the connection serves anyone else.
class transaction {
public:
    transaction(transaction&&) noexcept;
    transaction& operator=(transaction&&) = delete;
    ~transaction();

    /// @throws store_error.
    asio::awaitable<stores::postgres_rows> query(std::string sql, sql_values values = {});
    /// Complete statements, sent with the COMMIT in one message.
    void at_commit(std::string sql);
    asio::awaitable<void> commit();

private:
    friend database;
    transaction(database& home, postgres_pool::lease connection);

    database* home_;
    std::optional<postgres_pool::lease> connection_;
    std::string last_words_;
};

/// PostgreSQL as one core sees it: a small pool, statements that throw `store_error`.
class database {
public:
    database(asio::any_io_executor core, std::string url, std::size_t connections_max);

    /// One statement outside of a transaction.
    asio::awaitable<stores::postgres_rows> query(std::string sql, sql_values values = {});
    /// Several statements in one message and one implicit transaction; the last one's rows.
    asio::awaitable<stores::postgres_rows> script(std::string sql);
    /// BEGIN and `then` in one message; `then` may be empty.
    asio::awaitable<transaction> begin(std::string then);

    /// Ends the rollbacks that are under way. Nothing may be borrowed any more.
    asio::awaitable<void> close();

private:
    friend transaction;
    asio::awaitable<postgres_pool::lease> borrow();

    postgres_pool pool_;
    net::task_group rollbacks_;
};

} // namespace watertight::lab
