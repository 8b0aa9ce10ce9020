#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace watertight::probe {

/// The head of an HTTP answer, its empty line included; empty while it is not complete.
std::string_view head_in(std::string_view received);

/// What a stream of events has brought so far, without what only carries it: the chunks of an
/// HTTP/1.1 body, or the frames of a WebSocket. An incomplete end is left out.
/// @param received  from the first byte of the answer's head on.
std::string event_text(std::string_view received);

/// A WebSocket frame from a client to a server, with `text` masked by `key`.
std::string client_frame(std::string_view text, std::uint32_t key);

} // namespace watertight::probe
