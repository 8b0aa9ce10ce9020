#pragma once

#include <cstdint>
#include <mutex>
#include <utility>

namespace watertight::lab {

/// Which release of a system answers: the one for a single tenant, the one for many, or each a
/// share of the requests. Shared by all cores.
///
/// A request enters a release and leaves it when it is answered, so that a switch can wait until
/// the release that is off has nothing left to do.
class release_switch {
public:
    /// A request's stay in one release.
    class stay {
    public:
        stay(release_switch& home, bool multi) : home_(&home), multi_(multi) {}
        stay(stay&& other) noexcept
            : home_(std::exchange(other.home_, nullptr)), multi_(other.multi_)
        {
        }
        stay& operator=(stay&&) = delete;
        ~stay()
        {
            if (home_ != nullptr) home_->leave(multi_);
        }

        bool multi() const noexcept { return multi_; }

    private:
        release_switch* home_;
        bool multi_;
    };

    /// Requests with the same ticket enter the same release, as long as the share stays.
    stay enter(std::uint64_t ticket = 0)
    {
        std::lock_guard const lock{mutex_};
        auto const multi = ticket % 100 < share_pct_;
        ++(multi ? inside_multi_ : inside_single_);
        return {*this, multi};
    }

    /// Enters the release for many tenants whatever is switched on: for a defect.
    stay enter_multi()
    {
        std::lock_guard const lock{mutex_};
        ++inside_multi_;
        return {*this, true};
    }

    bool multi() const { return share_pct() == 100; }
    void set(bool multi) { set_share(multi ? 100 : 0); }

    /// How many tickets of a hundred enter the release for many tenants.
    unsigned share_pct() const
    {
        std::lock_guard const lock{mutex_};
        return share_pct_;
    }

    void set_share(unsigned percent)
    {
        std::lock_guard const lock{mutex_};
        share_pct_ = percent;
    }

    /// True once no request is left in a release that is off.
    bool drained() const
    {
        std::lock_guard const lock{mutex_};
        auto const single_is_out = share_pct_ < 100 || inside_single_ == 0;
        auto const multi_is_out = share_pct_ > 0 || inside_multi_ == 0;
        return single_is_out && multi_is_out;
    }

private:
    void leave(bool multi)
    {
        std::lock_guard const lock{mutex_};
        --(multi ? inside_multi_ : inside_single_);
    }

    mutable std::mutex mutex_;
    unsigned share_pct_ = 0;
    int inside_single_ = 0;
    int inside_multi_ = 0;
};

} // namespace watertight::lab
