#include "harness/base/form.hpp"

#include <charconv>

namespace watertight {

std::string form_decode(std::string_view s)
{
    std::string out;
    for (std::size_t i = 0; i < s.size(); ++i) {
        unsigned value = 0;
        auto const* const at = s.data() + i;
        auto const is_escape = s[i] == '%' && i + 2 < s.size() &&
                               std::from_chars(at + 1, at + 3, value, 16).ptr == at + 3;
        out += is_escape ? static_cast<char>(value) : s[i] == '+' ? ' ' : s[i];
        if (is_escape) i += 2;
    }
    return out;
}

} // namespace watertight
