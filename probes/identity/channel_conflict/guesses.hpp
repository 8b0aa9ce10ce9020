#pragma once

#include "probes/identity/channel_conflict/probe.hpp"

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace watertight::probes::identity::channel_conflict {

using header_list = std::vector<std::pair<std::string, std::string>>;
using header_span = std::span<header_list::value_type>;

/// Headers that frameworks and gateways are known to take a tenant from, and those that would be
/// called after what the target itself calls a tenant.
/// @param words  of the target: "organizer".
/// @return names with `id` as value and names with `slug`; none where the value is empty.
std::vector<header_list>
usual_headers(std::vector<std::string> const& words, std::string_view id, std::string_view slug);

/// Sends the headers beside the intruder's own request and says what came of it.
using guess = std::function<asio::awaitable<trial>(header_span)>;

/// All at once: what a target knows nothing of, it ignores. Where the answer is not the intruder's
/// own one, halves of them, down to the one that is believed (or refused).
asio::awaitable<void> narrow_down(guess const& send, header_span headers, std::vector<trial>& out);

} // namespace watertight::probes::identity::channel_conflict
