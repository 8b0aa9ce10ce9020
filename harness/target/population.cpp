#include "harness/target/population.hpp"

#include <algorithm>

namespace watertight::target {

using pair_of_strings = std::pair<std::string, std::string>;

std::optional<std::string_view> values::find(std::string_view name) const
{
    auto const found = std::ranges::find(all_, name, &pair_of_strings::first);
    if (found == all_.end()) return std::nullopt;
    return found->second;
}

void values::set(std::string_view name, std::string value)
{
    auto const found = std::ranges::find(all_, name, &pair_of_strings::first);
    if (found == all_.end()) {
        all_.emplace_back(std::string{name}, std::move(value));
    } else {
        found->second = std::move(value);
    }
}

void values::erase(std::string_view name)
{
    std::erase_if(all_, [name](auto const& entry) { return entry.first == name; });
}

std::vector<object const*> population::living(tenant_index t, std::string_view resource) const
{
    std::vector<object const*> out;
    if (t.value >= objects.size()) return out;
    for (auto const& o : objects[t.value]) {
        if (!o.removed && o.resource == resource) out.push_back(&o);
    }
    return out;
}

} // namespace watertight::target
