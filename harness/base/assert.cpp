#include "harness/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace watertight {

void assertion_failed(char const* assumed, char const* file, int line) noexcept
{
    std::fprintf(stderr, "%s:%d: this was assumed and is not so: %s\n", file, line, assumed);
    std::abort();
}

} // namespace watertight
