#pragma once

#include "scenarios/lab/user_integers/call.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab::user_integers {

/// The ways in which a request names its tenant, apart from its token: a host
/// <subdomain>.integers.local, or the header X-Tenant with the subdomain.
struct tenant_names {
    std::vector<std::string> hosts;
    std::vector<std::string> headers;

    bool none() const noexcept { return hosts.empty() && headers.empty(); }
    /// True if every name that was given is this one.
    bool all_are(std::string_view subdomain) const;
};

tenant_names read_tenant_names(request const& in);

/// The tenant of X-Forwarded-Host; empty if it names none. Nobody but the defect of A36 asks.
std::string forwarded_tenant(request const& in);

/// What a request shows for itself: one of both.
struct credential {
    std::string token;
    std::string api_key;
};

/// "Bearer …", "ApiKey …", or X-Api-Key. @throws refusal 401 if there is none, 400 for two.
credential read_credential(request const& in);

/// What the database keeps of an API key.
std::string api_key_digest(process_state const& process, std::string_view api_key);

} // namespace watertight::lab::user_integers
