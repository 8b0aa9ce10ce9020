#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/report.hpp"
#include "harness/net/asio.hpp"

#include <string>
#include <vector>

namespace watertight::lint {

/// What was read from a MongoDB, for its lints to judge. Whoever writes a lint that needs more
/// reads it in mongo.cpp and gives it a member here.
struct mongo_facts {
    struct collection {
        std::string database{};
        std::string name{};
    };
    std::vector<collection> collections{};
};

struct mongo_options {
    std::string url{};
    /// The field that names the tenant; empty: it is derived.
    std::string tenant_field{};
    std::vector<std::string> exclude{};
};

/// Reads the facts, then lets each unit judge them.
asio::awaitable<result<report>>
examine_mongo(asio::any_io_executor core, mongo_options o, std::vector<mongo_unit> units);

} // namespace watertight::lint
