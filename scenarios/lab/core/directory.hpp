#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace watertight::lab {

/// Requests of one tenant that are being answered, so that a deletion can wait for them.
using in_flight_counter = std::shared_ptr<std::atomic<int>>;

/// What the process knows of the tenants, so that not every request has to ask the store.
///
/// Shared by all cores. An entry is a few seconds old at most; a change that comes through the API
/// is seen by every request that begins after it was acknowledged. `Tenant` is immutable, has a
/// text `id` and `labels()`: the names, besides the id, by which a request may call it.
template <class Tenant>
class directory {
public:
    /// A reading of the store that is under way; see `put`.
    using generation = std::uint64_t;

    std::shared_ptr<Tenant const> find(std::string const& id) const;
    /// The id that belongs to a label, if it was seen before.
    std::string id_of(std::string const& label) const;

    /// Take it before reading the store.
    generation now() const;
    /// Keeps what was read, unless something was forgotten since `read_at`.
    void put(std::shared_ptr<Tenant const> what, generation read_at);
    /// The tenant has changed or gone.
    void forget(std::string const& id);

    in_flight_counter in_flight(std::string const& id);

private:
    struct entry {
        std::shared_ptr<Tenant const> what;
        std::chrono::steady_clock::time_point read_at;
    };

    // Bounds how long a change that was made in the store itself goes unseen.
    static constexpr std::chrono::seconds age_max{5};

    mutable std::mutex mutex_;
    generation generation_ = 0;
    std::unordered_map<std::string, entry> by_id_;
    std::unordered_map<std::string, std::string> id_by_label_;
    std::unordered_map<std::string, in_flight_counter> in_flight_;
};

/// One request of a tenant, counted while this lives.
class presence {
public:
    explicit presence(in_flight_counter c) : counter_(std::move(c)) { ++*counter_; }
    presence(presence&&) noexcept = default;
    presence& operator=(presence&&) = delete;
    ~presence()
    {
        if (counter_) --*counter_;
    }

private:
    in_flight_counter counter_;
};

template <class Tenant>
std::shared_ptr<Tenant const> directory<Tenant>::find(std::string const& id) const
{
    std::lock_guard const lock{mutex_};
    auto const at = by_id_.find(id);
    if (at == by_id_.end()) return nullptr;
    if (std::chrono::steady_clock::now() - at->second.read_at > age_max) return nullptr;
    return at->second.what;
}

template <class Tenant>
std::string directory<Tenant>::id_of(std::string const& label) const
{
    std::lock_guard const lock{mutex_};
    auto const at = id_by_label_.find(label);
    return at == id_by_label_.end() ? std::string{} : at->second;
}

template <class Tenant>
auto directory<Tenant>::now() const -> generation
{
    std::lock_guard const lock{mutex_};
    return generation_;
}

template <class Tenant>
void directory<Tenant>::put(std::shared_ptr<Tenant const> what, generation read_at)
{
    std::lock_guard const lock{mutex_};
    // What was read may be older than the change that was announced meanwhile.
    if (read_at != generation_) return;
    for (auto const& label : what->labels()) id_by_label_[label] = what->id;
    auto const id = what->id;
    by_id_[id] = {std::move(what), std::chrono::steady_clock::now()};
}

template <class Tenant>
void directory<Tenant>::forget(std::string const& id)
{
    std::lock_guard const lock{mutex_};
    ++generation_;
    auto const at = by_id_.find(id);
    if (at == by_id_.end()) return;
    for (auto const& label : at->second.what->labels()) id_by_label_.erase(label);
    by_id_.erase(at);
}

template <class Tenant>
in_flight_counter directory<Tenant>::in_flight(std::string const& id)
{
    std::lock_guard const lock{mutex_};
    auto& c = in_flight_[id];
    if (!c) c = std::make_shared<std::atomic<int>>(0);
    return c;
}

} // namespace watertight::lab
