#include "harness/drill/version.hpp"

#include <nlohmann/json.hpp>

namespace watertight::drill {

static std::string told_by(net::http_response const& answer, version_echo const& how)
{
    if (!how.header.empty()) return std::string{answer.header(how.header).value_or("")};
    auto const body = nlohmann::json::parse(answer.body, nullptr, false);
    auto const place = nlohmann::json::json_pointer{how.pointer};
    if (body.is_discarded() || !body.contains(place)) return {};
    auto const& value = body[place];
    return value.is_string() ? value.get<std::string>() : value.dump();
}

version_seen version_of(net::http_response const& answer, version_echo const& how)
{
    auto const told = told_by(answer, how);
    if (told.empty()) return version_seen::untold;
    if (told == how.old_version) return version_seen::old_one;
    return told == how.new_version ? version_seen::new_one : version_seen::untold;
}

} // namespace watertight::drill
