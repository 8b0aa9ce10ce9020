#pragma once

// Shorthand for probes' tests: judges work on values, so that a test is a table of exchanges.

#include "harness/probe/exchange.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::probes::testing {

inline constexpr tenant_index alice{0};
inline constexpr tenant_index bob{1};

/// A canary of `owner`, as the observer would report it at the end of a body.
inline evidence::sighting canary_of(tenant_index owner)
{
    evidence::sighting s;
    s.kind = evidence::token_kind::canary;
    s.who.tenant = owner;
    s.token = owner == alice ? "zq7kalice" : "zq7kbob";
    s.offset = 100;
    return s;
}

/// An answer to `asker` that shows canaries of `owners`.
inline probe::exchange answer(
    tenant_index asker,
    int status,
    std::vector<tenant_index> const& owners = {},
    std::string body = {}
)
{
    probe::exchange e;
    e.channel = "GET /things/{id}";
    e.tenant = asker;
    e.sender = asker == alice ? "alice user 0 (user)" : "bob user 0 (user)";
    e.method = "GET";
    e.wire = "GET /things/7 HTTP/1.1\r\nHost: x\r\n\r\n";
    e.answered = true;
    e.status = status;
    e.head = "HTTP/1.1 " + std::to_string(status) + " X\r\n\r\n";
    e.body = std::move(body);
    for (auto const owner : owners) {
        e.seen.push_back(canary_of(owner));
        if (e.body.empty()) e.body = e.seen.back().token;
    }
    return e;
}

/// A request that was never answered.
inline probe::exchange unanswered(tenant_index asker)
{
    auto e = answer(asker, 0);
    e.answered = false;
    e.failure = "the connection was reset";
    return e;
}

} // namespace watertight::probes::testing
