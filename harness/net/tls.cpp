#include "harness/net/tls.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <map>
#include <utility>

namespace watertight::net {

namespace ssl = asio::ssl;

static result<std::shared_ptr<ssl::context>> make_context(tls_options const& options)
{
    auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
    boost::system::error_code error;
    context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv3, error);
    context->set_verify_mode(options.verify ? ssl::verify_peer : ssl::verify_none, error);
    context->set_default_verify_paths(error);
    if (!options.ca_file.empty()) {
        context->load_verify_file(options.ca_file, error);
        if (error) {
            return failure{
                errc::unreachable,
                fmt::format(
                    "no certificate authority can be read from {}: {}",
                    options.ca_file,
                    error.message()
                ),
                {}};
        }
    }
    return context;
}

result<std::shared_ptr<ssl::context>> tls_context(tls_options const& options)
{
    using key = std::pair<bool, std::string>;
    thread_local std::map<key, std::weak_ptr<ssl::context>> shared;

    auto& slot = shared[key{options.verify, options.ca_file}];
    if (auto context = slot.lock()) return context;
    auto made = make_context(options);
    if (made.has_value()) slot = *made;
    return made;
}

static bool is_address(std::string const& host)
{
    boost::system::error_code error;
    asio::ip::make_address(host, error);
    return !error;
}

// What the macro SSL_set_tlsext_host_name does, without its cast.
static bool ask_for(SSL* handle, std::string name)
{
    auto const what = TLSEXT_NAMETYPE_host_name;
    return SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, what, name.data()) == 1;
}

result<void> expect_peer(tls_stream& stream, tls_options const& options, std::string const& host)
{
    auto const& name = options.server_name.empty() ? host : options.server_name;
    auto* const handle = stream.native_handle();
    auto const by_address = is_address(name);
    bool done = true;
    // A server name indication holds a DNS name, never an address (RFC 6066).
    if (!by_address) done = ask_for(handle, name);
    if (options.verify && by_address) {
        done = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), name.c_str()) == 1;
    } else if (options.verify) {
        SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        done = done && SSL_set1_host(handle, name.c_str()) == 1;
    }
    if (done) return boost::system::in_place_value;
    return failure{errc::unreachable, fmt::format("\"{}\" cannot be a server name", name), {}};
}

std::string handshake_fault(tls_stream& stream, boost::system::error_code const& error)
{
    auto const verdict = SSL_get_verify_result(stream.native_handle());
    if (verdict != X509_V_OK) {
        return fmt::format(
            "its certificate was refused: {}", X509_verify_cert_error_string(verdict)
        );
    }
    if (error == asio::error::eof || error == ssl::error::stream_truncated) {
        return "the server closed the connection during the TLS handshake";
    }
    return "the TLS handshake failed: " + error.message();
}

} // namespace watertight::net
