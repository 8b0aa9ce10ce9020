#include "tests/end_to_end/lab/lab_process.hpp"

#include "harness/base/process.hpp"
#include "harness/base/text.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/net/http_client.hpp"
#include "harness/net/task_group.hpp"
#include "tests/support/run_async.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace watertight::test {

using namespace std::chrono_literals;

std::string lab_reply::header(std::string_view name) const
{
    return std::string{net::find_header(head, name).value_or("")};
}

std::string lab_reply::error_code() const
{
    return body.is_object() && body.contains("error") ? body["error"].value("code", "") : "";
}

std::string to_wire(lab_request const& what, std::string const& host)
{
    auto const body = !what.raw.empty() ? what.raw : what.body.is_null() ? "" : what.body.dump();
    auto out = fmt::format("{} {} HTTP/1.1\r\n", what.method, what.target);
    bool has_host = false;
    for (auto const& [name, value] : what.extra) {
        out += name + ": " + value + "\r\n";
        has_host = has_host || iequals(name, "Host");
    }
    if (!has_host) out += "Host: " + host + "\r\n";
    if (!what.token.empty()) out += "Authorization: Bearer " + what.token + "\r\n";
    if (!what.body.is_null()) out += "Content-Type: application/json\r\n";
    return out + fmt::format("Content-Length: {}\r\n\r\n", body.size()) + body;
}

struct lab_process::connection {
    asio::io_context loop{1};
    net::endpoint where;
    std::unique_ptr<net::http_client> client;

    template <class T>
    T run(asio::awaitable<T> task)
    {
        std::optional<T> out;
        std::exception_ptr error;
        asio::co_spawn(loop, store_in(out, std::move(task)), [&](std::exception_ptr e) {
            error = e;
            loop.stop();
        });
        loop.restart();
        loop.run_for(60s);
        if (error) std::rethrow_exception(error);
        return std::move(out.value());
    }
};

static std::string read_line(int fd)
{
    std::string line;
    char c = 0;
    while (true) {
        auto const n = ::read(fd, &c, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0 || c == '\n') return line;
        line += c;
    }
}

lab_process::lab_process(std::vector<std::string> arguments, std::string prefix)
    : prefix_(std::move(prefix)), connection_(std::make_unique<connection>())
{
    auto program = executable_folder() + "/watertight-lab";
    arguments.insert(arguments.begin(), {program, "--with-parent"});
    std::vector<char*> words;
    for (auto& a : arguments) words.push_back(a.data());
    words.push_back(nullptr);
    int in[2];
    int out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
        throw std::runtime_error{"pipe"};
    pid_ = ::fork();
    if (pid_ == 0) {
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::execv(program.c_str(), words.data());
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    input_ = in[1];
    output_ = out[0];
    auto const line = read_line(output_);
    ready_ = json::parse(line, nullptr, false);
    if (!ready_.is_object()) throw std::runtime_error{"the lab did not start: " + line};
    connection_->where = net::parse_url(environment(prefix_ + "_URL")).value().where;
    connection_->client = std::make_unique<net::http_client>(
        connection_->loop.get_executor(), connection_->where, net::connection_options{}, 1
    );
}

lab_process::~lab_process()
{
    finish();
}

int lab_process::finish()
{
    if (pid_ < 0) return 0;
    connection_->client.reset();
    ::close(input_);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    ::close(output_);
    pid_ = -1;
    EXPECT_TRUE(WIFEXITED(status)) << "ended by signal " << WTERMSIG(status);
    return WEXITSTATUS(status);
}

void lab_process::abandon()
{
    connection_->client.reset();
    ::close(input_);
    ::close(output_);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

std::string lab_process::environment(std::string const& name) const
{
    return ready_.at("environment").at(name).get<std::string>();
}

lab_reply lab_process::send(lab_request const& what)
{
    net::http_request wire{to_wire(what, connection_->where.authority()), what.method == "HEAD"};
    auto const answer = connection_->run(connection_->client->send(std::move(wire), 60s));
    if (!answer) throw std::runtime_error{answer.error().message};
    return {answer->status, answer->head, answer->body, json::parse(answer->body, nullptr, false)};
}

static asio::awaitable<stores::postgres_rows> run_sql(std::string url, std::string statement)
{
    auto const executor = co_await asio::this_coro::executor;
    auto link = co_await stores::postgres::connect(executor, std::move(url), 10s);
    auto rows = co_await link.value().script(std::move(statement));
    co_return std::move(rows.value());
}

stores::postgres_rows lab_process::sql(std::string const& url_name, std::string const& statement)
{
    return connection_->run(run_sql(environment(url_name), statement));
}

std::string lab_process::sql_value(std::string const& statement)
{
    return sql(prefix_ + "_POSTGRES_URL", statement).values.at(0).at(0).value_or("NULL");
}

static asio::awaitable<stores::redis_reply>
run_redis(std::string url, std::vector<std::string> words)
{
    auto const executor = co_await asio::this_coro::executor;
    auto link = co_await stores::redis::connect(executor, std::move(url), 10s);
    auto reply = co_await link.value().command(std::move(words));
    co_return std::move(reply.value());
}

static asio::awaitable<void>
note_status(net::http_client& client, std::string wire, std::vector<int>& out)
{
    net::http_request request{std::move(wire), false};
    auto const answer = co_await client.send(std::move(request), 30s);
    out.push_back(answer ? answer->status : 0);
}

static asio::awaitable<std::vector<int>>
at_once(net::endpoint where, std::string wire, std::size_t n)
{
    auto const core = co_await asio::this_coro::executor;
    net::http_client client{core, where, net::connection_options{}, n};
    std::vector<int> out;
    {
        net::task_group tasks{core, n};
        for (std::size_t i = 0; i < n; ++i) co_await tasks.spawn(note_status(client, wire, out));
        co_await tasks.join();
    }
    co_return out;
}

std::vector<int> lab_process::send_at_once(lab_request const& what, std::size_t n)
{
    auto const& where = connection_->where;
    return connection_->run(at_once(where, to_wire(what, where.authority()), n));
}

stores::redis_reply lab_process::redis(std::vector<std::string> words)
{
    return connection_->run(run_redis(environment(prefix_ + "_REDIS_URL"), std::move(words)));
}

std::vector<std::string> lab_process::redis_keys(std::string const& pattern)
{
    std::vector<std::string> out;
    for (auto const& e : redis({"KEYS", pattern}).elements) out.push_back(e.text);
    return out;
}

lab_reply log_in(lab_process& lab, std::string const& slug, std::string const& email)
{
    return lab.send({
        .method = "POST",
        .target = "/api/v1/auth/login",
        .body = {{"email", email}, {"password", good_password}, {"tenantSlug", slug}},
    });
}

lab_tenant make_tenant(lab_process& lab, std::string const& slug, std::string const& plan)
{
    auto const email = "admin@" + slug + ".example";
    auto const made = lab.send({
        .method = "POST",
        .target = "/api/v1/tenants/create",
        .token = lab.admin_token(),
        .body =
            {{"name", "Tenant " + slug},
             {"slug", slug},
             {"plan", plan},
             {"admin", {{"email", email}, {"password", good_password}}}},
    });
    if (made.status != 201) throw std::runtime_error{"no tenant: " + made.text};
    auto const session = log_in(lab, slug, email);
    if (session.status != 200) throw std::runtime_error{"no session: " + session.text};
    return {made.body["id"], slug, made.body["admin"]["id"], email, session.body["token"]};
}

json make_user(lab_process& lab, lab_tenant const& t, std::string const& name, json more)
{
    more["name"] = name;
    if (!more.contains("email")) more["email"] = name + "@" + t.slug + ".example";
    auto const made =
        lab.send({.method = "POST", .target = "/api/v1/users", .token = t.token, .body = more});
    if (made.status != 201) throw std::runtime_error{"no user: " + made.text};
    return made.body;
}

} // namespace watertight::test
