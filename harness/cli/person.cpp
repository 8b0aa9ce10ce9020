#include "harness/cli/person.hpp"

#include "harness/base/fatal.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unistd.h>

#include <filesystem>

namespace watertight::cli {

static constexpr auto look_every = std::chrono::milliseconds{100};

static asio::awaitable<void> at_once()
{
    co_return;
}

static asio::awaitable<void> until_file(std::string path)
{
    asio::steady_timer tick{co_await asio::this_coro::executor};
    while (!std::filesystem::exists(path)) {
        tick.expires_after(look_every);
        co_await tick.async_wait(asio::use_awaitable);
    }
}

// The end of the input decides nothing: whoever went away has not said anything.
static asio::awaitable<void> until_enter()
{
    asio::posix::stream_descriptor input{co_await asio::this_coro::executor, ::dup(STDIN_FILENO)};
    char c = 0;
    while (c != '\n') {
        co_await input.async_read_some(asio::buffer(&c, 1), asio::use_awaitable);
    }
}

std::function<asio::awaitable<void>()> person_of(run_state const& s)
{
    auto const& o = s.options;
    if (o.yes) return at_once;
    if (!o.decide_by.empty()) {
        return [&s, path = o.decide_by] {
            s.display.note("rolling back when " + path + " appears");
            return until_file(path);
        };
    }
    return [&s] {
        s.display.note("press Enter to roll back");
        return until_enter();
    };
}

void check_person(run_options const& o, drill::plan const& p)
{
    if (!p.when.manual || p.empty() || !o.what.drill || o.rehearse || o.abort || o.yes) return;
    if (!o.decide_by.empty()) {
        if (!std::filesystem::exists(o.decide_by)) return;
        throw usage_error{
            o.decide_by + " is there already: remove it, so that its appearance can decide"};
    }
    if (::isatty(STDIN_FILENO) != 0) return;
    throw usage_error{"the drill's trigger is manual and there is no terminal: --yes decides at "
                      "once, --decide-by FILE when the file appears"};
}

} // namespace watertight::cli
