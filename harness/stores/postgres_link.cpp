#include "harness/stores/postgres_link.hpp"

#include "harness/base/text.hpp"
#include "harness/net/address_book.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/postgres_answer.hpp"
#include "harness/stores/postgres_handle.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace watertight::stores {

// No operation has a dot in its name.
static constexpr char const* context_statement = "watertight.context";
// libpq ends each command's results with a null; more of them in a row mean that it has lost count.
static constexpr int nulls_max = 8;

namespace {

class postgres_link final : public link, net::poll_target {
public:
    postgres_link(
        asio::any_io_executor const& on, std::shared_ptr<postgres_plan const> plan, bool is_shared
    )
        : link{on, is_shared},
          plan_{std::move(plan)},
          address_{plan_->address},
          where_{fmt::format("postgres {}", address_.get("host"))},
          watch_{on, [this] { on_late(); }}
    {
    }
    postgres_link(postgres_link const&) = delete;
    postgres_link& operator=(postgres_link const&) = delete;
    ~postgres_link() override { shut(); }

private:
    enum class step_of { connecting, preparing, open };

    void connect(steady::time_point deadline) override;
    void send(std::string_view request) override;
    void shut() noexcept override;
    void on_ready(std::uint32_t events) override;

    void resolved(result<std::shared_ptr<net::peer_addresses const>> const& found);
    void begin();
    void step(std::uint32_t events);
    bool watch_socket();
    void prepare_all();
    bool prepare(char const* name, std::string const& sql);
    void receive(bool ends);
    bool take_all();
    void take_prepared(PGresult const* one);
    void take(PGresult const* one);
    void append_values(PGresult const* one);
    void refuse(PGresult const* one);
    bool has_more() const noexcept;
    failure lost() const;
    void on_late();

    std::shared_ptr<postgres_plan const> plan_;
    postgres_address address_;
    std::string where_;
    net::watchdog watch_;
    pg_handle handle_;
    int watched_ = -1;
    step_of now_ = step_of::connecting;
    PostgresPollingStatusType wants_ = PGRES_POLLING_WRITING;
    // Of the preparation, then of the operation that is being answered.
    std::size_t results_ = 0;
    std::optional<failure> unprepared_;
    std::string text_;
    std::string refusal_;
    std::vector<char const*> fields_;
};

std::string numeric(net::peer_address const& address)
{
    std::array<char, NI_MAXHOST> out{};
    auto const size = static_cast<socklen_t>(address.size());
    auto const room = static_cast<socklen_t>(out.size());
    auto const error =
        ::getnameinfo(address.data(), size, out.data(), room, nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? std::string{out.data()} : std::string{};
}

void postgres_link::connect(steady::time_point deadline)
{
    watch_.arm(deadline);
    auto const host = address_.host_to_resolve();
    if (host.empty()) return begin();
    net::endpoint const where{.host = host, .port = 0};
    auto& book = net::address_book::of(core());
    if (auto const known = book.find(where)) return resolved(known);
    auto tell = [there = weak_from_this()](auto const& found) {
        auto const self = there.lock();
        if (self) static_cast<postgres_link&>(*self).resolved(found);
    };
    book.look_up(core(), where, std::move(tell));
}

void postgres_link::resolved(result<std::shared_ptr<net::peer_addresses const>> const& found)
{
    if (is_ended()) return;
    if (found.has_error()) {
        auto why = fmt::format("cannot connect to {}: {}", where_, found.error().message);
        return broken_soon({errc::unreachable, std::move(why), {}});
    }
    std::vector<std::string> addresses;
    for (auto const& one : **found) addresses.push_back(numeric(one));
    set_resolved(address_, addresses);
    begin();
}

void postgres_link::begin()
{
    handle_ = begin_connect(address_);
    if (!handle_) return broken_soon({errc::exhausted, "out of memory for " + where_, {}});
    where_ = describe(handle_.get(), address_.get("host"));
    if (PQstatus(handle_.get()) == CONNECTION_BAD || !watch_socket()) {
        broken_soon(connect_failure_of(PQerrorMessage(handle_.get()), false, where_));
    }
}

// libpq may change its socket, and reuse the number, at every step. To watch it anew also tells
// what it was ready for already.
bool postgres_link::watch_socket()
{
    if (watched_ >= 0) poller().forget(watched_, *this);
    watched_ = PQsocket(handle_.get());
    return watched_ >= 0 && poller().watch(watched_, *this).has_value();
}

void postgres_link::step(std::uint32_t events)
{
    bool const reads = wants_ == PGRES_POLLING_READING;
    auto const other = reads ? std::uint32_t{EPOLLOUT} : std::uint32_t{EPOLLIN};
    if ((events & ~other) == 0) return;
    wants_ = PQconnectPoll(handle_.get());
    if (wants_ == PGRES_POLLING_FAILED || !watch_socket()) {
        bool const wants_password = PQconnectionNeedsPassword(handle_.get()) == 1;
        return broken(connect_failure_of(PQerrorMessage(handle_.get()), wants_password, where_));
    }
    if (wants_ == PGRES_POLLING_OK) prepare_all();
}

bool postgres_link::prepare(char const* name, std::string const& sql)
{
    return PQsendPrepare(handle_.get(), name, sql.c_str(), 0, nullptr) == 1 &&
           PQsendDescribePrepared(handle_.get(), name) == 1;
}

void postgres_link::prepare_all()
{
    now_ = step_of::preparing;
    auto* const handle = handle_.get();
    bool good = PQsetnonblocking(handle, 1) == 0 && PQenterPipelineMode(handle) == 1;
    if (!plan_->context.empty()) {
        auto const setting = quote_literal(plan_->context);
        auto const sql = fmt::format("select pg_catalog.set_config({}, $1, true)", setting);
        good = good && prepare(context_statement, sql);
    }
    for (auto const& s : plan_->statements) good = good && prepare(s.name.c_str(), s.sql);
    good = good && PQpipelineSync(handle) == 1;
    if (!good) broken(lost());
}

void postgres_link::send(std::string_view request)
{
    fields_.clear();
    for (std::size_t at = 0; at < request.size(); at = request.find('\0', at) + 1) {
        fields_.push_back(request.data() + at);
    }
    auto const execute = [&](char const* name, std::size_t first, std::size_t count) {
        auto const n = static_cast<int>(count);
        char const* const* const values = fields_.data() + first;
        return PQsendQueryPrepared(handle_.get(), name, n, values, nullptr, nullptr, 0) == 1;
    };
    bool const has_context = !plan_->context.empty();
    std::size_t const first = has_context ? 2 : 1;
    bool const good = (!has_context || execute(context_statement, 1, 1)) &&
                      execute(fields_[0], first, fields_.size() - first) &&
                      PQpipelineSync(handle_.get()) == 1;
    if (!good) broken_soon(lost());
}

void postgres_link::shut() noexcept
{
    watch_.disarm();
    if (watched_ >= 0) poller().forget(watched_, *this);
    watched_ = -1;
    if (now_ == step_of::open) cancel_statement(handle_.get());
    handle_.reset();
}

void postgres_link::on_ready(std::uint32_t events)
{
    auto const hold = shared_from_this();
    if (now_ == step_of::connecting) return step(events);
    if ((events & EPOLLOUT) != 0 && PQflush(handle_.get()) < 0) return broken(lost());
    if ((events & ~std::uint32_t{EPOLLOUT}) == 0) return;
    receive((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
}

bool postgres_link::has_more() const noexcept
{
    int bytes = 0;
    return ::ioctl(watched_, FIONREAD, &bytes) == 0 && bytes > 0;
}

// libpq reads once a call, and readiness is told once a change.
void postgres_link::receive(bool ends)
{
    do {
        if (PQconsumeInput(handle_.get()) != 1) return broken(lost());
        if (!take_all()) return;
    } while (ends || has_more());
}

// @return false if the connection is no more.
bool postgres_link::take_all()
{
    int nulls = 0;
    while ((now_ == step_of::preparing || awaits_answers()) && PQisBusy(handle_.get()) == 0) {
        pg_result const one{PQgetResult(handle_.get()), &PQclear};
        if (!one) {
            if (++nulls <= nulls_max) continue;
            broken(lost());
            return false;
        }
        nulls = 0;
        now_ == step_of::preparing ? take_prepared(one.get()) : take(one.get());
        if (is_ended()) return false;
    }
    return true;
}

void postgres_link::take_prepared(PGresult const* one)
{
    auto const status = PQresultStatus(one);
    if (status == PGRES_PIPELINE_SYNC) {
        if (unprepared_) return broken(*unprepared_);
        now_ = step_of::open;
        results_ = 0;
        watch_.disarm();
        return opened();
    }
    if (status == PGRES_PIPELINE_ABORTED) return;
    // Each statement has two results: of its preparation and of its description.
    auto const at = results_++;
    auto const before = plan_->context.empty() ? std::size_t{0} : std::size_t{1};
    auto const i = at / 2;
    auto const title =
        i < before ? "the setting " + plan_->context : plan_->statements[i - before].title;
    if (status != PGRES_COMMAND_OK) {
        unprepared_ = failure_of(one, title);
        return;
    }
    if (at % 2 == 0 || i < before) return;
    auto const wanted = static_cast<std::size_t>(PQnparams(one));
    auto const given = plan_->statements[i - before].arguments;
    if (wanted == given) return;
    auto why = fmt::format(
        "{}: the statement takes {}, but {} given",
        title,
        plural(wanted, "argument"),
        given == 1 ? "1 is" : fmt::format("{} are", given)
    );
    if (!unprepared_) unprepared_ = failure{errc::rejected, std::move(why), {}};
}

void postgres_link::take(PGresult const* one)
{
    switch (PQresultStatus(one)) {
    case PGRES_PIPELINE_SYNC:
        results_ = 0;
        answered({text_, refusal_});
        text_.clear();
        refusal_.clear();
        return;
    case PGRES_PIPELINE_ABORTED:
        return;
    case PGRES_TUPLES_OK:
        // The first is the context's, which is the request's own.
        if (results_++ == 0 && !plan_->context.empty()) return;
        return append_values(one);
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
        ++results_;
        return;
    default:
        return refuse(one);
    }
}

void postgres_link::append_values(PGresult const* one)
{
    auto const rows = PQntuples(one);
    auto const columns = PQnfields(one);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
            if (column > 0) text_ += '\t';
            auto const size = static_cast<std::size_t>(PQgetlength(one, row, column));
            text_.append(PQgetvalue(one, row, column), size);
        }
        text_ += '\n';
    }
}

void postgres_link::refuse(PGresult const* one)
{
    auto why = failure_of(one, where_);
    // No SQLSTATE: not the server's word but libpq's, on a connection that it has given up.
    if (why.detail.empty() || why.code == errc::connection_lost) return broken(std::move(why));
    refusal_ = why.detail;
    // With detail, hint and context, for another tenant's data may stand in any of them.
    text_ += PQresultErrorMessage(one);
}

failure postgres_link::lost() const
{
    auto const why = handle_ ? PQerrorMessage(handle_.get()) : "it is closed";
    auto const line = replace_all(std::string{trim(why)}, "\n", " ");
    return {errc::connection_lost, fmt::format("the connection to {} broke: {}", where_, line), {}};
}

void postgres_link::on_late()
{
    auto const hold = shared_from_this();
    auto why = fmt::format("cannot connect to {}: it did not answer in time", where_);
    broken({errc::deadline_exceeded, std::move(why), {}});
}

} // namespace

std::shared_ptr<link> make_postgres_link(
    asio::any_io_executor const& core, std::shared_ptr<postgres_plan const> plan, bool is_shared
)
{
    return std::make_shared<postgres_link>(core, std::move(plan), is_shared);
}

} // namespace watertight::stores
