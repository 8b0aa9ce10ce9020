#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/drill/lore.hpp"
#include "harness/verdict/result.hpp"

#include <vector>

namespace watertight::drill {

/// Compares what was there before a drill with what is there after it, a table a line.
///
/// @param writes_sent  by the drill's own traffic in between. With none, nothing may have been
///                     added; otherwise every old row must be there unchanged, and new ones are
///                     named in the note.
/// @param traffic  what that traffic does to rows by itself, which is no difference.
std::vector<verdict::drill_fingerprint> compare(
    contents const& before, contents const& after, std::uint64_t writes_sent, lore const& traffic
);
std::vector<verdict::drill_fingerprint>
compare(contents const& before, contents const& after, std::uint64_t writes_sent);

} // namespace watertight::drill
