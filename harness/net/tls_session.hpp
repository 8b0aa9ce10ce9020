#pragma once

#include "harness/base/error.hpp"
#include "harness/net/tls_options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace watertight::net {

/// The TLS of one client connection; does no I/O.
///
///     auto tls = *tls_session::client(options, host, port);
///     while (!*tls.handshake()) { send(tls.pending()) ...; tls.received(receive()); }
///     tls.write(request);
///     send(tls.pending()) ...; tls.received(receive());
///     while (auto const n = *tls.read(room)) ...
///
/// After every call there may be bytes in `pending()`; they are to be sent even after a failure,
/// for they tell the server why. Belongs to its thread, where it shares settings and resumable
/// sessions with the others of the same options. After a failure each call fails the same way.
class tls_session {
public:
    /// @param host  the endpoint's, without brackets; the name to verify and to ask for (SNI)
    ///              unless the options have another.
    /// @return a session before its handshake, or `unreachable` if the options cannot be used.
    static result<tls_session>
    client(tls_options const& options, std::string_view host, std::uint16_t port);

    tls_session(tls_session&&) noexcept;
    tls_session& operator=(tls_session&&) noexcept;
    ~tls_session();

    /// @return true once it is done; false: it needs more input. `unreachable` with a sentence
    ///         such as "its certificate was refused: self-signed certificate".
    result<bool> handshake();

    /// Takes what came from the server; copied.
    void received(std::span<char const> ciphertext);

    /// The server will send no more: its half of the connection is closed.
    /// @return a failure unless it said so by TLS (`ended()`): `unreachable` during the handshake,
    ///         `connection_lost` after it, when what came may have been cut off.
    result<void> closed();

    /// @pre the handshake is done.
    /// @return how much was decrypted to `into`; 0: nothing more for now. `unreachable` if the
    ///         server refuses the client's certificate (TLS 1.3 does after the handshake),
    ///         `connection_lost` for any other alert, `malformed` for what is not TLS.
    result<std::size_t> read(std::span<char> into);

    /// True once the server has ended its half in order (close_notify) and that was read.
    bool ended() const noexcept;

    /// Encrypts all of it to `pending()`. @pre the handshake is done.
    result<void> write(std::string_view plaintext);

    /// Says that nothing more will be written (close_notify).
    void finish();

    /// What is to be sent; valid until the next call of anything but this.
    std::string_view pending() const noexcept;
    /// The first `count` bytes of `pending()` were sent.
    void sent(std::size_t count);

    /// The protocol that the server chose of those offered; empty: none.
    std::string alpn() const;
    /// True if the handshake resumed an earlier connection's session.
    bool resumed() const noexcept;

private:
    struct state;
    explicit tls_session(std::unique_ptr<state> made) noexcept;

    std::unique_ptr<state> state_;
};

} // namespace watertight::net
