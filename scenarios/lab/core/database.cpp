#include "scenarios/lab/core/database.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>

namespace watertight::lab {

using namespace std::chrono_literals;
using stores::postgres_rows;

static constexpr auto connect_budget = 15s;
static constexpr auto statement_budget = 60s;
static constexpr std::size_t rollbacks_max = 1024;

static asio::awaitable<result<stores::postgres>> open(asio::any_io_executor core, std::string url)
{
    return stores::postgres::connect(std::move(core), std::move(url), connect_budget);
}

database::database(asio::any_io_executor core, std::string url, std::size_t connections_max)
    : pool_(core, connections_max, [core, url] { return open(core, url); }),
      rollbacks_(core, rollbacks_max)
{
}

asio::awaitable<postgres_pool::lease> database::borrow()
{
    auto lease = co_await pool_.acquire();
    if (!lease) throw store_error{lease.error()};
    co_return std::move(*lease);
}

asio::awaitable<postgres_rows> database::query(std::string sql, sql_values values)
{
    auto const connection = co_await borrow();
    auto rows = co_await connection->query(std::move(sql), std::move(values), statement_budget);
    if (!rows) throw store_error{rows.error()};
    co_return std::move(*rows);
}

asio::awaitable<postgres_rows> database::script(std::string sql)
{
    auto const connection = co_await borrow();
    auto rows = co_await connection->script(std::move(sql), statement_budget);
    if (!rows) throw store_error{rows.error()};
    co_return std::move(*rows);
}

asio::awaitable<transaction> database::begin(std::string then)
{
    auto connection = co_await borrow();
    transaction begun{*this, std::move(connection)};
    auto const rows = co_await (*begun.connection_)->script("BEGIN; " + then, statement_budget);
    if (!rows) throw store_error{rows.error()};
    co_return std::move(begun);
}

asio::awaitable<void> database::close()
{
    co_await rollbacks_.join();
}

transaction::transaction(database& home, postgres_pool::lease connection)
    : home_(&home), connection_(std::move(connection))
{
}

transaction::transaction(transaction&& other) noexcept
    : home_(other.home_),
      connection_(std::move(other.connection_)),
      last_words_(std::move(other.last_words_))
{
    other.connection_.reset();
}

// The lease is the task's own, so that the connection goes back to the pool clean.
static asio::awaitable<void> roll_back(postgres_pool::lease connection)
{
    // A failure closes the connection, and the pool then replaces it.
    static_cast<void>(co_await connection->script("ROLLBACK", statement_budget));
}

transaction::~transaction()
{
    if (connection_) home_->rollbacks_.try_spawn(roll_back(std::move(*connection_)));
}

asio::awaitable<postgres_rows> transaction::query(std::string sql, sql_values values)
{
    auto rows = co_await (*connection_)->query(std::move(sql), std::move(values), statement_budget);
    if (!rows) throw store_error{rows.error()};
    co_return std::move(*rows);
}

void transaction::at_commit(std::string sql)
{
    last_words_ += std::move(sql);
    last_words_ += "; ";
}

asio::awaitable<void> transaction::commit()
{
    auto rows = co_await (*connection_)->script(last_words_ + "COMMIT", statement_budget);
    if (!rows) throw store_error{rows.error()};
    connection_.reset();
}

} // namespace watertight::lab
