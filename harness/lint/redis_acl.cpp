#include "harness/lint/redis_acl.hpp"

#include "harness/base/text.hpp"

#include <algorithm>

namespace watertight::lint {

static bool is_everything(std::string const& pattern)
{
    return pattern == "*" || pattern == "**";
}

bool acl_user::reaches_all_keys() const
{
    return std::ranges::any_of(keys, is_everything);
}

bool acl_user::reaches_all_channels() const
{
    return std::ranges::any_of(channels, is_everything);
}

bool acl_user::may(std::string_view command, std::vector<std::string_view> const& categories) const
{
    bool out = false;
    for (auto const& rule : commands) {
        auto what = std::string_view{rule}.substr(1);
        auto const adds = rule.front() == '+';
        if (what.starts_with('@')) {
            what.remove_prefix(1);
            if (what == "all" || std::ranges::count(categories, what) != 0) out = adds;
            continue;
        }
        // A subcommand that is added makes no whole command of it.
        auto const whole = what.substr(0, what.find('|'));
        if (whole == command && (whole == what || !adds)) out = adds;
    }
    return out;
}

static void take_word(std::string_view word, acl_user& out)
{
    if (word == "on" || word == "off") {
        out.is_on = word == "on";
    } else if (word == "nopass") {
        out.needs_no_password = true;
    } else if (word == "allkeys") {
        out.keys.emplace_back("*");
    } else if (word == "allchannels") {
        out.channels.emplace_back("*");
    } else if (word == "allcommands" || word == "nocommands") {
        out.commands.emplace_back(word == "allcommands" ? "+@all" : "-@all");
    } else if (word.starts_with('~')) {
        out.keys.emplace_back(word.substr(1));
    } else if (word.starts_with('%')) {
        // %R~pattern, %W~pattern, %RW~pattern.
        auto const at = word.find('~');
        if (at != std::string_view::npos) out.keys.emplace_back(word.substr(at + 1));
    } else if (word.starts_with('&')) {
        out.channels.emplace_back(word.substr(1));
    } else if (word.size() > 1 && (word.front() == '+' || word.front() == '-')) {
        out.commands.push_back(to_lower(word));
    }
}

acl_user parse_acl_user(std::string_view line)
{
    acl_user out;
    std::size_t n = 0;
    for (auto word : split(line, ' ')) {
        while (word.starts_with('(')) word.remove_prefix(1);
        while (word.ends_with(')')) word.remove_suffix(1);
        if (word.empty()) continue;
        if (n == 1) out.name = word;
        if (n++ >= 2) take_word(word, out);
    }
    return out;
}

} // namespace watertight::lint
