#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace watertight::net {

/// Where all connections of a thread receive to, one after the other: what is read is parsed, and
/// passed on or copied, before the next read. Nearly every response is whole in its first piece.
inline std::span<char> receive_buffer()
{
    static constexpr std::size_t size = 64U << 10;
    static thread_local std::vector<char> buffer(size);
    return buffer;
}

} // namespace watertight::net
