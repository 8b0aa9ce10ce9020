#pragma once

#include "harness/net/asio.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

namespace watertight::lab {

/// A server of the lab's own: on loopback, in the lab's folder, ended by the destructor.
///
/// A new kind of server is a class that derives from this, in a file of its own; a dialect then
/// names it in its `needs`, and nothing else has to know it.
class private_server {
public:
    private_server() = default;
    private_server(private_server const&) = delete;
    private_server& operator=(private_server const&) = delete;
    virtual ~private_server() = default;

    /// Starts what the constructor has begun to prepare; the constructors of the others have run
    /// meanwhile. On the main thread, once. @throws run_error with the end of the server's log.
    virtual void start() {}
    /// Waits until the server answers. @throws run_error.
    virtual asio::awaitable<void> ready() = 0;
};

class private_servers;

/// Begins one server in the folder; those that a dialect names before it exist already.
using server_maker =
    std::unique_ptr<private_server> (*)(std::string const& folder, private_servers const& earlier);

/// The servers that a dialect needs, in its order.
class private_servers {
public:
    /// On the main thread, to which the children are tied. @throws run_error.
    private_servers(std::vector<server_maker> const& needs, std::string const& folder)
    {
        for (auto const make : needs) all_.push_back(make(folder, *this));
    }

    /// @throws std::logic_error if the dialect did not name it.
    template <class Server>
    Server& get() const
    {
        for (auto const& one : all_)
            if (auto* const found = dynamic_cast<Server*>(one.get())) return *found;
        throw std::logic_error{"the dialect uses a server that it does not need"};
    }

    void start()
    {
        for (auto const& one : all_) one->start();
    }

    asio::awaitable<void> ready()
    {
        for (auto const& one : all_) co_await one->ready();
    }

private:
    std::vector<std::unique_ptr<private_server>> all_;
};

/// Fits `needs` for a `Server` that is made from the folder, or from the folder and the servers
/// named before it.
template <class Server>
std::unique_ptr<private_server>
make_server(std::string const& folder, private_servers const& earlier)
{
    if constexpr (std::is_constructible_v<Server, std::string const&, private_servers const&>) {
        return std::make_unique<Server>(folder, earlier);
    } else {
        static_cast<void>(earlier);
        return std::make_unique<Server>(folder);
    }
}

} // namespace watertight::lab
