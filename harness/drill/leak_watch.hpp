#pragma once

#include "harness/drill/run.hpp"
#include "harness/evidence/finding.hpp"
#include "harness/net/http_connection.hpp"

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace watertight::drill {

/// Searches the answers to a drill's traffic for other tenants' data: while a schema goes from one
/// state to the next, one of the two things that isolate may be missing.
class leak_watch {
public:
    /// The surroundings outlive it; without an observer in them nothing is searched.
    explicit leak_watch(surroundings const& around) : around_{around} {}

    struct asked {
        /// The operation's.
        std::string_view channel;
        tenant_index by;
        std::string_view role;
        /// Request line, headers and body as they were sent.
        std::string_view request;
    };
    void look(asked const& what, net::http_response const& answer);

    /// Answers in which it saw something.
    std::size_t count() const noexcept { return count_; }
    /// One for each operation and ordered pair of tenants, with a count.
    std::vector<evidence::finding> findings() const;

private:
    void note(asked const& what, net::http_response const& answer, evidence::sighting const& seen);

    surroundings const& around_;
    std::size_t count_ = 0;
    std::map<std::tuple<std::string, tenant_index, tenant_index>, evidence::finding> found_;
};

} // namespace watertight::drill
