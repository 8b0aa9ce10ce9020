#pragma once

#include <mutex>
#include <utility>

namespace watertight::lab {

/// Which release of the classic system answers. Shared by all cores.
///
/// A request enters the release that is on and leaves it when it is answered, so that a switch can
/// wait until the other release has nothing left to do.
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

    stay enter()
    {
        std::lock_guard const lock{mutex_};
        ++(multi_ ? inside_multi_ : inside_single_);
        return {*this, multi_};
    }

    bool multi() const
    {
        std::lock_guard const lock{mutex_};
        return multi_;
    }

    void set(bool multi)
    {
        std::lock_guard const lock{mutex_};
        multi_ = multi;
    }

    /// True once no request is left in the release that is off.
    bool drained() const
    {
        std::lock_guard const lock{mutex_};
        return (multi_ ? inside_single_ : inside_multi_) == 0;
    }

private:
    void leave(bool multi)
    {
        std::lock_guard const lock{mutex_};
        --(multi ? inside_multi_ : inside_single_);
    }

    mutable std::mutex mutex_;
    bool multi_ = false;
    int inside_single_ = 0;
    int inside_multi_ = 0;
};

} // namespace watertight::lab
