#include "harness/stores/redis.hpp"

#include "harness/base/assert.hpp"
#include "harness/base/text.hpp"
#include "harness/net/exclusive_use.hpp"
#include "harness/stores/redis_listener.hpp"
#include "harness/stores/redis_wire.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace watertight::stores {

using asio::ip::tcp;
using boost::system::error_code;
using stream = asio::generic::stream_protocol;
using commands = std::vector<std::vector<std::string>>;
using replies = result<std::vector<redis_reply>>;

static constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

void redis_wire::interrupt()
{
    resolver.cancel();
    close();
}

void redis_wire::close() noexcept
{
    open = false;
    error_code ignored;
    socket.close(ignored);
}

failure redis_wire::lost(error_code const& error) const
{
    if (watch.expired()) {
        return {errc::deadline_exceeded, where + " did not answer in time", {}};
    }
    auto why = fmt::format("the connection to {} broke: {}", where, error.message());
    return {errc::connection_lost, std::move(why), {}};
}

failure redis_wire::cannot_connect(errc code, std::string_view why) const
{
    if (watch.expired()) {
        code = errc::deadline_exceeded;
        why = "it did not answer in time";
    }
    return {code, fmt::format("cannot connect to {}: {}", where, why), {}};
}

static redis_reply converted(redisReply const& raw)
{
    using kind = redis_reply::kind;
    redis_reply out;
    switch (raw.type) {
    case REDIS_REPLY_STRING:
        out.type = kind::text;
        break;
    case REDIS_REPLY_STATUS:
        out.type = kind::status;
        break;
    case REDIS_REPLY_ERROR:
        out.type = kind::error;
        break;
    case REDIS_REPLY_ARRAY:
        out.type = kind::array;
        break;
    case REDIS_REPLY_INTEGER:
        out.type = kind::integer;
        out.integer = raw.integer;
        break;
    default:
        break;
    }
    if (raw.str != nullptr) out.text.assign(raw.str, raw.len);
    for (std::size_t i = 0; i < raw.elements; ++i)
        out.elements.push_back(converted(*raw.element[i]));
    return out;
}

static std::string first_word(std::string const& text)
{
    return text.substr(0, text.find(' '));
}

static failure failure_of(redis_reply const& reply, std::string const& where)
{
    auto const word = first_word(reply.text);
    auto const refused = word == "NOAUTH" || word == "WRONGPASS" || word == "DENIED";
    return {refused ? errc::unauthorised : errc::rejected, where + ": " + reply.text, word};
}

static void append_command(std::string& out, std::vector<std::string> const& words)
{
    std::vector<char const*> texts;
    std::vector<std::size_t> sizes;
    for (auto const& word : words) {
        texts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* formatted = nullptr;
    auto const count = static_cast<int>(words.size());
    auto const size = redisFormatCommandArgv(&formatted, count, texts.data(), sizes.data());
    WT_ASSERT(size >= 0);
    out.append(formatted, static_cast<std::size_t>(size));
    redisFreeCommand(formatted);
}

asio::awaitable<result<redis_reply>> redis_wire::next_reply()
{
    for (;;) {
        void* raw = nullptr;
        if (redisReaderGetReply(reader.get(), &raw) != REDIS_OK) {
            auto why = fmt::format("{}: not a Redis reply: {}", where, reader->errstr);
            co_return failure{errc::malformed, std::move(why), {}};
        }
        if (raw != nullptr) {
            auto out = converted(*static_cast<redisReply const*>(raw));
            freeReplyObject(raw);
            co_return out;
        }
        auto const room = asio::buffer(incoming);
        auto const [error, n] = co_await socket.async_read_some(room, as_result);
        if (error) co_return lost(error);
        redisReaderFeed(reader.get(), incoming.data(), n);
    }
}

asio::awaitable<replies> redis_wire::exchange(commands const& all)
{
    outgoing.clear();
    for (auto const& words : all) append_command(outgoing, words);
    auto const bytes = asio::buffer(outgoing);
    auto const [error, n] = co_await asio::async_write(socket, bytes, as_result);
    if (error) co_return lost(error);
    std::vector<redis_reply> out;
    out.reserve(all.size());
    while (out.size() < all.size()) {
        auto reply = co_await next_reply();
        if (reply.has_error()) co_return reply.error();
        out.push_back(std::move(*reply));
    }
    co_return out;
}

asio::awaitable<result<std::vector<stream::endpoint>>> redis_wire::resolve()
{
    std::vector<stream::endpoint> out;
    if (!address.path.empty()) {
        out.emplace_back(asio::local::stream_protocol::endpoint{address.path});
        co_return out;
    }
    error_code not_an_address;
    auto const literal = asio::ip::make_address(address.host, not_an_address);
    if (!not_an_address) {
        out.emplace_back(tcp::endpoint{literal, address.port});
        co_return out;
    }
    auto const service = std::to_string(address.port);
    auto const [error, found] = co_await resolver.async_resolve(address.host, service, as_result);
    if (error) co_return cannot_connect(errc::unreachable, error.message());
    for (auto const& entry : found) out.emplace_back(entry.endpoint());
    co_return out;
}

asio::awaitable<result<void>> redis_wire::reach()
{
    auto const found = co_await resolve();
    if (found.has_error()) co_return found.error();
    error_code last;
    for (auto const& place : *found) {
        error_code ignored;
        socket.close(ignored);
        auto const [error] = co_await socket.async_connect(place, as_result);
        last = error;
        auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
        if (stop != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        if (!error || watch.expired()) break;
    }
    if (last) co_return cannot_connect(errc::unreachable, last.message());
    error_code not_tcp;
    socket.set_option(tcp::no_delay{true}, not_tcp);
    reader.reset(redisReaderCreate());
    co_return boost::system::in_place_value;
}

// The last word is a PING, so that a server that wants a password says so here.
asio::awaitable<result<void>> redis_wire::sign_in()
{
    commands all;
    if (!address.password.empty() && address.user.empty()) {
        all.push_back({"AUTH", address.password});
    } else if (!address.password.empty()) {
        all.push_back({"AUTH", address.user, address.password});
    }
    auto const auth_count = all.size();
    if (address.database.value_or(0) != 0) {
        all.push_back({"SELECT", std::to_string(*address.database)});
    }
    all.push_back({"PING"});
    auto const answers = co_await exchange(all);
    if (answers.has_error()) co_return cannot_connect(errc::unreachable, answers.error().message);
    for (std::size_t i = 0; i < answers->size(); ++i) {
        auto const& answer = (*answers)[i];
        // An account may be forbidden to PING and still be fit for its work.
        if (!answer.is_error() || answer.text.starts_with("NOPERM")) continue;
        auto fault = failure_of(answer, where);
        fault.message = "cannot connect to " + fault.message;
        if (i < auth_count) fault.code = errc::unauthorised;
        if (fault.code == errc::rejected) fault.code = errc::unreachable;
        co_return fault;
    }
    co_return boost::system::in_place_value;
}

asio::awaitable<result<void>> redis_wire::connect(std::chrono::nanoseconds budget)
{
    net::exclusive_use use{*this};
    close();
    watch.arm(net::deadline_after(budget));
    auto reached = co_await reach();
    if (reached.has_error()) co_return reached.error();
    auto signed_in = co_await sign_in();
    use.finished = open = signed_in.has_value();
    co_return signed_in;
}

asio::awaitable<replies> redis_wire::run(commands all, std::chrono::nanoseconds budget)
{
    if (!open) {
        auto why = "the connection to " + where + " is closed";
        co_return failure{errc::connection_lost, std::move(why), {}};
    }
    net::exclusive_use use{*this};
    watch.arm(net::deadline_after(budget));
    auto out = co_await exchange(all);
    auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
    if (out.has_error() && stop != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
    use.finished = out.has_value();
    co_return out;
}

asio::awaitable<result<redis_reply>> redis_wire::receive(std::chrono::nanoseconds budget)
{
    if (!open) {
        auto why = "the connection to " + where + " is closed";
        co_return failure{errc::connection_lost, std::move(why), {}};
    }
    net::exclusive_use use{*this};
    watch.arm(net::deadline_after(budget));
    auto reply = co_await next_reply();
    auto const stop = (co_await asio::this_coro::cancellation_state).cancelled();
    if (reply.has_error() && stop != asio::cancellation_type::none) {
        throw boost::system::system_error{asio::error::operation_aborted};
    }
    use.finished = reply.has_value();
    co_return reply;
}

struct redis::state : redis_wire {
    using redis_wire::redis_wire;
};

redis::redis(std::unique_ptr<state> s) noexcept : state_{std::move(s)}
{
}
redis::redis(redis&&) noexcept = default;
redis& redis::operator=(redis&&) noexcept = default;
redis::~redis() = default;

asio::awaitable<result<redis>> redis::connect(
    asio::any_io_executor core,
    std::string url,
    std::chrono::nanoseconds budget,
    std::optional<unsigned> database
)
{
    auto address = parse_redis_address(url);
    if (address.has_error()) co_return address.error();
    if (database) address->database = database;
    auto made = std::make_unique<state>(core, std::move(*address));
    auto connected = co_await made->connect(budget);
    if (connected.has_error()) co_return connected.error();
    co_return redis{std::move(made)};
}

asio::awaitable<result<redis_reply>>
redis::command(std::vector<std::string> words, std::chrono::nanoseconds budget)
{
    commands one;
    one.push_back(std::move(words));
    auto answers = co_await state_->run(std::move(one), budget);
    if (answers.has_error()) co_return answers.error();
    auto& answer = answers->front();
    if (answer.is_error()) co_return failure_of(answer, state_->where);
    co_return std::move(answer);
}

asio::awaitable<replies>
redis::pipeline(std::vector<std::vector<std::string>> all, std::chrono::nanoseconds budget)
{
    return state_->run(std::move(all), budget);
}

asio::awaitable<result<void>> redis::reconnect(std::chrono::nanoseconds budget)
{
    return state_->connect(budget);
}

bool redis::is_open() const noexcept
{
    return state_->open;
}

unsigned redis::database() const noexcept
{
    return state_->address.database.value_or(0);
}

std::string const& redis::where() const noexcept
{
    return state_->where;
}

redis_listener::redis_listener(std::unique_ptr<redis_wire> wire) noexcept : wire_{std::move(wire)}
{
}
redis_listener::redis_listener(redis_listener&&) noexcept = default;
redis_listener& redis_listener::operator=(redis_listener&&) noexcept = default;
redis_listener::~redis_listener() = default;

asio::awaitable<result<redis_listener>> redis_listener::connect(
    asio::any_io_executor core, std::string url, std::chrono::nanoseconds budget
)
{
    auto address = parse_redis_address(url);
    if (address.has_error()) co_return address.error();
    auto made = std::make_unique<redis_wire>(core, std::move(*address));
    auto connected = co_await made->connect(budget);
    if (connected.has_error()) co_return connected.error();
    co_return redis_listener{std::move(made)};
}

asio::awaitable<result<redis_reply>>
redis_listener::command(std::vector<std::string> words, std::chrono::nanoseconds budget)
{
    commands one;
    one.push_back(std::move(words));
    auto answers = co_await wire_->run(std::move(one), budget);
    if (answers.has_error()) co_return answers.error();
    auto& answer = answers->front();
    if (answer.is_error()) co_return failure_of(answer, wire_->where);
    co_return std::move(answer);
}

asio::awaitable<result<redis_reply>> redis_listener::receive(std::chrono::nanoseconds budget)
{
    return wire_->receive(budget);
}

bool redis_listener::is_open() const noexcept
{
    return wire_->open;
}

} // namespace watertight::stores
