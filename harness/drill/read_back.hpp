#pragma once

#include "harness/drill/live_traffic.hpp"

namespace watertight::drill {

/// An acknowledged write that is not there any more.
struct lost_write {
    written_object const* object = nullptr;
    /// "absent", "holds an older value", "holds a value that nobody wrote", "is still there".
    std::string how;
    /// The read that showed it, as it was sent and answered.
    std::string request;
    std::string response;
    /// No answer came, or one of failure: nobody knows whether the write is there.
    bool is_unanswered = false;
};

struct read_back_outcome {
    std::uint64_t objects = 0;
    std::vector<lost_write> lost;
};

/// Reads every object that `traffic` created and compares it with its acknowledged history.
/// A read that fails is repeated twice, or for as long as the operation's `within` says.
asio::awaitable<read_back_outcome>
read_back(live_traffic const& traffic, surroundings& s, net::http_client& client);

/// Reads the newest objects of `traffic` once each, whatever comes of it, so that whatever the
/// system keeps of what was read is filled.
asio::awaitable<void>
read_once_each(live_traffic const& traffic, surroundings& s, net::http_client& client);

/// What a read that was answered with `body` showed of an object with this canary.
///
/// @return the first canary in the body, in lower case, but `expected` if it is among them; nothing
///         if there is none.
std::optional<std::string> canary_in(std::string_view body, std::string_view expected);

} // namespace watertight::drill
