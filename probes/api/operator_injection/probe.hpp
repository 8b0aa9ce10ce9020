#pragma once

#include "harness/probe/reach.hpp"

namespace watertight::probes::api::operator_injection {

/// A value that is an operator to whoever takes it for part of a query, and harmless in itself: it
/// widens what is found and changes nothing.
struct payload {
    std::string text{};
    /// For people: "a wildcard", "a condition that always holds".
    std::string what{};
    /// JSON that stands for the value instead of the text.
    bool is_json = false;
};

std::vector<payload> const& payloads();

/// Each text in a JSON body that stands for `value` replaced by the payload, in its own type.
std::optional<std::string>
with_payload(std::string_view body, std::string_view value, payload const& what);

/// Each parameter of the target's query once with its value replaced by the payload, once with an
/// operator in brackets behind its name: the whole changed targets, and in words how.
std::vector<std::pair<std::string, std::string>> polluted_targets(std::string_view target);

/// A read in the asker's own name with a payload in it.
struct trial {
    /// "?q= holding a wildcard", for people.
    std::string how{};
    /// The same read without it.
    probe::exchange plain{};
    probe::exchange hostile{};
};

/// A log-in as the victim's user with an operator in the place of a credential, and with a wrong
/// one.
struct log_in_trial {
    std::string how{};
    tenant_index victim{};
    probe::exchange wrong{};
    probe::exchange hostile{};
    /// Whether the answer brought what a log-in brings.
    bool is_let_in = false;
    bool wrong_is_let_in = false;
    probe::exchange proper{};
    bool proper_is_let_in = false;
};

/// A read for which quotes end the value and a condition that always holds follows, and the same
/// with each quote doubled, as a value is written that has some. Whoever binds values finds as much
/// by the one as by the other. With a schema or a database a tenant the one widens what is found to
/// the tenant's own, which shows nothing foreign: what keeps tenants apart is not in that query.
struct splice_trial {
    std::string how{};
    probe::exchange open{};
    probe::exchange doubled{};
};

probe::conclusion judge(
    std::vector<trial> const& reads,
    std::vector<log_in_trial> const& log_ins,
    std::vector<splice_trial> const& splices = {}
);

/// Log-ins as each pair's victim.
asio::awaitable<std::vector<log_in_trial>> try_log_ins(probe::context& ctx);

probe::unit unit();

} // namespace watertight::probes::api::operator_injection
