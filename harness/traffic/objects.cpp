#include "harness/traffic/objects.hpp"

#include <algorithm>
#include <unordered_map>

namespace watertight::traffic {

// A long run creates without end; beyond these a view forgets, so that memory is bounded.
static constexpr std::size_t living_max = 1024;
static constexpr std::size_t removed_max = 64;
// Two writes to one object at once leave open which of them came last.
static constexpr int tries_for_a_quiet_one = 4;

object_view::object_view(target::model const& m, target::population const& tenants, options o)
    : options_{o},
      resources_{m.resources.size()},
      cells_(tenants.tenants.size() * m.resources.size()),
      minted_(tenants.tenants.size(), 0)
{
    for (std::uint32_t t = 0; t < tenants.objects.size() && t < minted_.size(); ++t) {
        enter(m, tenants, tenant_index{t});
    }
}

void object_view::enter(target::model const& m, target::population const& tenants, tenant_index t)
{
    std::unordered_map<object_serial, object_ref> known;
    for (auto const& o : tenants.objects[t.value]) {
        auto const found = std::ranges::find(m.resources, o.resource, &target::resource::name);
        if (o.removed || found == m.resources.end()) continue;
        object_ref const entry{new live_object};
        entry->data = &o;
        // What carries no canary was not written by the run, and is not for it to change.
        entry->is_ours = o.serial.value % options_.cores == options_.core && !o.canary.empty();
        if (o.parent && known.contains(*o.parent)) entry->parent = known.at(*o.parent);
        known.emplace(o.serial, entry);
        auto& c = at(t, static_cast<std::size_t>(found - m.resources.begin()));
        (entry->is_ours ? c.ours : c.others).push_back(entry);
    }
}

object_view::cell const& object_view::at(tenant_index t, std::size_t resource) const
{
    return cells_[t.value * resources_ + resource];
}

object_view::cell& object_view::at(tenant_index t, std::size_t resource)
{
    return cells_[t.value * resources_ + resource];
}

object_ref object_view::pick(tenant_index t, std::size_t resource, rng& random) const
{
    auto const& c = at(t, resource);
    auto const all = c.ours.size() + c.others.size();
    if (all == 0) return nullptr;
    auto const i = static_cast<std::size_t>(random.below(all));
    return i < c.ours.size() ? c.ours[i] : c.others[i - c.ours.size()];
}

object_ref object_view::pick_to_write(tenant_index t, std::size_t resource, rng& random) const
{
    auto const& c = at(t, resource);
    if (c.ours.empty()) return nullptr;
    for (int i = 0; i < tries_for_a_quiet_one; ++i) {
        auto const& o = c.ours[static_cast<std::size_t>(random.below(c.ours.size()))];
        if (o->writes_in_flight == 0) return o;
    }
    return nullptr;
}

object_ref object_view::pick_removed(
    tenant_index t, std::size_t resource, steady::time_point now, std::chrono::nanoseconds ago
) const
{
    auto const& removed = at(t, resource).removed;
    auto const long_gone = [&](object_ref const& o) { return now - o->settled > ago; };
    auto const found = std::ranges::find_if(removed.rbegin(), removed.rend(), long_gone);
    return found == removed.rend() ? nullptr : *found;
}

void object_view::add(std::size_t resource, object_ref o, rng& random)
{
    auto& ours = at(o->data->tenant, resource).ours;
    if (ours.size() < living_max) {
        ours.push_back(std::move(o));
    } else {
        ours[static_cast<std::size_t>(random.below(ours.size()))] = std::move(o);
    }
}

void object_view::drop(std::size_t resource, object_ref const& o)
{
    auto& ours = at(o->data->tenant, resource).ours;
    auto const found = std::ranges::find(ours, o);
    if (found == ours.end()) return;
    *found = std::move(ours.back());
    ours.pop_back();
}

void object_view::bury(std::size_t resource, object_ref o)
{
    auto& removed = at(o->data->tenant, resource).removed;
    removed.push_back(std::move(o));
    if (removed.size() > removed_max) removed.pop_front();
}

object_serial object_view::mint_serial(tenant_index t)
{
    auto const n = minted_[t.value]++;
    auto const cores = static_cast<std::uint32_t>(options_.cores);
    auto const core = static_cast<std::uint32_t>(options_.core);
    return object_serial{options_.serial_start + n * cores + core};
}

std::uint32_t object_view::serial_end() const noexcept
{
    auto const most = minted_.empty() ? 0 : *std::ranges::max_element(minted_);
    return options_.serial_start + most * static_cast<std::uint32_t>(options_.cores);
}

} // namespace watertight::traffic
