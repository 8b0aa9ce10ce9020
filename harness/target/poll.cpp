#include "harness/target/poll.hpp"

#include <boost/regex.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace watertight::target {

static std::optional<std::string> state_at(std::string const& pointer, std::string_view body)
try {
    auto const whole = nlohmann::json::parse(body, nullptr, false);
    nlohmann::json::json_pointer const where{pointer};
    if (whole.is_discarded() || !whole.contains(where)) return std::nullopt;
    auto const& value = whole.at(where);
    return value.is_string() ? value.get<std::string>() : value.dump();
} catch (nlohmann::json::exception const&) {
    return std::nullopt;
}

static std::optional<std::string> state_by(std::string const& pattern, std::string_view body)
try {
    boost::cmatch found;
    auto const* const end = body.data() + body.size();
    if (!boost::regex_search(body.data(), end, found, boost::regex{pattern})) return std::nullopt;
    return found[found.size() > 1 ? 1 : 0].str();
} catch (std::runtime_error const&) {
    // One that takes too long on this body.
    return std::nullopt;
}

bool poll_rule::is_pending(int status) const noexcept
{
    return std::ranges::any_of(pending, [status](status_range const& r) {
        return status >= r.first && status <= r.last;
    });
}

bool poll_rule::has_ended(int status, std::string_view body) const
{
    if (is_pending(status)) return false;
    if (!tells_state()) return true;
    auto const state = pattern.empty() ? state_at(pointer, body) : state_by(pattern, body);
    return state && std::ranges::count(until, *state) != 0;
}

} // namespace watertight::target
