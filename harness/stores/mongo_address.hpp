#pragma once

#include "harness/base/error.hpp"

#include <cstdint>
#include <string>

namespace watertight::stores {

/// A mongodb:// URL that names one server, as libmongoc reads it.
struct mongo_address {
    /// As it was given; holds the password.
    std::string url;
    std::string host;
    std::uint16_t port = 27017;
    std::string user;
    /// The database that the URL names; empty: none.
    std::string database;

    /// "mongodb host:port as user".
    std::string describe() const;
};

/// @return `malformed` for what is no such URL, and for one that would lead to servers that it does
///         not name (mongodb+srv, replicaSet, several hosts). The failure repeats nothing of it.
result<mongo_address> parse_mongo_address(std::string const& url);

} // namespace watertight::stores
