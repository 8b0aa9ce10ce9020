#include "harness/net/tls_session.hpp"

#include "harness/base/assert.hpp"
#include "harness/net/byte_queue.hpp"
#include "harness/net/tls_settings.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

namespace watertight::net {

namespace {

// What OpenSSL takes for the connection.
struct queues {
    byte_queue in;
    byte_queue out;
};

} // namespace

struct tls_session::state {
    state(std::shared_ptr<tls_settings> settings_, std::string server_, bool verify_)
        : settings{std::move(settings_)}, server{std::move(server_)}, verify{verify_}
    {
    }
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    ~state();

    result<void> begin(std::string const& name);
    static int keep_session(SSL* ssl, SSL_SESSION* session);
    failure fail(errc code, std::string message);
    failure handshake_fault();
    failure stream_fault();

    std::shared_ptr<tls_settings> settings;
    // Under which its sessions are kept.
    std::string server;
    bool verify;
    bool done = false;
    bool ended = false;
    std::optional<failure> fault;
    queues wire;
    std::unique_ptr<SSL, ssl_delete> ssl;
};

static int bio_read(BIO* bio, char* into, int size)
{
    auto& in = static_cast<queues*>(BIO_get_data(bio))->in;
    auto const n = std::min(in.rest().size(), static_cast<std::size_t>(size));
    BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY);
    if (n == 0) {
        BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
        return -1;
    }
    std::memcpy(into, in.rest().data(), n);
    in.take(n);
    return static_cast<int>(n);
}

static int bio_write(BIO* bio, char const* from, int size)
{
    auto& out = static_cast<queues*>(BIO_get_data(bio))->out;
    out.append({from, static_cast<std::size_t>(size)});
    return size;
}

static long bio_control(BIO*, int command, long, void*)
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

// OpenSSL's own memory BIO clears its whole buffer each time that it runs empty.
static BIO* new_bio(queues& wire)
{
    static BIO_METHOD const* const method = [] {
        auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "queues");
        BIO_meth_set_read(made, bio_read);
        BIO_meth_set_write(made, bio_write);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    auto* const bio = BIO_new(method);
    WT_ASSERT(bio != nullptr);
    BIO_set_data(bio, &wire);
    BIO_set_init(bio, 1);
    return bio;
}

static bool is_ip_literal(std::string const& host)
{
    std::array<unsigned char, sizeof(in6_addr)> ignored{};
    return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}

// What the macro SSL_set_tlsext_host_name does, without its cast.
static bool indicate(SSL* handle, std::string name)
{
    auto const what = TLSEXT_NAMETYPE_host_name;
    return SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, what, name.data()) == 1;
}

static bool insist_on(SSL* handle, std::string const& name)
{
    if (is_ip_literal(name)) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), name.c_str()) == 1;
    }
    SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(handle, name.c_str()) == 1;
}

// TLS 1.3 servers send their sessions (tickets) after the handshake.
int tls_session::state::keep_session(SSL* ssl, SSL_SESSION* session)
{
    auto& of = *static_cast<state*>(SSL_get_ex_data(ssl, 0));
    of.settings->keep(of.server, session);
    return 1;
}

result<void> tls_session::state::begin(std::string const& name)
{
    ssl.reset(SSL_new(settings->handle()));
    if (!ssl) return failure{errc::exhausted, "OpenSSL: " + take_openssl_reason(), {}};
    auto* const bio = new_bio(wire);
    SSL_set_bio(ssl.get(), bio, bio);
    SSL_set_ex_data(ssl.get(), 0, this);
    SSL_CTX_sess_set_new_cb(settings->handle(), keep_session);
    SSL_set_connect_state(ssl.get());
    // A server name indication holds a DNS name, never an address (RFC 6066).
    auto const named = is_ip_literal(name) || indicate(ssl.get(), name);
    if (name.empty() || !named || (verify && !insist_on(ssl.get(), name))) {
        auto why = fmt::format("\"{}\" cannot be a server name", name);
        return failure{errc::unreachable, std::move(why), {}};
    }
    auto* const known = settings->kept(server);
    if (known != nullptr && SSL_SESSION_is_resumable(known) == 1) {
        SSL_set_session(ssl.get(), known);
    }
    return boost::system::in_place_value;
}

tls_session::state::~state()
{
    // Else OpenSSL takes a connection without an orderly end as a reason not to resume its session.
    if (ssl && !fault) SSL_set_shutdown(ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

failure tls_session::state::fail(errc code, std::string message)
{
    ERR_clear_error();
    return fault.emplace(failure{code, std::move(message), {}});
}

// The alert that the server sent, or nothing: "unknown ca" of the reason "tlsv1 alert unknown ca".
static std::optional<std::string> alert_of(unsigned long error)
{
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return std::nullopt;
    if (ERR_GET_REASON(error) < SSL_AD_REASON_OFFSET) return std::nullopt;
    auto const* const reason = ERR_reason_error_string(error);
    if (reason == nullptr) {
        return fmt::format("number {}", ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET);
    }
    std::string_view text = reason;
    for (std::string_view const start : {"sslv3 ", "tlsv1 ", "tlsv13 ", "alert "}) {
        if (text.starts_with(start)) text.remove_prefix(start.size());
    }
    return std::string{text};
}

failure tls_session::state::handshake_fault()
{
    // The session may be what the server stumbles over.
    settings->forget(server);
    auto const verdict = SSL_get_verify_result(ssl.get());
    if (verify && verdict != X509_V_OK) {
        auto const* const why = X509_verify_cert_error_string(verdict);
        return fail(errc::unreachable, fmt::format("its certificate was refused: {}", why));
    }
    if (auto const alert = alert_of(ERR_peek_error())) {
        auto why = fmt::format("the server ended the TLS handshake with the alert \"{}\"", *alert);
        return fail(errc::unreachable, std::move(why));
    }
    return fail(errc::unreachable, "the TLS handshake failed: " + take_openssl_reason());
}

static bool is_about_our_certificate(int alert)
{
    static constexpr std::array alerts{
        SSL_AD_BAD_CERTIFICATE,
        SSL_AD_UNSUPPORTED_CERTIFICATE,
        SSL_AD_CERTIFICATE_REVOKED,
        SSL_AD_CERTIFICATE_EXPIRED,
        SSL_AD_CERTIFICATE_UNKNOWN,
        SSL_AD_UNKNOWN_CA,
        SSL_AD_ACCESS_DENIED,
        SSL_AD_CERTIFICATE_REQUIRED,
    };
    return std::ranges::find(alerts, alert) != alerts.end();
}

failure tls_session::state::stream_fault()
{
    auto const error = ERR_peek_error();
    auto const alert = alert_of(error);
    if (!alert) {
        return fail(errc::malformed, "what the server sent is not TLS: " + take_openssl_reason());
    }
    // Of TLS 1.3's handshake only the server sees the end: what it says then is said here.
    if (is_about_our_certificate(ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET)) {
        settings->forget(server);
        auto why = fmt::format("the server refused the client's certificate: \"{}\"", *alert);
        return fail(errc::unreachable, std::move(why));
    }
    auto why = fmt::format("the server ended the TLS connection with the alert \"{}\"", *alert);
    return fail(errc::connection_lost, std::move(why));
}

tls_session::tls_session(std::unique_ptr<state> made) noexcept : state_{std::move(made)}
{
}

tls_session::tls_session(tls_session&&) noexcept = default;
tls_session& tls_session::operator=(tls_session&&) noexcept = default;
tls_session::~tls_session() = default;

result<tls_session>
tls_session::client(tls_options const& options, std::string_view host, std::uint16_t port)
{
    auto settings = tls_settings::shared(options);
    if (settings.has_error()) return settings.error();
    // The dot at the end of an absolute name is in no certificate.
    std::string name{options.server_name.empty() ? host : options.server_name};
    if (name.ends_with('.')) name.pop_back();
    auto made = std::make_unique<state>(
        std::move(*settings), fmt::format("{}:{}", host, port), options.verify
    );
    ERR_clear_error();
    auto begun = made->begin(name);
    if (begun.has_error()) return begun.error();
    return tls_session{std::move(made)};
}

result<bool> tls_session::handshake()
{
    auto& s = *state_;
    if (s.fault) return *s.fault;
    if (s.done) return true;
    ERR_clear_error();
    auto const code = SSL_do_handshake(s.ssl.get());
    if (code == 1) return s.done = true;
    if (SSL_get_error(s.ssl.get(), code) == SSL_ERROR_WANT_READ) return false;
    return s.handshake_fault();
}

void tls_session::received(std::span<char const> ciphertext)
{
    state_->wire.in.append({ciphertext.data(), ciphertext.size()});
}

result<void> tls_session::closed()
{
    auto& s = *state_;
    if (s.fault) return *s.fault;
    if (s.ended) return boost::system::in_place_value;
    if (!s.done) {
        s.settings->forget(s.server);
        return s.fail(
            errc::unreachable, "the server closed the connection during the TLS handshake"
        );
    }
    return s.fail(
        errc::connection_lost, "the server closed the connection without ending TLS (truncated)"
    );
}

result<std::size_t> tls_session::read(std::span<char> into)
{
    auto& s = *state_;
    if (s.fault) return *s.fault;
    WT_ASSERT(s.done);
    if (s.ended || into.empty()) return 0U;
    ERR_clear_error();
    std::size_t n = 0;
    auto const code = SSL_read_ex(s.ssl.get(), into.data(), into.size(), &n);
    if (code == 1) return n;
    auto const error = SSL_get_error(s.ssl.get(), code);
    if (error == SSL_ERROR_WANT_READ) return 0U;
    if (error != SSL_ERROR_ZERO_RETURN) return s.stream_fault();
    s.ended = true;
    return 0U;
}

bool tls_session::ended() const noexcept
{
    return state_->ended;
}

result<void> tls_session::write(std::string_view plaintext)
{
    auto& s = *state_;
    if (s.fault) return *s.fault;
    WT_ASSERT(s.done);
    if (plaintext.empty()) return boost::system::in_place_value;
    ERR_clear_error();
    std::size_t n = 0;
    auto const code = SSL_write_ex(s.ssl.get(), plaintext.data(), plaintext.size(), &n);
    if (code != 1) return s.stream_fault();
    return boost::system::in_place_value;
}

void tls_session::finish()
{
    auto& s = *state_;
    if (s.fault || !s.done) return;
    ERR_clear_error();
    SSL_shutdown(s.ssl.get());
    ERR_clear_error();
}

std::string_view tls_session::pending() const noexcept
{
    return state_->wire.out.rest();
}

void tls_session::sent(std::size_t count)
{
    state_->wire.out.take(count);
}

std::string tls_session::alpn() const
{
    unsigned char const* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(state_->ssl.get(), &name, &size);
    return {name, name + size};
}

bool tls_session::resumed() const noexcept
{
    return SSL_session_reused(state_->ssl.get()) == 1;
}

} // namespace watertight::net
