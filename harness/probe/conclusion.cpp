#include "harness/probe/conclusion.hpp"

#include <algorithm>

namespace watertight::probe {

// Enough to explain; a thousand tenants need not say the same thing in a thousand ways.
static constexpr std::size_t reasons_max = 20;

violation shown_by(
    evidence::sighting const& token,
    std::string channel,
    std::string detail,
    std::vector<exchange> exchanges
)
{
    violation v;
    v.victim = token.who.tenant;
    v.intruder = exchanges.back().tenant;
    v.channel = std::move(channel);
    v.detail = std::move(detail);
    v.token = token.token;
    v.position = position(exchanges.back(), token);
    v.exchanges = std::move(exchanges);
    return v;
}

void conclusion::add_undecided(std::string reason)
{
    if (undecided.size() >= reasons_max || std::ranges::count(undecided, reason) != 0) return;
    undecided.push_back(std::move(reason));
}

} // namespace watertight::probe
