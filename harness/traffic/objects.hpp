#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/random.hpp"
#include "harness/target/model.hpp"
#include "harness/target/population.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace watertight::traffic {

/// An object as one core knows it.
struct live_object : boost::intrusive_ref_counter<live_object, boost::thread_unsafe_counter> {
    /// The population's, or `own`.
    target::object const* data = nullptr;
    /// Set if this core created it.
    std::unique_ptr<target::object> own;
    boost::intrusive_ptr<live_object> parent;
    /// This core alone writes to it, so it alone can judge what it reads.
    bool is_ours = false;
    /// The ledger knows its history.
    bool is_recorded = false;
    std::size_t writes_in_flight = 0;
    /// When the last write, or its removal, was acknowledged.
    steady::time_point settled{};
};

/// Belongs to one core, so that counting its owners takes no lock.
using object_ref = boost::intrusive_ptr<live_object>;

/// One core's view of which objects exist. Every core sees the population's; each of them may be
/// written to by one core only (serial modulo cores), so that no core's judgement depends on what
/// another is doing. Objects that a core creates are its own.
class object_view {
public:
    struct options {
        std::size_t core = 0;
        std::size_t cores = 1;
        /// Below it lie the serials of the population.
        std::uint32_t serial_start = 0;
    };
    object_view(target::model const& m, target::population const& tenants, options o);

    /// A living object, any or only one to write to. Null if there is none.
    object_ref pick(tenant_index t, std::size_t resource, rng& random) const;
    object_ref pick_to_write(tenant_index t, std::size_t resource, rng& random) const;
    /// One whose removal was acknowledged longer than `ago` before `now`. Null if there is none.
    object_ref pick_removed(
        tenant_index t, std::size_t resource, steady::time_point now, std::chrono::nanoseconds ago
    ) const;

    /// Its creation was acknowledged, or its removal failed.
    void add(std::size_t resource, object_ref o, rng& random);
    /// Its removal is being sent.
    void drop(std::size_t resource, object_ref const& o);
    /// Its removal was acknowledged.
    void bury(std::size_t resource, object_ref o);

    /// A serial that no other core uses, for a new canary.
    object_serial mint_serial(tenant_index t);
    /// Above every serial that this core has used.
    std::uint32_t serial_end() const noexcept;

private:
    struct cell {
        std::vector<object_ref> ours;
        std::vector<object_ref> others;
        std::deque<object_ref> removed;
    };
    cell const& at(tenant_index t, std::size_t resource) const;
    cell& at(tenant_index t, std::size_t resource);
    void enter(target::model const& m, target::population const& tenants, tenant_index t);

    options options_;
    std::size_t resources_;
    std::vector<cell> cells_;
    std::vector<std::uint32_t> minted_;
};

} // namespace watertight::traffic
