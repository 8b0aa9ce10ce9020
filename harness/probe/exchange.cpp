#include "harness/probe/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probe {

using evidence::token_kind;

evidence::sighting const* exchange::token_of(tenant_index owner) const
{
    evidence::sighting const* best = nullptr;
    for (auto const& s : seen) {
        if (s.who.tenant != owner) continue;
        if (s.kind != token_kind::identifier) return &s;
        if (best == nullptr) best = &s;
    }
    return best;
}

bool exchange::shows_canary_of(tenant_index owner) const
{
    return std::ranges::any_of(seen, [&](auto const& s) {
        return s.who.tenant == owner && s.kind != token_kind::identifier;
    });
}

bool exchange::shows(std::string_view token) const
{
    return body.find(token) != std::string::npos || head.find(token) != std::string::npos;
}

std::string position(exchange const& e, evidence::sighting const& s)
{
    if (s.offset < e.head.size()) return fmt::format("response headers, byte {}", s.offset);
    return fmt::format("response body, byte {}", s.offset - e.head.size());
}

std::string summary(exchange const& e)
{
    if (!e.answered) return "no answer: " + e.failure;
    auto const line = e.head.substr(0, e.head.find('\r'));
    auto const words = line.size() > 9 ? line.substr(9) : std::to_string(e.status);
    return fmt::format("{}, {} bytes", words, e.body.size());
}

} // namespace watertight::probe
