#include "scenarios/lab/mis/directory.hpp"

namespace watertight::lab::mis {

using namespace std::chrono_literals;

// Bounds how long a change that was made in the database itself goes unseen.
static constexpr auto age_max = 5s;

std::shared_ptr<tenant const> directory::find(std::string const& id) const
{
    std::lock_guard const lock{mutex_};
    auto const at = by_id_.find(id);
    if (at == by_id_.end()) return nullptr;
    if (std::chrono::steady_clock::now() - at->second.read_at > age_max) return nullptr;
    return at->second.what;
}

std::string directory::id_of(std::string const& label) const
{
    std::lock_guard const lock{mutex_};
    auto const at = id_by_label_.find(label);
    return at == id_by_label_.end() ? std::string{} : at->second;
}

directory::generation directory::now() const
{
    std::lock_guard const lock{mutex_};
    return generation_;
}

void directory::put(std::shared_ptr<tenant const> what, generation read_at)
{
    std::lock_guard const lock{mutex_};
    // What was read may be older than the change that was announced meanwhile.
    if (read_at != generation_) return;
    id_by_label_[what->slug] = what->id;
    id_by_label_[what->subdomain] = what->id;
    auto const id = what->id;
    by_id_[id] = {std::move(what), std::chrono::steady_clock::now()};
}

void directory::forget(std::string const& id)
{
    std::lock_guard const lock{mutex_};
    ++generation_;
    auto const at = by_id_.find(id);
    if (at == by_id_.end()) return;
    id_by_label_.erase(at->second.what->slug);
    id_by_label_.erase(at->second.what->subdomain);
    by_id_.erase(at);
}

directory::counter directory::in_flight(std::string const& id)
{
    std::lock_guard const lock{mutex_};
    auto& c = in_flight_[id];
    if (!c) c = std::make_shared<std::atomic<int>>(0);
    return c;
}

} // namespace watertight::lab::mis
