#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/stores/mongo_counters.hpp"
#include "scenarios/lab/core/dialects.hpp"
#include "scenarios/lab/core/process.hpp"
#include "scenarios/lab/core/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>
#include <thread>

namespace watertight::lab {

static dialect_entry const& find_dialect(std::string const& name)
{
    std::vector<std::string> names;
    for (auto const& entry : dialects()) {
        if (entry.name == name) return entry;
        names.emplace_back(entry.name);
    }
    throw usage_error{fmt::format("no dialect '{}'; there is {}", name, join(names, ", "))};
}

static constexpr std::array terminations{SIGINT, SIGTERM, SIGHUP};

static std::vector<fault> all_faults()
{
    std::vector<fault> out;
    for (auto const& entry : dialects())
        out.insert(out.end(), entry.faults.begin(), entry.faults.end());
    return out;
}

static void announce(options const& asked, dialect const& spoken, std::string const& url)
{
    auto names = spoken.environment();
    names.emplace(names.begin(), spoken.url_name(), url);

    nlohmann::ordered_json line{
        {"ready", true}, {"dialect", asked.dialect}, {"faults", asked.faults}};
    for (auto const& [name, value] : names) line["environment"][name] = value;
    std::cout << line.dump() << std::endl;

    if (!asked.environment && ::isatty(STDOUT_FILENO) == 0) return;
    for (auto const& [name, value] : names)
        std::cerr << "export " << name << "=" << shell_quote(value) << "\n";
}

/// This thread is asked to end no more.
static void block_terminations()
{
    sigset_t all;
    ::sigemptyset(&all);
    for (auto const one : terminations) ::sigaddset(&all, one);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// A thread of its own, because standard input may be a file, which no event loop can watch.
static void end_with_parent()
{
    std::thread{[] {
        // The signal is for the event loop.
        block_terminations();
        char bytes[256];
        while (::read(STDIN_FILENO, bytes, sizeof bytes) > 0) {
        }
        ::kill(::getpid(), SIGTERM);
    }}.detach();
}

struct life {
    options const& asked;
    private_servers& servers;
    dialect& spoken;
    std::stop_source stop;
};

static asio::awaitable<void> open_to_clients(life& all, std::uint16_t port)
{
    auto const url = co_await all.spoken.open_gateway(port);
    announce(all.asked, all.spoken, url);
}

static asio::awaitable<void> live(life& all)
{
    co_await all.servers.ready();
    co_await all.spoken.prepare();
    server_options const how{
        .port = all.asked.port, .cores = all.asked.cores, .verbose = all.asked.verbose};
    std::function<asio::awaitable<void>(std::uint16_t)> const ready = [&all](std::uint16_t port) {
        return open_to_clients(all, port);
    };
    co_await serve(all.spoken, how, ready, all.stop.get_token());
}

static void run(options const& asked)
{
    auto const& entry = find_dialect(asked.dialect);
    fault_set const faults{asked.faults, entry.faults};

    temporary_folder const folder{"watertight-lab"};
    caretaker const keeper{folder.path()};
    private_servers servers{entry.needs, folder.path()};
    servers.start();
    surroundings const around{asked, faults, servers, folder.path()};
    auto const spoken = entry.make(around);

    asio::io_context loop{1};
    life all{asked, servers, *spoken, {}};
    asio::signal_set signals{loop};
    for (auto const one : terminations) signals.add(one);
    signals.async_wait([&](boost::system::error_code error, int) {
        if (!error) all.stop.request_stop();
    });
    std::exception_ptr error;
    asio::co_spawn(loop, live(all), [&](std::exception_ptr e) {
        error = std::move(e);
        signals.cancel();
    });
    if (asked.with_parent) end_with_parent();
    loop.run();
    // The servers end from here on; a second signal would break that off.
    block_terminations();
    if (error) std::rethrow_exception(error);
}

static int guarded_main(int argc, char const* const* argv)
{
    auto const code = [](exit_code c) { return static_cast<int>(c); };
    // A reader that goes away is noticed by the write itself.
    std::signal(SIGPIPE, SIG_IGN);
    stores::unname_mongo_counters();
    try {
        auto const asked = parse_options(argc, argv);
        if (!asked) return code(exit_code::passed);
        if (asked->list_faults) {
            std::cout << describe(all_faults(), asked->as_json);
            return code(exit_code::passed);
        }
        run(*asked);
        return code(exit_code::passed);
    } catch (usage_error const& e) {
        std::cerr << "watertight-lab: " << e.what() << "\n";
        return code(exit_code::usage);
    } catch (std::exception const& e) {
        std::cerr << "watertight-lab: " << e.what() << "\n";
        return code(exit_code::not_run);
    }
}

} // namespace watertight::lab

int main(int argc, char** argv)
{
    return watertight::lab::guarded_main(argc, argv);
}
