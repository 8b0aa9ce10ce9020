#pragma once

#include "harness/base/error.hpp"
#include "harness/net/tls_options.hpp"

#include <openssl/ssl.h>

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>

namespace watertight::net {

struct ssl_delete {
    void operator()(SSL* p) const noexcept { SSL_free(p); }
    void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
    void operator()(SSL_SESSION* p) const noexcept { SSL_SESSION_free(p); }
};

/// What TLS connections with the same options share on one thread: OpenSSL's settings, for reading
/// the system's authorities takes milliseconds, and the sessions that the next connection to the
/// same server can resume. Belongs to its thread.
class tls_settings {
public:
    /// The newest session of so many servers is kept; the one unused for longest goes first.
    static constexpr std::size_t sessions_max = 1024;

    /// @return this thread's settings for `options`, made at the first call; files that change
    ///         later are not read again. The failure names the file that cannot be used.
    static result<std::shared_ptr<tls_settings>> shared(tls_options const& options);

    explicit tls_settings(std::unique_ptr<SSL_CTX, ssl_delete> handle);

    SSL_CTX* handle() const noexcept { return handle_.get(); }

    /// Takes over the reference to `session`.
    void keep(std::string const& server, SSL_SESSION* session);
    /// @return the session to resume, or null; valid until the next call.
    SSL_SESSION* kept(std::string const& server);
    void forget(std::string const& server);
    std::size_t sessions() const noexcept { return sessions_.size(); }

private:
    struct session {
        std::unique_ptr<SSL_SESSION, ssl_delete> handle;
        // Its place in `by_use_`.
        std::list<std::string const*>::iterator use;
    };

    std::unique_ptr<SSL_CTX, ssl_delete> handle_;
    std::map<std::string, session> sessions_;
    // The keys of `sessions_`, the one used last in front.
    std::list<std::string const*> by_use_;
};

/// What OpenSSL says of the last failure, such as "wrong version number"; clears it.
std::string take_openssl_reason();

} // namespace watertight::net
