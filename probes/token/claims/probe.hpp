#pragma once

#include "harness/probe/reach.hpp"
#include "harness/probe/tokens.hpp"

#include <cstdint>

namespace watertight::probes::token::claims {

/// Whom the request's other channels name beside the token.
enum class named { own, victim, nobody };

/// A token under the target's own key whose claims ought to have it refused.
struct variant {
    /// "exp an hour ago", "tenantId missing".
    std::string name{};
    probe::jwt token{};
    /// Served with its own data, it is a violation; otherwise only another tenant's data is.
    bool must_be_refused = false;
    /// Where the claim is missing, the other channels may be asked.
    named by_channels = named::own;
};

/// What is wrong with a token in as many ways as its claims allow. `tenant` are its claims that
/// name the tenant.
std::vector<variant>
variants(probe::jwt const& own, std::vector<std::string> const& tenant, std::int64_t now_s);

struct trial {
    std::string channel{};
    /// Why it ought to be refused; empty where only another tenant's data is a violation.
    std::string must_be_refused{};
    tenant_index asker{};
    /// The same request with the issuer's token, and with one of the same claims that was signed
    /// here: without the second a refusal proves nothing.
    probe::exchange control{};
    probe::exchange resigned{};
    probe::exchange hostile{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::token::claims
