#include "tests/support/memory_tls_server.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace watertight::test {

template <class T, class Free>
static std::unique_ptr<T, Free> require(T* raw, Free free)
{
    if (raw == nullptr) throw std::runtime_error{"OpenSSL cannot serve"};
    return {raw, free};
}

static auto memory_of(std::string const& text)
{
    return require(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
}

static auto certificate_of(std::string const& pem)
{
    auto const memory = memory_of(pem);
    return require(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr), &X509_free);
}

struct memory_tls_server::state {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> settings{
        require(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free)};
    std::vector<std::string> alpn;
};

struct memory_tls_server::connection::state {
    explicit state(SSL_CTX* settings) : ssl{require(SSL_new(settings), &SSL_free)}
    {
        SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl.get());
    }

    void go_on();

    std::unique_ptr<SSL, decltype(&SSL_free)> ssl;
    std::string read;
    std::string error;
};

static int choose(
    SSL*,
    unsigned char const** out,
    unsigned char* out_size,
    unsigned char const* offered,
    unsigned offered_size,
    void* data
)
{
    for (auto const& name : *static_cast<std::vector<std::string>*>(data)) {
        for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
            if (std::string_view{name} !=
                std::string{offered + at + 1, offered + at + 1 + offered[at]})
                continue;
            *out = offered + at + 1;
            *out_size = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

memory_tls_server::memory_tls_server(options const& what) : state_{std::make_unique<state>()}
{
    auto* const raw = state_->settings.get();
    auto const memory = memory_of(what.identity.key);
    auto const key =
        require(PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    SSL_CTX_use_certificate(raw, certificate_of(what.identity.certificate).get());
    SSL_CTX_use_PrivateKey(raw, key.get());
    SSL_CTX_ctrl(raw, SSL_CTRL_SET_MAX_PROTO_VERSION, what.version_max, nullptr);
    std::array<unsigned char, 1> const id{'w'};
    SSL_CTX_set_session_id_context(raw, id.data(), id.size());
    if (!what.client_authority.empty()) {
        auto const authority = certificate_of(what.client_authority);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(raw), authority.get());
        SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    state_->alpn = what.alpn;
    if (!what.alpn.empty()) SSL_CTX_set_alpn_select_cb(raw, choose, &state_->alpn);
}

memory_tls_server::~memory_tls_server() = default;

memory_tls_server::connection memory_tls_server::accept()
{
    return connection{std::make_unique<connection::state>(state_->settings.get())};
}

void memory_tls_server::connection::state::go_on()
{
    if (!error.empty()) return;
    ERR_clear_error();
    auto code = SSL_do_handshake(ssl.get());
    std::array<char, 4096> some{};
    while (code == 1) {
        std::size_t n = 0;
        code = SSL_read_ex(ssl.get(), some.data(), some.size(), &n);
        read.append(some.data(), n);
    }
    auto const why = SSL_get_error(ssl.get(), code);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_ZERO_RETURN) return;
    auto const* const reason = ERR_reason_error_string(ERR_peek_error());
    error = reason != nullptr ? reason : "unknown";
}

memory_tls_server::connection::connection(std::unique_ptr<state> made) : state_{std::move(made)}
{
}

memory_tls_server::connection::connection(connection&&) noexcept = default;
memory_tls_server::connection::~connection() = default;

void memory_tls_server::connection::received(std::string_view ciphertext)
{
    auto* const in = SSL_get_rbio(state_->ssl.get());
    BIO_write(in, ciphertext.data(), static_cast<int>(ciphertext.size()));
    state_->go_on();
}

std::string memory_tls_server::connection::take_pending()
{
    auto* const out = SSL_get_wbio(state_->ssl.get());
    std::string bytes(BIO_ctrl_pending(out), '\0');
    BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

std::string memory_tls_server::connection::take_read()
{
    return std::exchange(state_->read, {});
}

void memory_tls_server::connection::write(std::string_view plaintext)
{
    std::size_t n = 0;
    if (SSL_write_ex(state_->ssl.get(), plaintext.data(), plaintext.size(), &n) != 1) {
        throw std::runtime_error{"OpenSSL cannot write"};
    }
}

void memory_tls_server::connection::finish()
{
    SSL_shutdown(state_->ssl.get());
}

bool memory_tls_server::connection::is_done() const
{
    return SSL_is_init_finished(state_->ssl.get()) == 1;
}

bool memory_tls_server::connection::resumed() const
{
    return SSL_session_reused(state_->ssl.get()) == 1;
}

bool memory_tls_server::connection::ended() const
{
    return (SSL_get_shutdown(state_->ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

std::string memory_tls_server::connection::asked_for() const
{
    auto const* const name = SSL_get_servername(state_->ssl.get(), TLSEXT_NAMETYPE_host_name);
    return name != nullptr ? name : "";
}

std::string const& memory_tls_server::connection::error() const
{
    return state_->error;
}

} // namespace watertight::test
