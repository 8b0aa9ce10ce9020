#pragma once

namespace watertight::traffic {

/// Has the processor bring a line of memory near, without waiting for it. With thousands of tenants
/// nothing that belongs to one of them is near at hand when their turn comes.
inline void fetch(void const* what) noexcept
{
    __builtin_prefetch(what);
    // A function that does nothing else is left out by the compiler, calls and all.
    asm volatile("" : : "r"(what));
}

} // namespace watertight::traffic
