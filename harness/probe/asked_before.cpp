#include "harness/probe/asked_before.hpp"

#include <algorithm>

namespace watertight::probe {

static constexpr std::size_t tokens_max = 20'000;
static constexpr std::size_t requests_max = 8;
static constexpr int tries_max = 3;

void asked_before::remember(exchange const& e, evidence::observer const& eye, bool only_asks)
{
    auto const changed_nothing = e.answered && (only_asks || e.refused());
    std::vector<evidence::sighting> said;
    eye.scan(e.wire, said);
    for (auto& s : said) {
        if (s.who.tenant == e.tenant || asked_.size() >= tokens_max) continue;
        auto& requests = asked_[{e.tenant, std::move(s.token)}];
        if (changed_nothing && requests.size() < requests_max) {
            requests.try_emplace(e.channel, e.wire);
        }
    }
}

bool asked_before::has(tenant_index who, std::string_view token) const
{
    return asked_.contains({who, std::string{token}});
}

bool asked_before::has_any(exchange const& e) const
{
    return std::ranges::any_of(e.seen, [&](auto const& s) {
        return s.who.tenant != e.tenant && has(e.tenant, s.token);
    });
}

std::vector<std::string> asked_before::requests(tenant_index who, std::string_view token) const
{
    std::vector<std::string> out;
    auto const found = asked_.find({who, std::string{token}});
    if (found == asked_.end()) return out;
    for (auto const& [channel, wire] : found->second) out.push_back(wire);
    return out;
}

bool asked_before::is_open(std::string const& channel) const
{
    auto const found = known_.find(channel);
    return found == known_.end() || (!found->second.repeats && found->second.tries < tries_max);
}

bool asked_before::repeats(std::string const& channel) const
{
    auto const found = known_.find(channel);
    return found != known_.end() && found->second.repeats;
}

void asked_before::learn(std::string const& channel, bool repeats)
{
    auto& known = known_[channel];
    known.repeats = known.repeats || repeats;
    ++known.tries;
}

std::optional<std::string>
with_word(std::string wire, std::string_view token, std::string_view word)
{
    if (token.empty() || token.size() != word.size() || token == word) return std::nullopt;
    auto at = wire.find(token);
    if (at == wire.npos) return std::nullopt;
    for (; at != wire.npos; at = wire.find(token, at + word.size())) {
        wire.replace(at, token.size(), word);
    }
    return wire;
}

} // namespace watertight::probe
