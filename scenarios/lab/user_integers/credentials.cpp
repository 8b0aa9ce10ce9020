#include "scenarios/lab/user_integers/credentials.hpp"

#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"

#include <algorithm>
#include <span>

namespace watertight::lab::user_integers {

static constexpr std::string_view host_suffix = ".integers.local";

bool tenant_names::all_are(std::string_view subdomain) const
{
    auto const is_it = [&](std::string const& s) { return s == subdomain; };
    return std::ranges::all_of(hosts, is_it) && std::ranges::all_of(headers, is_it);
}

tenant_names read_tenant_names(request const& in)
{
    tenant_names out;
    for (auto const& [name, value] : in.headers) {
        if (iequals(name, "X-Tenant")) out.headers.push_back(to_lower(trim(value)));
        if (!iequals(name, "Host")) continue;
        auto const host = to_lower(std::string_view{value}.substr(0, value.find(':')));
        if (!host.ends_with(host_suffix) || host == "api.integers.local") continue;
        out.hosts.push_back(host.substr(0, host.size() - host_suffix.size()));
    }
    return out;
}

std::string forwarded_tenant(request const& in)
{
    auto host = to_lower(in.header("X-Forwarded-Host").value_or(""));
    host = host.substr(0, host.find(':'));
    if (!host.ends_with(host_suffix)) return {};
    return host.substr(0, host.size() - host_suffix.size());
}

credential read_credential(request const& in)
{
    credential out;
    auto const authorization = in.header("Authorization");
    auto const api_key = in.header("X-Api-Key");
    if (authorization && api_key) throw refusal{400, "VALIDATION", "one credential, please"};
    if (api_key) {
        out.api_key = std::string{trim(*api_key)};
        return out;
    }
    auto const scheme = std::string_view{"ApiKey "};
    if (authorization && iequals(authorization->substr(0, scheme.size()), scheme)) {
        out.api_key = std::string{trim(authorization->substr(scheme.size()))};
        return out;
    }
    out.token = bearer_of(in);
    return out;
}

std::string api_key_digest(process_state const& process, std::string_view api_key)
{
    auto const raw = hmac_sha256(process.key_secret, api_key);
    return hex(std::span{reinterpret_cast<unsigned char const*>(raw.data()), raw.size()});
}

} // namespace watertight::lab::user_integers
