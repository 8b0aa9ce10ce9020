#pragma once

#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/router.hpp"

#include <string>
#include <utility>

namespace watertight::lab {

/// The answer to a request without a route: 405 with Allow if its path has other methods, or 404.
response no_route(std::string const& allowed);

/// Awaits `work` and turns what it throws into a response: a refusal into the answer that it asks
/// for, a value that the database does not take into a 400, whatever else into a 500 that tells
/// nothing and a line on standard error. Cancellation alone passes through.
asio::awaitable<response> guarded(asio::awaitable<response> work, std::string line);

/// What the services of all dialects have in common: the way from a request to its endpoint, and
/// from whatever happens there to an answer. `Endpoint` is what a dialect keeps for each route.
template <class Endpoint>
class routed_service : public service {
public:
    asio::awaitable<response> answer(request in) final;

protected:
    explicit routed_service(router<Endpoint> routes) : routes_(std::move(routes)) {}

    /// Establishes who asks, refuses what the endpoint does not admit, and runs it. May throw.
    virtual asio::awaitable<response> admit(arrival what, Endpoint to) = 0;

private:
    router<Endpoint> routes_;
};

template <class Endpoint>
asio::awaitable<response> routed_service<Endpoint>::answer(request in)
{
    auto found = routes_.find(in.method, in.path);
    // Where there is no handler of its own for it, HEAD is GET without the body.
    if (found.handler == nullptr && in.method == "HEAD") found = routes_.find("GET", in.path);
    if (found.handler == nullptr) co_return no_route(found.allowed);

    auto line = in.method + " " + in.path;
    arrival what{std::move(in), std::move(found.parameters)};
    auto work = admit(std::move(what), *found.handler);
    co_return co_await guarded(std::move(work), std::move(line));
}

} // namespace watertight::lab
