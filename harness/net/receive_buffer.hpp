#pragma once

#include "harness/net/head_memory.hpp"

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

/// What the responses that a thread received last began with.
inline head_memory& recent_heads()
{
    static thread_local head_memory heads;
    return heads;
}

} // namespace watertight::net
