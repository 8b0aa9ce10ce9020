#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/ids.hpp"
#include "harness/traffic/coarse_histogram.hpp"
#include "harness/traffic/report.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace watertight::traffic {

/// What kind of failure an exchange without a response is.
error_kind classify(failure const& f) noexcept;
/// What kind of failure a status is that the operation does not accept.
error_kind classify(int status) noexcept;

/// One request's end.
struct sample {
    std::size_t operation = 0;
    tenant_index tenant{};
    /// Nothing if it succeeded.
    std::optional<error_kind> error{};
    steady::time_point intended{};
    steady::time_point sent{};
    steady::time_point finished{};
};

/// One second of one core, before it is merged with the others'.
struct second_tally {
    std::uint32_t at = 0;
    bool warm_up = false;
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t max_us = 0;
    coarse_histogram latency{};

    void merge(second_tally const& other) noexcept;
};

/// What one core records. Its size depends on the numbers of operations and tenants, not on the
/// run's length, as long as the seconds are taken from it.
class recorder {
public:
    struct sizes {
        std::size_t operations = 0;
        std::size_t tenants = 0;
    };
    recorder(sizes n, steady::time_point run_start);

    /// Samples of a warm-up count in their second and their phase alone.
    void warm_up(bool on);
    /// What comes from here on belongs to the next phase.
    void begin_phase() { phases_.emplace_back(); }
    /// @pre samples come in the order of their ends.
    void record(sample const& s);
    /// Has what is told of a tenant fetched: before its request is sent, and with `place` when the
    /// answer is there and yet to be looked at. None of it is near at hand with many tenants.
    void expect(tenant_index t) const noexcept;
    /// @param place  the tenant's, as `place_of` said when the request was sent.
    void expect(tenant_index t, coarse_histogram const* place, std::chrono::nanoseconds latency)
        const noexcept;
    /// Where the tenant's latencies are counted; null as long as there are none.
    coarse_histogram const* place_of(tenant_index t) const noexcept
    {
        return tenants_[t.value].latency;
    }
    void met_own(tenant_index t) noexcept { ++tenants_[t.value].own_seen; }

    /// The seconds that ended before `now`.
    std::vector<second_tally> take_seconds(steady::time_point now);
    /// All of them.
    std::vector<second_tally> take_seconds();

    void merge(recorder const& other);

    struct operation_tally {
        counts tally;
        std::unique_ptr<histogram> latency;
        std::unique_ptr<histogram> service_time;
    };
    /// What every answer touches lies together at the front.
    struct alignas(64) tenant_tally {
        /// The recorder's; null until there is something in it.
        coarse_histogram* latency = nullptr;
        std::uint64_t own_seen = 0;
        counts tally;
    };
    struct phase_tally {
        counts tally;
        std::unique_ptr<histogram> latency;
    };
    std::vector<operation_tally> const& operations() const noexcept { return operations_; }
    std::vector<tenant_tally> const& tenants() const noexcept { return tenants_; }
    std::vector<phase_tally> const& phases() const noexcept { return phases_; }

private:
    // Some at a time: a thread's heap grows by no more than is asked for, at a system call each
    // time.
    using room = std::array<coarse_histogram, 16>;

    coarse_histogram& latency_of(tenant_tally& t);
    std::uint32_t second_of(steady::time_point t) const noexcept;
    second_tally& second_at(steady::time_point t);

    steady::time_point run_start_;
    bool warm_up_ = false;
    std::vector<operation_tally> operations_;
    std::vector<tenant_tally> tenants_;
    std::vector<std::unique_ptr<room>> rooms_;
    std::size_t places_left_ = 0;
    std::vector<phase_tally> phases_;
    std::optional<second_tally> current_;
    std::vector<second_tally> closed_;
};

} // namespace watertight::traffic
