#include "scenarios/lab/core/private_nginx.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "scenarios/lab/core/instances.hpp"
#include "scenarios/lab/core/time.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace watertight::lab {

using asio::ip::tcp;

static constexpr auto start_budget = 20s;

// In the foreground, so that it ends with this process; as nobody, where root starts it.
static constexpr char const* frame = R"(daemon off;
{user}worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    server_names_hash_bucket_size 128;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        server_name {secret};
        location = /generation {{ return 200 "generation {generation} serves"; }}
    }}
{http}
}}
)";

// The name under which the server tells its generation is known to nobody else.
private_nginx::private_nginx(std::string const& folder)
    : folder_(folder + "/nginx"), secret_name_(random_password() + ".generation.invalid")
{
    std::filesystem::create_directory(folder_);
    for (auto const* const part : {"body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        std::filesystem::create_directory(folder_ + "/" + part);
        if (::geteuid() == 0) give_to(folder_ + "/" + part, "nobody");
    }
}

asio::awaitable<void> private_nginx::ready()
{
    co_return;
}

void private_nginx::write_configuration(std::string http)
{
    ++generation_;
    http = replace_all(std::move(http), "{port}", std::to_string(port_));
    http = replace_all(std::move(http), "{folder}", folder_);
    auto const text = fmt::format(
        fmt::runtime(frame),
        fmt::arg("user", ::geteuid() == 0 ? "user nobody nogroup;\n" : ""),
        fmt::arg("folder", folder_),
        fmt::arg("port", port_),
        fmt::arg("secret", secret_name_),
        fmt::arg("generation", generation_),
        fmt::arg("http", http)
    );
    write_file(folder_ + "/nginx.conf", text).value();
}

// nginx listens before it can be sure of serving, and goes on serving with the former configuration
// for a moment after it was told of another; hence the question which one it is.
static asio::awaitable<std::string> ask(std::uint16_t port, std::string question)
{
    tcp::socket socket{co_await asio::this_coro::executor};
    boost::system::error_code error;
    tcp::endpoint const where{asio::ip::address_v4::loopback(), port};
    co_await socket.async_connect(where, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return std::string{};
    auto const sent = asio::buffer(question);
    co_await asio::async_write(socket, sent, asio::redirect_error(asio::use_awaitable, error));
    std::string answer;
    if (error) co_return answer;
    auto into = asio::dynamic_buffer(answer);
    co_await asio::async_read(socket, into, asio::redirect_error(asio::use_awaitable, error));
    co_return answer;
}

asio::awaitable<void> private_nginx::wait_for_generation()
{
    auto const end = steady::now() + start_budget;
    auto const question = fmt::format("GET /generation HTTP/1.0\r\nHost: {}\r\n\r\n", secret_name_);
    auto const expected = fmt::format("generation {} serves", generation_);
    while (true) {
        auto const answer = co_await ask(port_, question);
        if (answer.find(expected) != std::string::npos) co_return;
        if (!process_->is_running() || steady::now() > end) {
            auto const log = read_file(folder_ + "/error.log");
            auto const started = read_file(folder_ + "/start.log");
            throw run_error{
                "nginx does not serve: " + (log ? *log : std::string{}) +
                (started ? *started : std::string{})};
        }
        co_await pause(5ms);
    }
}

asio::awaitable<void> private_nginx::open(std::string http)
{
    port_ = free_port();
    write_configuration(std::move(http));
    program server{
        .path = find_program("nginx", "nginx-light"),
        .arguments = {"-p", folder_, "-c", folder_ + "/nginx.conf", "-e", folder_ + "/error.log"},
        .account = {},
        .log = folder_ + "/start.log",
    };
    process_ = std::make_unique<child_process>(server);
    co_await wait_for_generation();
}

asio::awaitable<void> private_nginx::change(std::string http)
{
    write_configuration(std::move(http));
    process_->signal(SIGHUP);
    co_await wait_for_generation();
}

std::string private_nginx::url() const
{
    return fmt::format("http://127.0.0.1:{}", port_);
}

} // namespace watertight::lab
