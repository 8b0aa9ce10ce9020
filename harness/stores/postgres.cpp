#include "harness/stores/postgres.hpp"

#include "harness/base/text.hpp"
#include "harness/net/exclusive_use.hpp"
#include "harness/net/watchdog.hpp"
#include "harness/stores/postgres_address.hpp"
#include "harness/stores/postgres_answer.hpp"
#include "harness/stores/postgres_handle.hpp"
#include "harness/stores/postgres_text.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace watertight::stores {

using asio::ip::tcp;
using descriptor = asio::posix::stream_descriptor;
using boost::system::error_code;

static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

enum class readiness { to_read, to_write, either };

// A line of COPY TO STDOUT, without its end.
using line_visitor = std::function<void(std::string_view)>;

struct postgres::state {
    state(asio::any_io_executor core_, postgres_address address_)
        : core{core_},
          address{std::move(address_)},
          socket{core_},
          resolver{core_},
          watch{core_, [this] { interrupt(); }}
    {
    }
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state() { close(); }

    asio::awaitable<result<void>> connect(std::chrono::nanoseconds budget);
    asio::awaitable<result<postgres_rows>>
    run(std::string sql,
        std::vector<std::optional<std::string>> const* parameters,
        std::chrono::nanoseconds budget,
        line_visitor take = {});

    asio::awaitable<result<void>> resolve();
    asio::awaitable<result<void>> finish_connect();
    asio::awaitable<result<void>> flush();
    asio::awaitable<result<pg_result>> next_answer();
    asio::awaitable<result<postgres_rows>> collect(line_visitor const& take);
    asio::awaitable<result<std::uint64_t>> take_copied(line_visitor const& take);
    asio::awaitable<bool> wait(readiness what);

    bool send(std::string const& sql, std::vector<std::optional<std::string>> const* parameters);
    bool watch_socket();
    failure lost() const;
    failure connect_failure() const;
    void interrupt();
    void abandon();
    void close() noexcept;

    asio::any_io_executor core;
    postgres_address address;
    std::string where;
    pg_handle handle;
    // A duplicate of libpq's descriptor: the loop's registration never outlives what it refers to,
    // and libpq closes its own.
    descriptor socket;
    tcp::resolver resolver;
    net::watchdog watch;
    bool busy = false;
};

void postgres::state::interrupt()
{
    resolver.cancel();
    error_code ignored;
    socket.cancel(ignored);
}

void postgres::state::close() noexcept
{
    handle.reset();
    error_code ignored;
    socket.close(ignored);
}

void postgres::state::abandon()
{
    cancel_statement(handle.get());
    close();
}

bool postgres::state::watch_socket()
{
    error_code error;
    socket.close(error);
    auto const copy = ::dup(PQsocket(handle.get()));
    if (copy < 0) return false;
    socket.assign(copy, error);
    if (error) ::close(copy);
    return !error;
}

// @return false once the deadline passed.
asio::awaitable<bool> postgres::state::wait(readiness what)
{
    using namespace asio::experimental::awaitable_operators;

    if (watch.expired()) co_return false;
    if (what == readiness::either) {
        co_await (
            socket.async_wait(descriptor::wait_read, as_result) ||
            socket.async_wait(descriptor::wait_write, as_result)
        );
    } else {
        auto const kind =
            what == readiness::to_read ? descriptor::wait_read : descriptor::wait_write;
        co_await socket.async_wait(kind, as_result);
    }
    auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
    if (stop != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
    co_return !watch.expired();
}

failure postgres::state::lost() const
{
    if (watch.expired()) {
        return {errc::deadline_exceeded, where + " did not answer in time", {}};
    }
    auto const why = !handle ? std::string{"it is closed"} : PQerrorMessage(handle.get());
    auto const line = replace_all(std::string{trim(why)}, "\n", " ");
    return {errc::connection_lost, fmt::format("the connection to {} broke: {}", where, line), {}};
}

failure postgres::state::connect_failure() const
{
    if (watch.expired()) {
        auto why = fmt::format("cannot connect to {}: it did not answer in time", where);
        return {errc::deadline_exceeded, std::move(why), {}};
    }
    return connect_failure_of(
        PQerrorMessage(handle.get()), PQconnectionNeedsPassword(handle.get()) == 1, where
    );
}

asio::awaitable<result<void>> postgres::state::resolve()
{
    auto const host = address.host_to_resolve();
    if (host.empty()) co_return boost::system::in_place_value;
    auto const [error, found] = co_await resolver.async_resolve(host, "", as_result);
    if (error) {
        auto why = fmt::format(
            "cannot connect to {}: {}",
            where,
            watch.expired() ? "its name was not resolved in time" : error.message()
        );
        co_return failure{errc::unreachable, std::move(why), {}};
    }
    std::vector<std::string> addresses;
    for (auto const& entry : found) addresses.push_back(entry.endpoint().address().to_string());
    set_resolved(address, addresses);
    co_return boost::system::in_place_value;
}

// libpq may change its socket, and reuse the number, at every step.
asio::awaitable<result<void>> postgres::state::finish_connect()
{
    auto next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED || !watch_socket()) co_return connect_failure();
        auto const what = next == PGRES_POLLING_READING ? readiness::to_read : readiness::to_write;
        auto const ready = co_await wait(what);
        if (!ready) co_return connect_failure();
        next = PQconnectPoll(handle.get());
    }
    if (!watch_socket() || PQsetnonblocking(handle.get(), 1) != 0) co_return lost();
    co_return boost::system::in_place_value;
}

asio::awaitable<result<void>> postgres::state::connect(std::chrono::nanoseconds budget)
{
    net::exclusive_use use{*this};
    close();
    watch.arm(net::deadline_after(budget));
    auto resolved = co_await resolve();
    if (resolved.has_error()) co_return resolved.error();
    handle = begin_connect(address);
    if (!handle) co_return failure{errc::exhausted, "out of memory for " + where, {}};
    where = describe(handle.get(), address.get("host"));
    if (PQstatus(handle.get()) == CONNECTION_BAD) co_return connect_failure();
    auto connected = co_await finish_connect();
    use.finished = connected.has_value();
    co_return connected;
}

bool postgres::state::send(
    std::string const& sql, std::vector<std::optional<std::string>> const* parameters
)
{
    if (parameters == nullptr) return PQsendQuery(handle.get(), sql.c_str()) == 1;
    std::vector<char const*> values;
    for (auto const& parameter : *parameters) {
        values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    return PQsendQueryParams(
               handle.get(),
               sql.c_str(),
               static_cast<int>(values.size()),
               nullptr,
               values.data(),
               nullptr,
               nullptr,
               0
           ) == 1;
}

// While it cannot write, libpq may have to read first: the server may be blocked on us in turn.
asio::awaitable<result<void>> postgres::state::flush()
{
    for (;;) {
        auto const left = PQflush(handle.get());
        if (left == 0) co_return boost::system::in_place_value;
        if (left < 0) co_return lost();
        auto const ready = co_await wait(readiness::either);
        if (!ready || PQconsumeInput(handle.get()) != 1) co_return lost();
    }
}

// The next answer, or null after the last one.
asio::awaitable<result<pg_result>> postgres::state::next_answer()
{
    while (PQisBusy(handle.get()) == 1) {
        auto const ready = co_await wait(readiness::to_read);
        if (!ready || PQconsumeInput(handle.get()) != 1) co_return lost();
    }
    pg_result answer{PQgetResult(handle.get()), &PQclear};
    co_return std::move(answer);
}

static bool is_answer(ExecStatusType status)
{
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY;
}

// What COPY TO STDOUT says. @return how many lines.
asio::awaitable<result<std::uint64_t>> postgres::state::take_copied(line_visitor const& take)
{
    std::uint64_t lines = 0;
    for (;;) {
        char* line = nullptr;
        auto const size = PQgetCopyData(handle.get(), &line, 1);
        if (size > 0) {
            std::string_view text{line, static_cast<std::size_t>(size)};
            if (text.ends_with('\n')) text.remove_suffix(1);
            take(text);
            PQfreemem(line);
            ++lines;
        } else if (size == 0) {
            auto const ready = co_await wait(readiness::to_read);
            if (!ready || PQconsumeInput(handle.get()) != 1) co_return lost();
        } else {
            // The reason of a failure is the next answer's.
            co_return lines;
        }
    }
}

// The last statement's rows, or the first failure.
// @param take  what COPY says goes there; nothing: it becomes the rows.
asio::awaitable<result<postgres_rows>> postgres::state::collect(line_visitor const& take)
{
    result<postgres_rows> out{postgres_rows{}};
    bool has_copied = false;
    for (;;) {
        auto answer = co_await next_answer();
        if (answer.has_error()) co_return answer.error();
        if (!*answer) co_return out;
        auto const status = PQresultStatus(answer->get());
        if (status == PGRES_COPY_OUT) {
            postgres_rows copied{.columns = {"copied"}, .values = {}};
            line_visitor const keep = [&](std::string_view line) {
                copied.values.push_back({std::string{line}});
            };
            auto const taken = co_await take_copied(take ? take : keep);
            if (taken.has_error()) co_return taken.error();
            copied.affected = *taken;
            if (out.has_value()) out = std::move(copied);
            has_copied = true;
        } else if (status == PGRES_COPY_IN) {
            // There is nothing to send: it ends as it began.
            if (PQputCopyEnd(handle.get(), nullptr) < 0) co_return lost();
            auto flushed = co_await flush();
            if (flushed.has_error()) co_return flushed.error();
        } else if (status == PGRES_COPY_BOTH) {
            auto why = where + ": replication is not possible here";
            co_return failure{errc::rejected, std::move(why), {}};
        } else if (is_answer(status)) {
            if (out.has_value() && !has_copied) out = rows_of(answer->get());
            has_copied = false;
        } else if (out.has_value()) {
            out = failure_of(answer->get(), where);
        }
    }
}

asio::awaitable<result<postgres_rows>> postgres::state::run(
    std::string sql,
    std::vector<std::optional<std::string>> const* parameters,
    std::chrono::nanoseconds budget,
    line_visitor take
)
{
    net::exclusive_use use{*this};
    watch.arm(net::deadline_after(budget));
    if (!handle || !send(sql, parameters)) co_return lost();
    auto flushed = co_await flush();
    if (flushed.has_error()) co_return flushed.error();
    auto rows = co_await collect(take);
    use.finished = PQstatus(handle.get()) == CONNECTION_OK &&
                   PQtransactionStatus(handle.get()) != PQTRANS_ACTIVE &&
                   (rows.has_value() || rows.error().code != errc::connection_lost);
    co_return rows;
}

postgres::postgres(std::unique_ptr<state> s) noexcept : state_{std::move(s)}
{
}
postgres::postgres(postgres&&) noexcept = default;
postgres& postgres::operator=(postgres&&) noexcept = default;
postgres::~postgres() = default;

asio::awaitable<result<postgres>>
postgres::connect(asio::any_io_executor core, std::string url, std::chrono::nanoseconds budget)
{
    auto address = complete_postgres_address(url);
    if (address.has_error()) co_return address.error();
    auto made = std::make_unique<state>(core, std::move(*address));
    made->where = "postgres " + std::string{made->address.get("host")};
    auto connected = co_await made->connect(budget);
    if (connected.has_error()) co_return connected.error();
    co_return postgres{std::move(made)};
}

// Not a coroutine itself, but the frame that owns the parameters must be one.
asio::awaitable<result<postgres_rows>> postgres::query(
    std::string sql,
    std::vector<std::optional<std::string>> parameters,
    std::chrono::nanoseconds budget
)
{
    auto rows = co_await state_->run(std::move(sql), &parameters, budget);
    co_return rows;
}

asio::awaitable<result<postgres_rows>>
postgres::script(std::string sql, std::chrono::nanoseconds budget)
{
    return state_->run(std::move(sql), nullptr, budget);
}

asio::awaitable<result<std::uint64_t>>
postgres::stream(std::string select, row_visitor take, std::chrono::nanoseconds budget)
{
    copied_row row;
    line_visitor by_line = [&](std::string_view line) { take(row.read(line)); };
    auto sql = "copy (" + std::move(select) + ") to stdout";
    auto const told = co_await state_->run(std::move(sql), nullptr, budget, std::move(by_line));
    if (told.has_error()) co_return told.error();
    co_return told->affected;
}

asio::awaitable<result<void>> postgres::reconnect(std::chrono::nanoseconds budget)
{
    return state_->connect(budget);
}

bool postgres::is_open() const noexcept
{
    return state_->handle && PQstatus(state_->handle.get()) == CONNECTION_OK;
}

std::string const& postgres::where() const noexcept
{
    return state_->where;
}

} // namespace watertight::stores
