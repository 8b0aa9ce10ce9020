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

void population::settle()
{
    settled_.clear();
    for (auto const& of_tenant : objects) settled_.push_back(of_tenant.size());
}

std::vector<object const*> population::lasting(tenant_index t, std::string_view resource) const
{
    auto out = living(t, resource);
    if (t.value >= settled_.size()) return out;
    auto const comes_and_goes = [&](object const* o) {
        return o->serial.value >= settled_[t.value];
    };
    if (!std::ranges::all_of(out, comes_and_goes)) std::erase_if(out, comes_and_goes);
    return out;
}

} // namespace watertight::target
