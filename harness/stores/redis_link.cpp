#include "harness/stores/redis_link.hpp"

#include "harness/base/text.hpp"
#include "harness/net/stream.hpp"

#include <fmt/format.h>
#include <hiredis/read.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>

namespace watertight::stores {

namespace {

/// One reply as text, put together without a tree: hiredis calls these for each of its parts.
struct reply_text {
    std::string text;
    std::string refusal;

    void clear() noexcept
    {
        text.clear();
        refusal.clear();
    }
};

reply_text& of(redisReadTask const* task)
{
    return *static_cast<reply_text*>(task->privdata);
}

// hiredis takes null for "out of memory", and otherwise hands back what it is given.
void* some_object()
{
    static char object = 0;
    return &object;
}

void* take_string(redisReadTask const* task, char* bytes, std::size_t size)
{
    auto& into = of(task);
    std::string_view const value{bytes, size};
    if (task->type == REDIS_REPLY_ERROR && task->parent == nullptr) {
        into.refusal = value.substr(0, value.find(' '));
    }
    into.text += value;
    into.text += '\n';
    return some_object();
}

void* take_integer(redisReadTask const* task, long long value)
{
    fmt::format_to(std::back_inserter(of(task).text), "{}\n", value);
    return some_object();
}

redisReplyObjectFunctions functions()
{
    redisReplyObjectFunctions out{};
    out.createString = take_string;
    out.createArray = [](redisReadTask const*, auto) { return some_object(); };
    out.createInteger = take_integer;
    out.createNil = [](redisReadTask const*) { return some_object(); };
    out.freeObject = [](void*) {};
    return out;
}

struct close_reader {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};

class redis_link final : public link, net::stream_owner {
public:
    redis_link(asio::any_io_executor const& on, redis_address const& where, bool is_shared)
        : link{on, is_shared},
          where_{where},
          functions_{functions()},
          stream_{on, endpoint_of(where), {}, *this}
    {
    }
    redis_link(redis_link const&) = delete;
    redis_link& operator=(redis_link const&) = delete;
    ~redis_link() override { shut(); }

private:
    void connect(steady::time_point deadline) override;
    void send(std::string_view request) override;
    void shut() noexcept override;
    void on_open() override;
    void on_unopened(failure why) override;
    void on_readable(bool ends) override;
    void on_writable() override;
    void on_expiry() override;

    static net::endpoint endpoint_of(redis_address const& where);
    void write(std::initializer_list<std::string_view> words);
    void flush();
    bool take_all();
    void take_sign_in();
    failure lost(std::string_view why) const;

    redis_address where_;
    redisReplyObjectFunctions functions_;
    net::stream stream_;
    std::unique_ptr<redisReader, close_reader> reader_;
    reply_text reply_;
    std::string outgoing_;
    steady::time_point deadline_{};
    std::size_t sign_in_replies_ = 0;
};

net::endpoint redis_link::endpoint_of(redis_address const& where)
{
    return {.host = where.path.empty() ? where.host : where.path, .port = where.port};
}

void redis_link::connect(steady::time_point deadline)
{
    deadline_ = deadline;
    reader_.reset(redisReaderCreateWithFunctions(&functions_));
    if (!reader_) return broken_soon({errc::exhausted, "out of memory for Redis", {}});
    reader_->privdata = &reply_;
    stream_.open(deadline);
}

void append_count(std::string& out, char kind, std::size_t n)
{
    fmt::format_to(std::back_inserter(out), "{}{}\r\n", kind, n);
}

void append_word(std::string& out, std::string_view word)
{
    append_count(out, '$', word.size());
    out += word;
    out += "\r\n";
}

void redis_link::write(std::initializer_list<std::string_view> words)
{
    append_count(outgoing_, '*', words.size());
    for (auto const word : words) append_word(outgoing_, word);
    ++sign_in_replies_;
}

// The last word is a PING, so that a server that wants a password says so here.
void redis_link::on_open()
{
    auto const hold = shared_from_this();
    auto const& w = where_;
    if (!w.password.empty() && w.user.empty()) write({"AUTH", w.password});
    if (!w.password.empty() && !w.user.empty()) write({"AUTH", w.user, w.password});
    if (w.database.value_or(0) != 0) write({"SELECT", std::to_string(*w.database)});
    write({"PING"});
    stream_.guard(deadline_);
    flush();
}

void redis_link::on_unopened(failure why)
{
    auto const hold = shared_from_this();
    why.message = replace_all(why.message, stream_.where().origin(), where_.describe());
    broken(std::move(why));
}

void redis_link::on_expiry()
{
    auto const hold = shared_from_this();
    auto why = fmt::format("cannot connect to {}: it did not answer in time", where_.describe());
    broken({errc::deadline_exceeded, std::move(why), {}});
}

void redis_link::send(std::string_view request)
{
    auto const count = static_cast<std::size_t>(std::ranges::count(request, '\0'));
    append_count(outgoing_, '*', count);
    for (std::size_t at = 0; at < request.size();) {
        auto const end = request.find('\0', at);
        append_word(outgoing_, request.substr(at, end - at));
        at = end + 1;
    }
    flush();
}

void redis_link::flush()
{
    auto const sent = stream_.write(outgoing_);
    if (sent.how == net::transfer::state::done) {
        outgoing_.erase(0, sent.bytes);
    } else {
        broken_soon(lost(sent.why));
    }
}

void redis_link::shut() noexcept
{
    stream_.unguard();
    stream_.close();
}

void redis_link::on_writable()
{
    flush();
}

void redis_link::on_readable(bool ends)
{
    using state = net::transfer::state;
    auto const hold = shared_from_this();
    std::array<char, 16384> incoming;
    for (;;) {
        auto const got = stream_.read(incoming);
        if (got.how == state::nothing) return;
        if (got.how == state::ended) return broken(lost("it was closed"));
        if (got.how == state::broken) return broken(lost(got.why));
        redisReaderFeed(reader_.get(), incoming.data(), got.bytes);
        if (!take_all()) return;
        // Less than there was room for was all there is; more of it will be told.
        if (got.bytes < incoming.size() && !ends) return;
    }
}

// @return false if the connection is no more.
bool redis_link::take_all()
{
    for (;;) {
        void* whole = nullptr;
        if (redisReaderGetReply(reader_.get(), &whole) != REDIS_OK) {
            auto why = fmt::format("{}: not a Redis reply: {}", where_.describe(), reader_->errstr);
            broken({errc::malformed, std::move(why), {}});
            return false;
        }
        if (whole == nullptr) return true;
        if (sign_in_replies_ > 0) {
            take_sign_in();
        } else if (awaits_answers()) {
            answered({reply_.text, reply_.refusal});
        } else {
            broken({errc::malformed, where_.describe() + " said something unasked", {}});
        }
        reply_.clear();
        if (is_ended()) return false;
    }
}

void redis_link::take_sign_in()
{
    auto const& word = reply_.refusal;
    // An account may be forbidden to PING and still be fit for its work.
    if (!word.empty() && word != "NOPERM") {
        bool const is_known = word == "NOAUTH" || word == "WRONGPASS" || word == "DENIED";
        auto const said = trim(reply_.text);
        auto why = fmt::format("cannot connect to {}: {}", where_.describe(), said);
        auto const code = is_known ? errc::unauthorised : errc::unreachable;
        return broken({code, std::move(why), word});
    }
    if (--sign_in_replies_ > 0) return;
    stream_.unguard();
    opened();
}

failure redis_link::lost(std::string_view why) const
{
    auto sentence = fmt::format("the connection to {} broke: {}", where_.describe(), why);
    return {errc::connection_lost, std::move(sentence), {}};
}

} // namespace

std::shared_ptr<link>
make_redis_link(asio::any_io_executor const& core, redis_address const& where, bool is_shared)
{
    return std::make_shared<redis_link>(core, where, is_shared);
}

} // namespace watertight::stores
