#include "harness/cli/interrupt.hpp"

#include "harness/base/fatal.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>

namespace watertight::cli {

static bool is_cancellation(std::exception_ptr const& failed)
{
    try {
        std::rethrow_exception(failed);
    } catch (boost::system::system_error const& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

bool run_interruptibly(asio::io_context& loop, std::function<asio::awaitable<void>()> work)
{
    asio::signal_set signals{loop, SIGINT, SIGTERM};
    asio::cancellation_signal cancel;
    std::exception_ptr failed;
    bool interrupted = false;

    std::function<void(boost::system::error_code, int)> const on_signal =
        [&](boost::system::error_code error, int) {
            if (error) return;
            if (interrupted) ::_exit(static_cast<int>(exit_code::interrupted));
            interrupted = true;
            fmt::print(
                stderr,
                "\ninterrupted: writing what was measured and cleaning up "
                "(Ctrl-C again ends at once)\n"
            );
            signals.async_wait(on_signal);
            cancel.emit(asio::cancellation_type::terminal);
        };
    signals.async_wait(on_signal);
    auto const on_end = [&](std::exception_ptr e) {
        failed = std::move(e);
        signals.cancel();
        // Deadlines of connections that stay open would keep the loop for seconds to come.
        loop.stop();
    };
    asio::co_spawn(loop, work(), asio::bind_cancellation_slot(cancel.slot(), on_end));
    loop.restart();
    loop.run();
    // What is due refers to what stands above.
    loop.restart();
    loop.poll();
    if (failed && !(interrupted && is_cancellation(failed))) std::rethrow_exception(failed);
    return !interrupted;
}

} // namespace watertight::cli
