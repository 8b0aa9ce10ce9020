#include "harness/net/stream.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace watertight::net {

using state = transfer::state;

static constexpr std::size_t ciphertext_bytes = 16U << 10;

static bool would_block(int error) noexcept
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

// The library's functions make each call a point at which a thread may be cancelled, at two locked
// instructions apiece. No thread here ever is, so these are the system calls themselves.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
// But sanitizers learn from those functions what was written, and what happened before what.
static ssize_t receive_now(int fd, std::span<char> into, int flags) noexcept
{
    return ::recv(fd, into.data(), into.size(), flags);
}

static ssize_t send_now(int fd, std::string_view bytes) noexcept
{
    return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}
#else
static ssize_t receive_now(int fd, std::span<char> into, int flags) noexcept
{
    return ::syscall(SYS_recvfrom, fd, into.data(), into.size(), flags, nullptr, nullptr);
}

static ssize_t send_now(int fd, std::string_view bytes) noexcept
{
    return ::syscall(SYS_sendto, fd, bytes.data(), bytes.size(), MSG_NOSIGNAL, nullptr, 0);
}
#endif

static transfer receive(int fd, std::span<char> into) noexcept
{
    auto const n = receive_now(fd, into, 0);
    if (n > 0) return {state::done, static_cast<std::size_t>(n), {}};
    if (n == 0) return {state::ended, 0, {}};
    if (would_block(errno)) return {state::nothing, 0, {}};
    return {state::broken, 0, std::strerror(errno)};
}

static transfer send_some(int fd, std::string_view bytes) noexcept
{
    auto const n = send_now(fd, bytes);
    if (n >= 0) return {state::done, static_cast<std::size_t>(n), {}};
    if (would_block(errno)) return {state::done, 0, {}};
    return {state::broken, 0, std::strerror(errno)};
}

stream::stream(
    asio::any_io_executor core, endpoint where, connection_options options, stream_owner& o
)
    : core_{std::move(core)},
      where_{std::move(where)},
      options_{std::move(options)},
      owner_{o},
      poller_{poller::of(core_)},
      watch_{core_, [this] { on_time_over(); }},
      attempt_{std::make_shared<std::uint64_t>(0)}
{
}

stream::~stream()
{
    close();
}

void stream::close() noexcept
{
    ++*attempt_;
    if (phase_ != phase::closed && phase_ != phase::open) poller_.end_wait();
    phase_ = phase::closed;
    drop_socket();
}

void stream::drop_socket() noexcept
{
    wants_room_ = false;
    peer_ended_ = false;
    if (fd_ < 0) return;
    poller_.forget(fd_, *this);
    ::close(std::exchange(fd_, -1));
}

// The socket's readiness is awaited from here until it is open; afterwards its owner says so.
void stream::open(steady::time_point deadline)
{
    ++*attempt_;
    poller_.begin_wait();
    tls_.reset();
    tried_ = 0;
    last_error_.clear();
    limit_ = std::min(deadline, deadline_after(options_.connect_timeout));
    phase_ = phase::resolving;
    watch_.arm(limit_);
    resolve();
}

void stream::resolve()
{
    auto& book = address_book::of(core_);
    addresses_ = book.find(where_);
    if (addresses_) return try_next_address();
    auto const mine = std::weak_ptr{attempt_};
    book.look_up(core_, where_, [this, mine, attempt = *attempt_](auto found) {
        auto const now = mine.lock();
        if (!now || *now != attempt) return;
        if (found.has_error()) return give_up(found.error().message);
        addresses_ = *found;
        try_next_address();
    });
}

// Each address gets its share of the time that is left, so that a dead one does not eat it all.
void stream::try_next_address()
{
    while (tried_ < addresses_->size()) {
        auto const left = static_cast<std::int64_t>(addresses_->size() - tried_);
        auto const now = steady::now();
        watch_.arm(now + (limit_ - now) / left);
        phase_ = phase::connecting;
        if (begin_connect((*addresses_)[tried_++])) return;
        drop_socket();
    }
    address_book::of(core_).forget(where_);
    fail_soon(last_error_.empty() ? "it has no address" : last_error_);
}

bool stream::begin_connect(peer_address const& where)
{
    auto const failed = [this](int error) {
        last_error_ = std::strerror(error);
        return false;
    };
    auto const family = where.protocol().family();
    fd_ = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) return failed(errno);
    if (family != AF_UNIX) {
        int const yes = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    auto const size = static_cast<socklen_t>(where.size());
    bool const begun = ::connect(fd_, where.data(), size) == 0 || errno == EINPROGRESS;
    if (!begun) return failed(errno);
    auto const watched = poller_.watch(fd_, *this);
    if (watched.has_value()) return true;
    last_error_ = watched.error().message;
    return false;
}

void stream::on_connected()
{
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    if (error != 0) {
        last_error_ = std::strerror(error);
        drop_socket();
        return try_next_address();
    }
    auto& book = address_book::of(core_);
    if (addresses_->size() > 1) book.prefer(where_, (*addresses_)[tried_ - 1]);
    if (where_.tls) {
        auto made = tls_session::client(options_.tls, where_.host, where_.port);
        if (made.has_error()) return give_up(made.error().message);
        tls_.emplace(std::move(*made));
        phase_ = phase::shaking_hands;
        watch_.arm(limit_);
        return shake_hands();
    }
    become_open();
}

void stream::shake_hands()
{
    std::array<char, ciphertext_bytes> piece;
    for (;;) {
        auto const done = tls_->handshake();
        // An alert that says why has to leave, too.
        bool const sent = flush();
        if (done.has_error()) return give_up(done.error().message);
        if (!sent) return give_up("the server closed the connection during the TLS handshake");
        if (*done) break;
        auto const got = receive(fd_, piece);
        if (got.how == state::nothing) return;
        if (got.how == state::ended) return give_up(tls_->closed().error().message);
        if (got.how != state::done) return give_up("the TLS handshake failed: " + got.why);
        tls_->received(std::span{piece}.first(got.bytes));
    }
    become_open();
}

void stream::become_open()
{
    phase_ = phase::open;
    watch_.disarm();
    poller_.end_wait();
    owner_.on_open();
}

void stream::on_ready(std::uint32_t events)
{
    if (phase_ == phase::connecting) {
        if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) on_connected();
        return;
    }
    if (phase_ == phase::shaking_hands) return shake_hands();
    if (phase_ != phase::open) return;
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_ended_ = true;
    if ((events & EPOLLOUT) != 0 && wants_room_) {
        wants_room_ = false;
        // The owner may close this now, or do away with it altogether.
        auto const mine = attempt_;
        auto const attempt = *mine;
        if (!tls_ || (flush() && !wants_room_)) owner_.on_writable();
        if (*mine != attempt) return;
    }
    if ((events & ~std::uint32_t{EPOLLOUT}) != 0) owner_.on_readable(peer_ended_);
}

void stream::on_time_over()
{
    switch (phase_) {
    case phase::closed:
        return;
    case phase::open:
        return owner_.on_expiry();
    case phase::resolving:
        return give_up("its name was not resolved in time");
    case phase::shaking_hands:
        return give_up("the TLS handshake did not end in time");
    case phase::connecting:
        last_error_ = std::strerror(ETIMEDOUT);
        drop_socket();
        return try_next_address();
    }
}

void stream::give_up(std::string why)
{
    close();
    watch_.disarm();
    owner_.on_unopened(
        {errc::unreachable, fmt::format("cannot connect to {}: {}", where_.origin(), why), {}}
    );
}

// Nobody is told from within their own call.
void stream::fail_soon(std::string why)
{
    auto const mine = std::weak_ptr{attempt_};
    auto later = [this, mine, attempt = *attempt_, why = std::move(why)] {
        auto const now = mine.lock();
        if (now && *now == attempt) give_up(why);
    };
    asio::post(core_, std::move(later));
}

bool stream::flush()
{
    while (!tls_->pending().empty()) {
        auto const sent = send_some(fd_, tls_->pending());
        if (sent.how == state::broken) return false;
        if (sent.bytes == 0) {
            wants_room_ = true;
            return true;
        }
        tls_->sent(sent.bytes);
    }
    return true;
}

transfer stream::read(std::span<char> into)
{
    return tls_ ? read_tls(into) : receive(fd_, into);
}

transfer stream::read_tls(std::span<char> into)
{
    std::array<char, ciphertext_bytes> piece;
    for (;;) {
        auto const plain = tls_->read(into);
        if (plain.has_error()) {
            return {state::broken, 0, plain.error().message, plain.error().code};
        }
        if (*plain > 0) return {state::done, *plain, {}};
        if (tls_->ended()) return {state::ended, 0, {}};
        auto const got = receive(fd_, piece);
        if (got.how == state::ended) {
            auto const said = tls_->closed();
            if (said.has_value()) return got;
            return {state::broken, 0, said.error().message, said.error().code};
        }
        if (got.how != state::done) return got;
        tls_->received(std::span{piece}.first(got.bytes));
        // Key updates and the like are answered at once.
        if (!tls_->pending().empty()) flush();
    }
}

transfer stream::write(std::string_view bytes)
{
    if (!tls_) {
        auto sent = send_some(fd_, bytes);
        wants_room_ = sent.how == state::done && sent.bytes < bytes.size();
        return sent;
    }
    auto const taken = tls_->write(bytes);
    if (taken.has_error()) return {state::broken, 0, taken.error().message};
    if (!flush()) return {state::broken, 0, std::strerror(EPIPE)};
    return {state::done, bytes.size(), {}};
}

bool stream::is_stale() const noexcept
{
    if (peer_ended_) return true;
    char byte{};
    auto const n = receive_now(fd_, {&byte, 1}, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0) return !would_block(errno);
    // Under TLS a pending record may be a session ticket.
    return n == 0 || !where_.tls;
}

} // namespace watertight::net
