#pragma once

#include "harness/base/error.hpp"
#include "harness/lint/redis_acl.hpp"
#include "harness/lint/report.hpp"
#include "harness/net/asio.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace watertight::lint {

/// What was read from a Redis, for its lints to judge. Whoever writes a lint that needs more reads
/// it in redis.cpp and gives it a member here.
struct redis_facts {
    /// Keys whose names are alike: "tenant:*:user:*".
    struct family {
        std::string name{};
        std::string example{};
        std::uint64_t keys = 0;
        /// Those whose lifetime was asked for, and those of them that never expire.
        std::uint64_t asked = 0;
        std::uint64_t without_expiry = 0;
        /// Those that name no tenant, as far as it is known how a key does.
        std::uint64_t without_tenant = 0;
    };

    /// The lines of INFO.
    std::string info{};
    /// The accounts; empty with `acl_refused` where the user may not ask.
    std::vector<acl_user> users{};
    std::string acl_refused{};
    /// The account that looks: its own reach is no suspicion.
    std::string own_name{};
    /// Settings by name; empty with `config_refused` where the user may not ask.
    std::map<std::string, std::string> settings{};
    std::string config_refused{};
    std::vector<family> families{};
    /// How it was told whether a key names a tenant; empty: it was not, and nothing is said of it.
    std::string how_named{};
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
