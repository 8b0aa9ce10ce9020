#include "harness/net/tls_settings.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <utility>

namespace watertight::net {

using owned_context = std::unique_ptr<SSL_CTX, ssl_delete>;

// More sets of options than any run has; what they share with open connections outlives its place.
static constexpr std::size_t settings_max = 64;
static constexpr std::size_t alpn_name_bytes_max = 255;

std::string take_openssl_reason()
{
    auto const code = ERR_peek_error();
    auto const* const reason = ERR_reason_error_string(code);
    auto text = reason != nullptr ? std::string{reason}
                : code != 0       ? fmt::format("OpenSSL error {:x}", code)
                                  : std::string{"unknown error"};
    ERR_clear_error();
    return text;
}

static failure unusable(std::string_view what, std::string_view file)
{
    return {
        errc::unreachable,
        fmt::format("{} can be read from {}: {}", what, file, take_openssl_reason()),
        {}};
}

// Else OpenSSL asks at the terminal.
static int refuse_passphrase(char*, int, int, void* asked)
{
    *static_cast<bool*>(asked) = true;
    return -1;
}

static result<void> trust(SSL_CTX* settings, tls_options const& options)
{
    if (!options.verify) return boost::system::in_place_value;
    SSL_CTX_set_verify(settings, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_default_verify_paths(settings);
    if (options.ca_file.empty()) return boost::system::in_place_value;
    if (SSL_CTX_load_verify_file(settings, options.ca_file.c_str()) == 1) {
        return boost::system::in_place_value;
    }
    return unusable("no certificate authority", options.ca_file);
}

static result<void> identify(SSL_CTX* settings, tls_options const& options)
{
    auto const& certificate = options.certificate_file;
    auto const& key = options.key_file.empty() ? certificate : options.key_file;
    if (key.empty()) return boost::system::in_place_value;
    if (certificate.empty()) {
        auto why = fmt::format("the client key {} has no certificate beside it", key);
        return failure{errc::unreachable, std::move(why), {}};
    }
    if (SSL_CTX_use_certificate_chain_file(settings, certificate.c_str()) != 1) {
        return unusable("no client certificate", certificate);
    }
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(settings, refuse_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(settings, &asked);
    auto const done = SSL_CTX_use_PrivateKey_file(settings, key.c_str(), SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(settings, nullptr);
    if (asked) {
        ERR_clear_error();
        auto why = fmt::format("the client key {} is locked by a passphrase", key);
        return failure{errc::unreachable, std::move(why), {}};
    }
    if (!done) return unusable("no key of the client certificate", key);
    return boost::system::in_place_value;
}

static result<void> offer(SSL_CTX* settings, std::vector<std::string> const& protocols)
{
    std::vector<unsigned char> list;
    for (auto const& name : protocols) {
        if (name.empty() || name.size() > alpn_name_bytes_max) {
            auto why = fmt::format("\"{}\" cannot be an application protocol's name", name);
            return failure{errc::unreachable, std::move(why), {}};
        }
        list.push_back(static_cast<unsigned char>(name.size()));
        list.insert(list.end(), name.begin(), name.end());
    }
    if (!list.empty()) {
        SSL_CTX_set_alpn_protos(settings, list.data(), static_cast<unsigned>(list.size()));
    }
    return boost::system::in_place_value;
}

static result<std::shared_ptr<tls_settings>> make_settings(tls_options const& options)
{
    owned_context settings{SSL_CTX_new(TLS_client_method())};
    if (!settings) return failure{errc::exhausted, "OpenSSL: " + take_openssl_reason(), {}};
    auto* const raw = settings.get();
    // A server that renegotiates would make a write wait for a read.
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION);
    // An idle connection holds no record buffers, 34 KiB else.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    for (auto done : {trust(raw, options), identify(raw, options), offer(raw, options.alpn)}) {
        if (done.has_error()) return done.error();
    }
    return std::make_shared<tls_settings>(std::move(settings));
}

result<std::shared_ptr<tls_settings>> tls_settings::shared(tls_options const& options)
{
    thread_local std::map<tls_options, std::shared_ptr<tls_settings>> all;

    auto const found = all.find(options);
    if (found != all.end()) return found->second;
    ERR_clear_error();
    auto made = make_settings(options);
    if (made.has_error()) return made;
    if (all.size() == settings_max) all.clear();
    all.emplace(options, *made);
    return made;
}

tls_settings::tls_settings(owned_context handle) : handle_{std::move(handle)}
{
}

void tls_settings::keep(std::string const& server, SSL_SESSION* handle)
{
    auto [at, is_new] = sessions_.try_emplace(server);
    at->second.handle.reset(handle);
    if (!is_new) {
        by_use_.splice(by_use_.begin(), by_use_, at->second.use);
        return;
    }
    at->second.use = by_use_.insert(by_use_.begin(), &at->first);
    if (sessions_.size() > sessions_max) forget(std::string{*by_use_.back()});
}

SSL_SESSION* tls_settings::kept(std::string const& server)
{
    auto const at = sessions_.find(server);
    if (at == sessions_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, at->second.use);
    return at->second.handle.get();
}

void tls_settings::forget(std::string const& server)
{
    auto const at = sessions_.find(server);
    if (at == sessions_.end()) return;
    by_use_.erase(at->second.use);
    sessions_.erase(at);
}

} // namespace watertight::net
