#pragma once

#include "tests/support/certificate.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::test {

/// OpenSSL's server side over memory: what it receives and sends are strings.
class memory_tls_server {
public:
    struct options {
        self_signed identity;
        /// 0x0303 for TLS 1.2; 0: whatever OpenSSL has.
        int version_max = 0;
        /// Ask for a client certificate that this authority (PEM) signed; empty: ask for none.
        std::string client_authority{};
        /// Chosen from by the server's preference; empty: no choice is made.
        std::vector<std::string> alpn{};
    };

    class connection {
    public:
        connection(connection&&) noexcept;
        ~connection();

        /// Takes ciphertext and goes on with the handshake, or reads what can be read.
        void received(std::string_view ciphertext);
        /// The ciphertext to be sent; it is taken out.
        std::string take_pending();
        /// What was read so far; it is taken out.
        std::string take_read();
        void write(std::string_view plaintext);
        /// Sends close_notify.
        void finish();

        bool is_done() const;
        bool resumed() const;
        /// The client sent close_notify.
        bool ended() const;
        /// The name that the client asked for (SNI); empty: none.
        std::string asked_for() const;
        /// OpenSSL's reason if it failed.
        std::string const& error() const;

    private:
        friend memory_tls_server;
        struct state;
        explicit connection(std::unique_ptr<state> made);
        std::unique_ptr<state> state_;
    };

    explicit memory_tls_server(options const& what);
    ~memory_tls_server();

    connection accept();

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace watertight::test
