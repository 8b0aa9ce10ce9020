#include "scenarios/lab/core/service.hpp"

#include "scenarios/lab/core/database.hpp"

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <iostream>

namespace watertight::lab {

asio::awaitable<std::string> dialect::open_gateway(std::uint16_t port)
{
    co_return fmt::format("http://127.0.0.1:{}", port);
}

response no_route(std::string const& allowed)
{
    if (allowed.empty()) return error_response(404, "NOT_FOUND", "there is no such resource");
    auto out = error_response(405, "METHOD_NOT_ALLOWED", "this resource has other methods");
    out.headers.emplace_back("Allow", allowed);
    return out;
}

asio::awaitable<response> guarded(asio::awaitable<response> work, std::string line)
{
    try {
        co_return co_await std::move(work);
    } catch (refusal const& r) {
        co_return to_response(r);
    } catch (store_error const& e) {
        // Class 22 of SQLSTATE: a value that the database does not take.
        if (e.detail.starts_with("22"))
            co_return error_response(400, "VALIDATION", "a value is not acceptable");
        std::cerr << fmt::format("{}: {} {}\n", line, e.what(), e.detail);
        co_return error_response(500, "INTERNAL", "the request could not be served");
    } catch (boost::system::system_error const&) {
        // The end of the service cancels what is under way.
        throw;
    } catch (std::exception const& e) {
        std::cerr << fmt::format("{}: {}\n", line, e.what());
        co_return error_response(500, "INTERNAL", "the request could not be served");
    }
}

} // namespace watertight::lab
