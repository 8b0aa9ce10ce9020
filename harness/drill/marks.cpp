#include "harness/drill/marks.hpp"

#include "harness/base/text.hpp"
#include "harness/evidence/canary.hpp"

#include <algorithm>

namespace watertight::drill {

static void add_numbers(std::string_view text, std::vector<std::string>& out)
{
    static constexpr std::size_t digits = 16;
    for (std::size_t at = 0; at < text.size();) {
        if (!is_digit(text[at])) {
            ++at;
            continue;
        }
        auto const begin = at;
        while (at < text.size() && is_digit(text[at])) ++at;
        if (at - begin == digits) out.emplace_back(text.substr(begin, digits));
    }
}

std::vector<std::string> marks_in(std::string_view text)
{
    std::vector<std::string> out;
    add_numbers(text, out);
    auto const lower = to_lower(text);
    auto at = lower.find(evidence::canary_prefix);
    while (at != std::string::npos && at + evidence::canary_length <= lower.size()) {
        out.push_back(lower.substr(at, evidence::canary_length));
        at = lower.find(evidence::canary_prefix, at + 1);
    }
    return out;
}

} // namespace watertight::drill
