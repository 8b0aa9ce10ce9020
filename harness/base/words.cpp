#include "harness/base/words.hpp"

namespace watertight {

std::string singular(std::string_view plural)
{
    auto const without = [&](std::size_t n) {
        return std::string{plural.substr(0, plural.size() - n)};
    };
    if (plural.ends_with("ss") || plural.ends_with("us")) return std::string{plural};
    if (plural.size() > 3 && plural.ends_with("ies")) return without(3) + "y";
    if (plural.ends_with("sses")) return without(2);
    return plural.size() > 1 && plural.ends_with("s") ? without(1) : std::string{plural};
}

} // namespace watertight
