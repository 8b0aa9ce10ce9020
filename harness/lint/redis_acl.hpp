#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace watertight::lint {

/// An account as a line of ACL LIST says it.
struct acl_user {
    std::string name{};
    bool is_on = false;
    bool needs_no_password = false;
    /// "~tenant:7:*" without the '~'; of selectors, too.
    std::vector<std::string> keys{};
    /// "&events:*" without the '&'.
    std::vector<std::string> channels{};
    /// "+@all", "-flushall", in their order.
    std::vector<std::string> commands{};

    bool reaches_all_keys() const;
    bool reaches_all_channels() const;
    /// Whether its rules let it run the command, of these categories: "flushall", {"dangerous"}.
    bool may(std::string_view command, std::vector<std::string_view> const& categories) const;
};

/// "user alice on #hash ~cached:* resetchannels -@all +get".
acl_user parse_acl_user(std::string_view line);

} // namespace watertight::lint
