#pragma once

#include "harness/base/random.hpp"

#include <cstddef>
#include <string>

namespace watertight::test {

/// One change of a kind that a broken or hostile path makes: a flipped bit, bytes lost, bytes from
/// nowhere, a truncation, a repetition.
inline void mutate(std::string& bytes, rng& random)
{
    if (bytes.empty()) return;
    auto const at = static_cast<std::size_t>(random.below(bytes.size()));
    switch (random.below(5)) {
    case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
        break;
    case 1:
        bytes.erase(at, 1 + random.below(16));
        break;
    case 2:
        bytes.insert(at, 1 + random.below(16), static_cast<char>(random()));
        break;
    case 3:
        bytes.resize(at);
        break;
    default:
        bytes.insert(at, bytes.substr(0, at));
        break;
    }
}

} // namespace watertight::test
