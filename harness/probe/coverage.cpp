#include "harness/probe/coverage.hpp"

namespace watertight::probe {

static std::pair<std::string, std::string> key(std::string_view kind, std::string_view name)
{
    return {std::string{kind}, std::string{name}};
}

void coverage::expect(std::string_view kind, std::string_view name)
{
    items_.try_emplace(key(kind, name));
}

void coverage::examined(std::string_view kind, std::string_view name, std::string_view probe)
{
    auto& entry = items_[key(kind, name)];
    // Reasons for not examining it are void once something did.
    if (!entry.examined) entry.by.clear();
    entry.examined = true;
    entry.by.emplace(probe);
}

void coverage::skipped(std::string_view kind, std::string_view name, std::string_view why)
{
    auto& entry = items_[key(kind, name)];
    if (!entry.examined) entry.by.emplace(why);
}

} // namespace watertight::probe
