#pragma once

#include "harness/base/clock.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace watertight::traffic {

enum class arrival_kind { constant, poisson };

/// Requests start by schedule, whether or not earlier ones have been answered.
struct open_loop {
    double rate_per_s = 100;
    /// Reached linearly at the phase's end; equal to rate_per_s for a steady phase.
    double rate_per_s_end = 100;
    arrival_kind arrivals = arrival_kind::poisson;
};

/// N users, each waiting for an answer, then thinking. In per_user and per_tenant mode a user is
/// the same tenant's same user for the whole phase; in mixed mode the tenant is drawn for each
/// request.
struct closed_loop {
    std::size_t users = 10;
    std::chrono::nanoseconds think{};
};

enum class mix_kind { uniform, zipf, weighted };

/// Which tenant sends the next request.
struct tenant_mix {
    mix_kind type = mix_kind::uniform;
    double zipf_exponent = 1.0;
    /// For weighted: (plan name or slug, weight); unnamed tenants weigh 1.
    std::vector<std::pair<std::string, double>> weights{};
    /// How many of the tenants that can send take part: the first ones, so that a smaller part lies
    /// within every larger one. The share is rounded up; `take` wins where it is not 0. At least
    /// one takes part, at most all do.
    double share = 1;
    std::size_t take = 0;
};

enum class connection_mode {
    /// A keep-alive connection belongs to one user.
    per_user,
    /// A keep-alive connection belongs to one tenant.
    per_tenant,
    /// Tenants alternate on each connection, as behind a gateway.
    mixed,
};

struct phase {
    std::string name;
    std::chrono::nanoseconds duration = std::chrono::seconds{10};
    std::variant<open_loop, closed_loop> loop;
    tenant_mix tenants;
    connection_mode connections = connection_mode::mixed;
    /// Over all cores. A closed loop's users have one connection each in per_user mode, whatever
    /// this says. Where there are more tenants (or users) than connections, the connection that has
    /// been idle for longest is closed and made anew for the next one.
    std::size_t connections_max = 64;
    /// Under HTTP/2, how many of them are streams of one connection, and to a store, how many are
    /// pipelined on one; in mixed mode only.
    std::size_t streams = 16;
    /// (operation name such as "users.read" or "postgres.user_by_id", weight); empty: every read
    /// and list of the scenario, and creates and updates at a tenth of their weight.
    std::vector<std::pair<std::string, double>> operations;
    /// Share of requests whose connection is dropped while the answer is on its way; of those that
    /// share one, only the answer is.
    double abandon_share = 0;
    /// Not counted in latency and availability metrics; in the phase's own ones it is.
    bool warm_up = false;
    /// Whether the phases after it are driven is asked at its end: see options::goes_on.
    bool decides = false;
};

} // namespace watertight::traffic
