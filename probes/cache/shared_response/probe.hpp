#pragma once

#include "harness/probe/http_cache.hpp"

namespace watertight::probes::cache::shared_response {

/// One more who asks for what the victim has asked for.
struct question {
    probe::asker who{};
    /// The same URL that the victim has asked for twice.
    probe::exchange warm{};
    /// The same request under a URL that nobody has asked for; sent only if `warm` shows something.
    probe::exchange cold{};
};

/// One URL: the victim asks twice, then others do.
struct trial {
    tenant_index victim{};
    probe::exchange control{};
    probe::exchange repeat{};
    std::vector<question> questions{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::shared_response
