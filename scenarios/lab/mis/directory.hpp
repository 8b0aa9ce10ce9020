#pragma once

#include "scenarios/lab/mis/plans.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace watertight::lab::mis {

/// A tenant and what holds for it now. Immutable: a change makes a new one.
struct tenant {
    std::string id;
    std::string slug;
    std::string subdomain;
    std::string name;
    std::string status;
    plan const* on_plan = nullptr;
    /// Features that the tenant has switched off, whatever its plan.
    std::set<std::string> switched_off;

    std::uint64_t users_max = 0;
    std::uint64_t storage_bytes_max = 0;
    std::uint64_t upload_bytes_max = 0;
    std::uint64_t requests_per_day = 0;
    std::uint32_t session_s = 0;
    password_policy passwords;

    bool is_active() const noexcept { return status == "active"; }
    bool may(std::string_view feature) const
    {
        return has_feature(*on_plan, feature) && !switched_off.contains(std::string{feature});
    }
};

/// What the process knows of the tenants, so that not every request has to ask the database.
///
/// Shared by all cores. An entry is a few seconds old at most; a change that comes through the API
/// is seen by every request that begins after it was acknowledged.
class directory {
public:
    /// A reading of the database that is under way; see `put`.
    using generation = std::uint64_t;

    std::shared_ptr<tenant const> find(std::string const& id) const;
    /// The id that belongs to a slug or subdomain, if it was seen before.
    std::string id_of(std::string const& label) const;

    /// Take it before reading the database.
    generation now() const;
    /// Keeps what was read, unless something was forgotten since `read_at`.
    void put(std::shared_ptr<tenant const> what, generation read_at);
    /// The tenant has changed or gone.
    void forget(std::string const& id);

    /// Requests of a tenant that are being answered, so that a deletion can wait for them.
    using counter = std::shared_ptr<std::atomic<int>>;
    counter in_flight(std::string const& id);

private:
    struct entry {
        std::shared_ptr<tenant const> what;
        std::chrono::steady_clock::time_point read_at;
    };

    mutable std::mutex mutex_;
    generation generation_ = 0;
    std::unordered_map<std::string, entry> by_id_;
    std::unordered_map<std::string, std::string> id_by_label_;
    std::unordered_map<std::string, counter> in_flight_;
};

/// One request of a tenant, counted while this lives.
class presence {
public:
    explicit presence(directory::counter c) : counter_(std::move(c)) { ++*counter_; }
    presence(presence&&) noexcept = default;
    presence& operator=(presence&&) = delete;
    ~presence()
    {
        if (counter_) --*counter_;
    }

private:
    directory::counter counter_;
};

} // namespace watertight::lab::mis
