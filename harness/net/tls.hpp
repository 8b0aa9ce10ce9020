#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http_connection.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>

namespace watertight::net {

using tls_stream = asio::ssl::stream<asio::ip::tcp::socket&>;

/// The TLS settings that connections with the same options share on this thread; reading the
/// system's authorities takes milliseconds. The failure names the file that cannot be read.
result<std::shared_ptr<asio::ssl::context>> tls_context(tls_options const& options);

/// Sets the name to ask for (SNI) and, if the options say so, to insist on.
result<void> expect_peer(tls_stream& stream, tls_options const& options, std::string const& host);

/// Why a handshake failed, for a person: the certificate's fault if there is one.
std::string handshake_fault(tls_stream& stream, boost::system::error_code const& error);

} // namespace watertight::net
