#pragma once

#include "tests/support/scripted_server.hpp"

#include <atomic>
#include <string>

namespace watertight::test {

/// A small HTTP service that keeps items in a table of PostgreSQL: list, create, read one. It can
/// be told to fail: POST /control/break and POST /control/mend.
class item_service {
public:
    explicit item_service(std::string database_url);

    std::uint16_t port() const noexcept { return server_.port(); }

private:
    void serve(peer& client);
    std::string answer(std::string const& request, void* connection);

    std::string url_;
    std::atomic<bool> broken_{false};
    scripted_server server_;
};

/// Runs statements and returns the first column of the first row; throws what PostgreSQL says.
std::string sql(std::string const& url, std::string const& text);

} // namespace watertight::test
