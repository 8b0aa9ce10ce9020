#pragma once

#include "harness/base/random.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace watertight::test {

/// Changes one thing about `text`, as a fuzzer does: a bit, a byte, a piece, a number's size.
inline void mutate(std::string& text, rng& random)
{
    static constexpr std::array<std::string_view, 14> pieces{
        "\r\n",
        "\n",
        "\r",
        "\r\n\r\n",
        " ",
        "\t",
        ":",
        ",",
        ";",
        "=",
        "\"",
        "0",
        "fffffffffffffff",
        {"\0", 1}};
    auto const at = static_cast<std::size_t>(random.below(text.size() + 1));
    auto const left = text.size() - at;
    auto const some = [&](std::size_t most) {
        return static_cast<std::size_t>(random.below(std::min(most, left) + 1));
    };
    switch (random.below(left == 0 ? 3 : 8)) {
    case 0:
        text.insert(at, pieces[random.below(pieces.size())]);
        break;
    case 1:
        text.insert(at, 1, static_cast<char>(random()));
        break;
    case 2:
        text.resize(at);
        break;
    case 3:
        text[at] = static_cast<char>(text[at] ^ 1 << random.below(8));
        break;
    case 4:
        text[at] = static_cast<char>(random());
        break;
    case 5:
        text.erase(at, some(8));
        break;
    case 6:
        text.insert(random.below(text.size() + 1), text.substr(at, some(40)));
        break;
    default:
        text[at] = static_cast<char>(text[at] + (random.below(2) == 0 ? 1 : -1));
        break;
    }
}

} // namespace watertight::test
