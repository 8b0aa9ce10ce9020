#pragma once

#include "tests/support/scripted_server.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace watertight::test {

/// A small HTTP service that keeps items in a table of PostgreSQL: list, create, read one, change
/// one. It can be told to fail: POST /control/break and POST /control/mend. Its answers tell its
/// version in X-Version: 2 after POST /control/new, 1 after POST /control/old, and one in eight
/// still 2 after POST /control/partial. After POST /control/keep it keeps what was read, and with
/// POST /control/keep-apart the new version does not know of that. After POST /control/slow each
/// answer takes a while longer, after POST /control/show-all the list shows every name, and after
/// POST /control/refuse-ann GET /mine/ann fails. POST /control/well undoes these three.
class item_service {
public:
    explicit item_service(std::string database_url);

    /// As POST /control/<verb> does.
    void control(std::string const& verb);
    std::uint16_t port() const noexcept { return server_.port(); }

private:
    void serve(peer& client);
    std::string answer(std::string const& request, void* link);
    std::string read(std::string const& id, void* link);
    std::string change(std::string const& id, std::string const& name, void* link);
    bool uses_cache() const noexcept { return keeps_ && !(keeps_apart_ && is_new_); }

    std::string url_;
    std::atomic<bool> broken_{false};
    std::atomic<bool> is_new_{false};
    /// Some answers stay those of the new version.
    std::atomic<bool> is_partial_{false};
    std::atomic<unsigned> answers_{0};
    std::atomic<bool> keeps_{false};
    std::atomic<bool> keeps_apart_{false};
    std::atomic<bool> is_slow_{false};
    std::atomic<bool> shows_all_{false};
    std::atomic<bool> refuses_ann_{false};
    std::mutex cache_lock_;
    std::map<std::string, std::string> cache_;
    scripted_server server_;
};

/// Runs statements and returns the first column of the first row; throws what PostgreSQL says.
std::string sql(std::string const& url, std::string const& text);

} // namespace watertight::test
