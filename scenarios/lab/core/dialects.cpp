#include "scenarios/lab/core/dialects.hpp"

#include "scenarios/lab/mis/dialect.hpp"

#include <array>

namespace watertight::lab {

std::span<dialect_entry const> dialects()
{
    static std::array const all{mis::entry()};
    return all;
}

} // namespace watertight::lab
