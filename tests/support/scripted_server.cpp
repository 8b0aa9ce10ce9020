#include "tests/support/scripted_server.hpp"

#include "harness/net/http.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace watertight::test {

using ssl_context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using ssl_stream = std::unique_ptr<SSL, decltype(&SSL_free)>;

static int listen_on_loopback(std::uint16_t& port)
{
    auto const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(fd, generic, size) != 0 || ::listen(fd, 64) != 0 ||
        ::getsockname(fd, generic, &size) != 0)
    {
        throw std::runtime_error{"no loopback port to listen on"};
    }
    port = ntohs(address.sin_port);
    return fd;
}

std::uint16_t free_port()
{
    std::uint16_t port{};
    ::close(listen_on_loopback(port));
    return port;
}

static ssl_context make_context(self_signed const& identity)
{
    ssl_context context{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
    auto const read = [](std::string const& pem) {
        return BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    };
    auto* const certificate_bio = read(identity.certificate);
    auto* const key_bio = read(identity.key);
    auto* const certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    auto* const key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context.get(), certificate);
    SSL_CTX_use_PrivateKey(context.get(), key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    return context;
}

struct scripted_server::state {
    void accept_all();
    void serve(int fd, std::size_t connection);

    script what;
    ssl_context tls{nullptr, &SSL_CTX_free};
    int listener = -1;
    std::uint16_t port = 0;
    std::atomic<std::size_t> accepted{0};
    std::atomic<std::size_t> requests{0};
    std::thread acceptor;
    std::vector<std::thread> servers;
    std::mutex guard;
    std::set<int> sockets;
    bool ending = false;
};

namespace {

class socket_peer final : public peer {
public:
    socket_peer(int fd, SSL* tls, std::atomic<std::size_t>& requests)
        : fd_{fd}, tls_{tls}, requests_{requests}
    {
    }

    std::string read_request() override
    {
        auto head_end = pending_.find("\r\n\r\n");
        while (head_end == std::string::npos) {
            if (!read_more()) return {};
            head_end = pending_.find("\r\n\r\n");
        }
        auto const head = std::string_view{pending_}.substr(0, head_end + 4);
        auto size = head.size();
        if (auto const length = net::find_header(head, "content-length")) {
            size += std::stoul(std::string{*length});
        }
        while (pending_.size() < size) {
            if (!read_more()) return {};
        }
        auto request = pending_.substr(0, size);
        pending_.erase(0, size);
        ++requests_;
        return request;
    }

    void send(std::string_view bytes) override
    {
        while (!bytes.empty()) {
            auto const n = tls_ != nullptr
                               ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    void wait_for_close() override
    {
        while (read_more()) {
        }
    }

    void reset() override
    {
        linger const at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }

private:
    bool read_more()
    {
        std::array<char, 4096> buffer{};
        auto const n = tls_ != nullptr
                           ? SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size()))
                           : ::recv(fd_, buffer.data(), buffer.size(), 0);
        if (n <= 0) return false;
        pending_.append(buffer.data(), static_cast<std::size_t>(n));
        return true;
    }

    int fd_;
    SSL* tls_;
    std::atomic<std::size_t>& requests_;
    std::string pending_;
};

} // namespace

// A peer that went away must not end the test by a signal.
static void block_sigpipe()
{
    sigset_t pipe{};
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

void scripted_server::state::serve(int fd, std::size_t connection)
{
    block_sigpipe();
    ssl_stream stream{nullptr, &SSL_free};
    auto usable = true;
    if (tls) {
        stream.reset(SSL_new(tls.get()));
        SSL_set_fd(stream.get(), fd);
        usable = SSL_accept(stream.get()) == 1;
    }
    socket_peer client{fd, stream.get(), requests};
    if (usable) what(client, connection);
    if (usable && stream) SSL_shutdown(stream.get());
    auto const lock = std::lock_guard{guard};
    sockets.erase(fd);
    ::close(fd);
}

void scripted_server::state::accept_all()
{
    for (;;) {
        auto const fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) return;
        auto const lock = std::lock_guard{guard};
        if (ending) {
            ::close(fd);
            return;
        }
        sockets.insert(fd);
        auto const connection = accepted++;
        servers.emplace_back([this, fd, connection] { serve(fd, connection); });
    }
}

scripted_server::scripted_server(script what, std::optional<self_signed> tls)
    : state_{std::make_unique<state>()}
{
    state_->what = std::move(what);
    if (tls) state_->tls = make_context(*tls);
    state_->listener = listen_on_loopback(state_->port);
    state_->acceptor = std::thread{[s = state_.get()] { s->accept_all(); }};
}

scripted_server::~scripted_server()
{
    {
        auto const lock = std::lock_guard{state_->guard};
        state_->ending = true;
        for (auto const fd : state_->sockets) ::shutdown(fd, SHUT_RDWR);
    }
    ::shutdown(state_->listener, SHUT_RDWR);
    state_->acceptor.join();
    for (auto& server : state_->servers) server.join();
    ::close(state_->listener);
}

std::uint16_t scripted_server::port() const noexcept
{
    return state_->port;
}

std::size_t scripted_server::accepted() const noexcept
{
    return state_->accepted;
}

std::size_t scripted_server::requests() const noexcept
{
    return state_->requests;
}

} // namespace watertight::test
