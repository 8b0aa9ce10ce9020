#include "harness/probe/own_fields.hpp"

namespace watertight::probe {

std::optional<std::string>
with_member(std::string_view body, std::string_view name, std::string_view value, bool as_text)
{
    auto whole = nlohmann::json::parse(body, nullptr, false);
    if (whole.is_discarded() || !whole.is_object()) return std::nullopt;
    auto const number = nlohmann::json::parse(value, nullptr, false);
    // A numeric id is sent as a number, as the service itself would.
    auto& fields = whole[own_fields(whole)];
    if (number.is_number_integer() && !as_text)
        fields[std::string{name}] = number;
    else
        fields[std::string{name}] = value;
    return whole.dump();
}

} // namespace watertight::probe
