#include "harness/traffic/recorder.hpp"

#include "harness/traffic/fetch.hpp"
#include "harness/traffic/histogram_layout.hpp"

#include <algorithm>
#include <utility>

namespace watertight::traffic {

error_kind classify(failure const& f) noexcept
{
    switch (f.code) {
    case errc::deadline_exceeded:
        return error_kind::timeout;
    case errc::connection_lost:
        return error_kind::reset;
    case errc::malformed:
        return error_kind::malformed;
    default:
        return error_kind::connect;
    }
}

error_kind classify(int status) noexcept
{
    if (status == 429) return error_kind::throttled;
    if (status >= 300 && status < 400) return error_kind::redirect;
    return status >= 500 ? error_kind::status_5xx : error_kind::status_4xx;
}

// What broke before an answer was complete has no latency; a timeout has one, or a server that
// stalls would look fast.
static bool has_latency(sample const& s) noexcept
{
    return s.error != error_kind::connect && s.error != error_kind::reset &&
           s.error != error_kind::malformed;
}

static void count(counts& tally, std::optional<error_kind> error) noexcept
{
    if (error) {
        ++tally.errors[static_cast<std::size_t>(*error)];
    } else {
        ++tally.ok;
    }
}

static void add(counts& to, counts const& from) noexcept
{
    to.ok += from.ok;
    for (std::size_t i = 0; i < error_kinds; ++i) to.errors[i] += from.errors[i];
}

template <class T>
static T& made(std::unique_ptr<T>& p)
{
    if (!p) p = std::make_unique<T>();
    return *p;
}

template <class T>
static void merge_into(std::unique_ptr<T>& to, std::unique_ptr<T> const& from)
{
    if (from) made(to).merge(*from);
}

void second_tally::merge(second_tally const& other) noexcept
{
    ok += other.ok;
    failed += other.failed;
    max_us = std::max(max_us, other.max_us);
    latency.merge(other.latency);
}

recorder::recorder(sizes n, steady::time_point run_start)
    : run_start_{run_start}, operations_(n.operations), tenants_(n.tenants)
{
}

void recorder::warm_up(bool on)
{
    if (current_ && on != warm_up_) closed_.push_back(*std::exchange(current_, std::nullopt));
    warm_up_ = on;
}

void recorder::record(sample const& s)
{
    auto& second = second_at(s.finished);
    auto* const phase = phases_.empty() ? nullptr : &phases_.back();
    auto* const op = warm_up_ ? nullptr : &operations_[s.operation];
    auto* const tenant = warm_up_ ? nullptr : &tenants_[s.tenant.value];
    ++(s.error ? second.failed : second.ok);
    if (phase != nullptr) count(phase->tally, s.error);
    if (op != nullptr) count(op->tally, s.error);
    if (tenant != nullptr) count(tenant->tally, s.error);
    if (!has_latency(s)) return;

    auto const us = hdr::in_us(s.finished - s.intended);
    auto const index = hdr::index_of(us);
    second.latency.record_us(us);
    second.max_us = std::max(second.max_us, us);
    if (phase != nullptr) made(phase->latency).record_us(us, index);
    if (op == nullptr) return;
    made(op->latency).record_us(us, index);
    made(op->service_time).record(s.finished - s.sent);
    latency_of(*tenant).record_us(us);
}

void recorder::expect(tenant_index t) const noexcept
{
    fetch(&tenants_[t.value]);
}

void recorder::expect(
    tenant_index t, coarse_histogram const* place, std::chrono::nanoseconds latency
) const noexcept
{
    expect(t);
    if (place != nullptr) fetch(place->place_of(hdr::in_us(latency)));
}

coarse_histogram& recorder::latency_of(tenant_tally& t)
{
    if (t.latency != nullptr) return *t.latency;
    if (places_left_ == 0) {
        places_left_ = std::tuple_size_v<room>;
        rooms_.push_back(std::make_unique<room>());
    }
    t.latency = &(*rooms_.back())[--places_left_];
    return *t.latency;
}

std::uint32_t recorder::second_of(steady::time_point t) const noexcept
{
    return static_cast<std::uint32_t>(std::max(seconds(t - run_start_), 0.0));
}

second_tally& recorder::second_at(steady::time_point t)
{
    auto const at = second_of(t);
    if (current_ && current_->at != at) {
        closed_.push_back(*std::exchange(current_, std::nullopt));
    }
    if (!current_) current_.emplace(second_tally{.at = at, .warm_up = warm_up_});
    return *current_;
}

std::vector<second_tally> recorder::take_seconds(steady::time_point now)
{
    if (current_ && current_->at < second_of(now)) {
        closed_.push_back(*std::exchange(current_, std::nullopt));
    }
    return std::exchange(closed_, {});
}

std::vector<second_tally> recorder::take_seconds()
{
    if (current_) closed_.push_back(*std::exchange(current_, std::nullopt));
    return std::exchange(closed_, {});
}

void recorder::merge(recorder const& other)
{
    for (std::size_t i = 0; i < operations_.size(); ++i) {
        add(operations_[i].tally, other.operations_[i].tally);
        merge_into(operations_[i].latency, other.operations_[i].latency);
        merge_into(operations_[i].service_time, other.operations_[i].service_time);
    }
    for (std::size_t i = 0; i < tenants_.size(); ++i) {
        add(tenants_[i].tally, other.tenants_[i].tally);
        tenants_[i].own_seen += other.tenants_[i].own_seen;
        auto const* const more = other.tenants_[i].latency;
        if (more != nullptr) latency_of(tenants_[i]).merge(*more);
    }
}

} // namespace watertight::traffic
