#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/report.hpp"
#include "harness/net/asio.hpp"

#include <string>
#include <vector>

namespace watertight::lint {

/// What was read from a Redis, for its lints to judge. Whoever writes a lint that needs more reads
/// it in redis.cpp and gives it a member here.
struct redis_facts {
    /// The lines of INFO server.
    std::string info{};
    /// The lines of ACL LIST; empty with `acl_refused` where the user may not ask.
    std::vector<std::string> acl{};
    std::string acl_refused{};
};

struct redis_options {
    std::string url{};
    /// How a key names its tenant: "tenant:*:". Empty: it is derived.
    std::vector<std::string> key_patterns{};
    std::vector<std::string> exclude{};
};

/// Reads the facts without writing or blocking the server, then lets each unit judge them.
asio::awaitable<result<report>>
examine_redis(asio::any_io_executor core, redis_options o, std::vector<redis_unit> units);

} // namespace watertight::lint
