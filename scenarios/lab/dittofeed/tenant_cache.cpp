#include "scenarios/lab/dittofeed/tenant_cache.hpp"

#include "harness/base/text.hpp"

#include <fmt/format.h>

namespace watertight::lab::dittofeed {

std::string key_prefix(std::string_view workspace_id)
{
    return fmt::format("tenant:{}:", workspace_id);
}

cached_entry entry_for(
    cache& redis,
    fault_set const& faults,
    std::string_view workspace_id,
    std::string_view prefix,
    std::string_view id
)
{
    auto const whose = faults.on("K01") ? std::string{} : key_prefix(workspace_id);
    cache_keys keys{
        fmt::format("{}{}:{}", whose, prefix, id), fmt::format("{}claim:{}:{}", whose, prefix, id)};
    return {redis, std::move(keys), faults.on("K23") ? never_expires : cache_lifetime_s};
}

std::optional<cached_entry>
kept_view(cache& redis, fault_set const& faults, std::string const& slug, std::string_view view)
{
    static constexpr std::uint32_t lifetime_s = 60;
    if (!faults.on("K02") && !faults.on("K04")) return std::nullopt;
    auto name = faults.on("K04") ? to_lower(slug) : slug;
    if (!view.empty()) name += fmt::format(":{}", view);
    cache_keys keys{"view:" + name, "claim:view:" + name};
    return cached_entry{redis, std::move(keys), lifetime_s};
}

void look_up_book::add(std::string const& workspace_id, bool was_hit)
{
    std::lock_guard const lock{mutex_};
    auto& t = by_workspace_[workspace_id];
    ++(was_hit ? t.hits : t.misses);
}

look_up_book::tally look_up_book::of(std::string const& workspace_id) const
{
    std::lock_guard const lock{mutex_};
    auto const at = by_workspace_.find(workspace_id);
    return at == by_workspace_.end() ? tally{} : at->second;
}

void look_up_book::forget(std::string const& workspace_id)
{
    std::lock_guard const lock{mutex_};
    by_workspace_.erase(workspace_id);
}

} // namespace watertight::lab::dittofeed
