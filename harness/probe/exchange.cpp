#include "harness/probe/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probe {

using evidence::token_kind;

template <class Predicate>
static evidence::sighting const*
best_of(std::vector<evidence::sighting> const& seen, Predicate const& wanted)
{
    evidence::sighting const* best = nullptr;
    for (auto const& s : seen) {
        if (!wanted(s.who.tenant)) continue;
        if (s.kind != token_kind::identifier) return &s;
        if (best == nullptr) best = &s;
    }
    return best;
}

evidence::sighting const* exchange::token_of(tenant_index owner) const
{
    return best_of(seen, [&](tenant_index who) { return who == owner; });
}

evidence::sighting const* exchange::foreign_token() const
{
    return best_of(seen, [&](tenant_index who) { return who != tenant; });
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

std::string exchange::shown(marks const& m) const
{
    if (!m.text.empty() && shows(m.text)) return m.text;
    auto const digits = std::to_string(m.number);
    return m.number != 0 && shows(digits) ? digits : std::string{};
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
