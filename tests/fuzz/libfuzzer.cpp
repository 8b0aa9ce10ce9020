// libFuzzer reads its corpus from a folder; the seeds go there first.

#include "tests/fuzz/target.hpp"

#include <cstdlib>
#include <fstream>

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    auto const* const folder = std::getenv("WT_FUZZ_SEEDS");
    if (folder == nullptr) return 0;
    std::size_t number = 0;
    for (auto const& seed : watertight::fuzz::seeds()) {
        std::ofstream file{std::string{folder} + "/seed-" + std::to_string(number++)};
        file << seed;
    }
    return 0;
}
