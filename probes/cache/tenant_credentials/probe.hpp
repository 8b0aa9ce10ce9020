#pragma once

#include "harness/probe/reach.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::cache::tenant_credentials {

/// Something that one tenant's credentials were tried for, which is another tenant's or
/// everybody's.
struct trial {
    tenant_index victim{};
    tenant_index intruder{};
    /// "redis tenant:*:user:*", "redis SCRIPT FLUSH", "redis channel events:*".
    std::string channel{};
    /// "GET tenant:bob:user:7".
    std::string attempt{};
    /// Why it proves nothing; empty: the credentials work, and what was reached for is there.
    std::string why_not{};
    /// The server refused it for want of permission.
    bool is_refused = false;
    /// To be allowed to is enough; otherwise what it shows decides.
    bool harms_by_itself = false;
    /// What was shown of the victim's: a token, a name.
    std::string shown{};
    evidence::guarantee kind = evidence::guarantee::confidentiality;
    evidence::severity level = evidence::severity::critical;
    /// What it means, for the finding.
    std::string meaning{};
    std::string reproduction{};
};

/// What the server said to a command within a transaction that is discarded: "QUEUED" is yes,
/// NOPERM is no, anything else is neither.
std::optional<bool> would_run(stores::redis_reply const& reply);

/// What a message of a subscription or a line of MONITOR says, as one text.
std::string text_of(stores::redis_reply const& reply);

/// The store's URL with other credentials: redis://user:password@host.
/// @return empty text where the store is a socket, or a part is missing.
std::string
with_credentials(std::string_view url, std::string_view user, std::string_view password);

/// Patterns by which a subscriber may come to a channel that was learnt by its name: itself, and
/// what stands before its last part.
std::vector<std::string> patterns_for(std::string_view channel);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::tenant_credentials
