#include "harness/traffic/cast.hpp"

#include <algorithm>

namespace watertight::traffic {

static bool names_role(target::model const& m, std::string const& as)
{
    return !as.empty() && as != "anonymous" && m.find_credential(as) == nullptr;
}

cast::cast(
    target::population const& tenants, target::model const& m, operation_table const& operations
)
{
    for (auto const& entry : operations.entries()) {
        auto const& as = entry.op->as;
        wanted_.push_back(names_role(m, as) ? role_named(as) : nobody);
    }
    for (auto const& t : tenants.tenants) {
        for (auto const& a : t.actors) role_named(a.role);
    }
    for (auto const& t : tenants.tenants) enter(t);
}

cast::role cast::role_named(std::string_view name)
{
    auto const known = std::ranges::find(roles_, name);
    auto const place = static_cast<role>(known - roles_.begin());
    if (known == roles_.end()) roles_.emplace_back(name);
    return place;
}

void cast::enter(target::tenant const& t)
{
    first_roles_.push_back(t.actors.empty() ? nobody : role_named(t.actors.front().role));
    for (auto const& name : roles_) {
        group all{.begin = static_cast<std::uint32_t>(players_.size())};
        for (std::uint32_t a = 0; a < t.actors.size(); ++a) {
            if (t.actors[a].role == name) players_.push_back(a);
        }
        all.size = static_cast<std::uint32_t>(players_.size()) - all.begin;
        groups_.push_back(all);
    }
}

} // namespace watertight::traffic
