#pragma once

#include "harness/net/http_line.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace watertight::net {

/// The heads of the last responses of a core, and what they said.
///
/// Most answers have the very bytes of an earlier one as their head for as long as its Date names
/// the same second: finding that out takes a tenth of what parsing them takes (150 instructions
/// instead of 1,400 for nginx's seven lines). Heads that differ each time, as by a request's id,
/// cost some 60 instructions more.
class head_memory {
public:
    head_memory() = default;
    head_memory(head_memory const&) = delete;
    head_memory& operator=(head_memory const&) = delete;

    struct known {
        std::string_view text;
        head_fields fields;
    };

    /// The head that `received` begins with, its empty line included. Null if none is known to.
    /// Valid until the next `keep`.
    known const* find(std::string_view received) noexcept
    {
        for (std::size_t i = 0; i < entries; ++i) {
            auto const at = (latest_ + i) % entries;
            auto const& one = known_[at];
            if (one.text.empty() || !received.starts_with(one.text)) continue;
            latest_ = at;
            return &one;
        }
        return nullptr;
    }

    /// @param head  as it came, its empty line included; not kept if it is long.
    /// @param said  of it; sound.
    void keep(std::string_view head, head_fields const& said) noexcept
    {
        if (head.size() > head_bytes_max) return;
        latest_ = next_;
        next_ = (next_ + 1) % entries;
        auto& bytes = bytes_[latest_];
        std::memcpy(bytes.data(), head.data(), head.size());
        known_[latest_] = {{bytes.data(), head.size()}, said};
    }

private:
    // Operations whose answers are of different lengths have different heads.
    static constexpr std::size_t entries = 4;
    static constexpr std::size_t head_bytes_max = 1024;

    std::array<known, entries> known_{};
    std::array<std::array<char, head_bytes_max>, entries> bytes_{};
    /// Of the last one that was found or kept, and of the one to be replaced next.
    std::size_t latest_ = 0;
    std::size_t next_ = 0;
};

} // namespace watertight::net
