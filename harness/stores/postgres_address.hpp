#pragma once

#include "harness/base/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::stores {

/// libpq's connection settings by keyword, those that the caller's text sets.
struct postgres_address {
    std::vector<std::pair<std::string, std::string>> settings;

    /// The value of a keyword; empty if it is not set.
    std::string_view get(std::string_view keyword) const;
    /// Sets a keyword that is not set yet.
    void set_default(std::string_view keyword, std::string value);
    /// The one host name that has to be resolved before libpq gets to see it, for libpq would
    /// block on it; empty if there is none (an address, a socket folder, a list).
    std::string host_to_resolve() const;
};

/// @param url  postgres://… or key=value text. The failure repeats nothing of it: a slip may
///             stand anywhere, also in the password.
result<postgres_address> parse_postgres_address(std::string const& url);

/// The caller's settings with the harness's own where the caller has none.
result<postgres_address> complete_postgres_address(std::string const& url);

} // namespace watertight::stores
