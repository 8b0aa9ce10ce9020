#pragma once

#include "harness/base/assert.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace watertight::net {

/// Bytes that are appended at the back and taken from the front.
///
/// Keeps a small buffer for reuse; a larger one is given back once it is empty, for connections
/// idle most of the time.
class byte_queue {
public:
    static constexpr std::size_t idle_bytes_max = 8U << 10;

    /// Valid until the next change.
    std::string_view rest() const noexcept { return std::string_view{bytes_}.substr(taken_); }

    void append(std::string_view more)
    {
        // What was taken is at least as much as what has to move.
        if (taken_ > 0 && taken_ >= bytes_.size() - taken_) {
            bytes_.erase(0, taken_);
            taken_ = 0;
        }
        bytes_.append(more);
    }

    /// @pre count <= rest().size()
    void take(std::size_t count)
    {
        WT_ASSERT(count <= bytes_.size() - taken_);
        taken_ += count;
        if (taken_ < bytes_.size()) return;
        taken_ = 0;
        bytes_.clear();
        if (bytes_.capacity() > idle_bytes_max) bytes_ = std::string{};
    }

private:
    std::string bytes_;
    std::size_t taken_ = 0;
};

} // namespace watertight::net
