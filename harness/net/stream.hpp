#pragma once

#include "harness/base/clock.hpp"
#include "harness/net/address_book.hpp"
#include "harness/net/connection_options.hpp"
#include "harness/net/poller.hpp"
#include "harness/net/tls_session.hpp"
#include "harness/net/watchdog.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace watertight::net {

/// What the owner of a stream is told. Always by the loop, never from within a call of the owner.
class stream_owner {
public:
    /// `stream::open` succeeded.
    virtual void on_open() = 0;
    /// It did not; the stream is closed. The failure is `unreachable`, with a sentence.
    virtual void on_unopened(failure why) = 0;
    /// There may be something to read: to be read until a read gives nothing.
    /// @param ends  the peer has said that it sends no more.
    virtual void on_readable(bool ends) = 0;
    /// After a write that did not take everything: there is room again.
    virtual void on_writable() = 0;
    /// The time that `guard` was given is over.
    virtual void on_expiry() = 0;

protected:
    ~stream_owner() = default;
};

/// How a read or a write went.
struct transfer {
    enum class state {
        /// Went well; what was not taken has to wait for on_writable.
        done,
        /// Nothing is there.
        nothing,
        /// The peer has closed in an orderly manner.
        ended,
        broken,
    };
    state how = state::done;
    std::size_t bytes = 0;
    /// For `broken`: why, for a person, and `connection_lost` unless the layer knows better.
    std::string why{};
    errc code = errc::connection_lost;
};

/// A byte stream to an endpoint: TCP or a Unix socket, with TLS where the endpoint says so.
/// Resolves names, tries all addresses, shakes hands; then reads and writes without waiting.
/// Lives on one core.
class stream final : poll_target {
public:
    stream(asio::any_io_executor core, endpoint where, connection_options options, stream_owner& o);
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;
    ~stream();

    /// @param deadline  the caller's own; the options' connect_timeout holds besides. A deadline
    ///                  that passes is told by on_unopened too.
    /// @pre closed.
    void open(steady::time_point deadline);
    void close() noexcept;
    bool is_open() const noexcept { return phase_ == phase::open; }
    bool is_closed() const noexcept { return phase_ == phase::closed; }

    transfer read(std::span<char> into);
    /// What is not taken now, the owner offers again when told so.
    transfer write(std::string_view bytes);
    /// True if the peer has closed, or has said something unasked.
    bool is_stale() const noexcept;

    /// Calls on_expiry once `deadline` passes, unless another one or `unguard` comes first.
    void guard(steady::time_point deadline) { watch_.arm(deadline); }
    void unguard() noexcept { watch_.disarm(); }

    endpoint const& where() const noexcept { return where_; }
    asio::any_io_executor const& core() const noexcept { return core_; }
    /// The protocol that ALPN agreed on; empty if none.
    std::string alpn() const { return tls_ ? tls_->alpn() : std::string{}; }

private:
    enum class phase { closed, resolving, connecting, shaking_hands, open };

    void on_ready(std::uint32_t events) override;
    void on_time_over();
    void resolve();
    void try_next_address();
    bool begin_connect(peer_address const& where);
    void on_connected();
    void shake_hands();
    void become_open();
    void give_up(std::string why);
    void fail_soon(std::string why);
    void drop_socket() noexcept;
    bool flush();
    transfer read_tls(std::span<char> into);

    asio::any_io_executor core_;
    endpoint where_;
    connection_options options_;
    stream_owner& owner_;
    poller& poller_;
    watchdog watch_;
    int fd_ = -1;
    phase phase_ = phase::closed;
    bool wants_room_ = false;
    bool peer_ended_ = false;
    // What happens later asks first whether this is still there, and still about the same attempt.
    std::shared_ptr<std::uint64_t> attempt_;
    steady::time_point limit_;
    std::shared_ptr<peer_addresses const> addresses_;
    std::size_t tried_ = 0;
    std::string last_error_;
    std::optional<tls_session> tls_;
};

} // namespace watertight::net
