#pragma once

#include "scenarios/lab/core/process.hpp"
#include "scenarios/lab/core/servers.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace watertight::lab {

/// An nginx of our own, for a dialect that stands behind a gateway. It is started by `open`, since
/// its configuration names the port that the lab listens on.
class private_nginx final : public private_server {
public:
    explicit private_nginx(std::string const& folder);

    /// Nothing to wait for before `open`.
    asio::awaitable<void> ready() override;

    /// Starts it on a port of 127.0.0.1. `http` is what its http block holds besides logs and
    /// temporary folders; `{port}` in it stands for the port, of which one server in it is the
    /// default, `{folder}` for a folder that it may write to. Returns when it answers.
    /// @throws run_error with the end of its log.
    asio::awaitable<void> open(std::string http);
    /// Takes another http block while it serves: requests under way are answered by the former.
    /// Returns when new connections are served by the new one.
    asio::awaitable<void> change(std::string http);

    /// http://127.0.0.1:port
    std::string url() const;

private:
    void write_configuration(std::string http);
    asio::awaitable<void> wait_for_generation();

    std::string folder_;
    std::string secret_name_;
    std::uint16_t port_ = 0;
    std::uint64_t generation_ = 0;
    std::unique_ptr<child_process> process_;
};

} // namespace watertight::lab
