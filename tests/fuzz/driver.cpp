// Stands in for libFuzzer where the compiler has none: changes seeds at random, the same way each
// time, and hands them to the target.
//
//   http_parser_fuzz [ROUNDS [SEED]]     ROUNDS inputs, 20000 at first
//   http_parser_fuzz FILE...             these inputs alone, to see a fault again

#include "harness/base/random.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/mutation.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

extern "C" {
// Defined by the sanitizers' run time, if there is one.
[[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());
}

namespace watertight::fuzz {

static std::string input;

static void keep_input()
{
    auto const* const path = "fuzz-input";
    if (auto* const file = std::fopen(path, "wb")) {
        std::fwrite(input.data(), 1, input.size(), file);
        std::fclose(file);
        std::fprintf(stderr, "the input is kept in %s\n", path);
    }
}

static void run()
{
    // Bounds are checked at the end of an allocation alone.
    std::vector<std::uint8_t> const exact(input.begin(), input.end());
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

static int replay(int count, char** paths)
{
    for (int i = 0; i < count; ++i) {
        std::ifstream file{paths[i], std::ios::binary};
        input.assign(std::istreambuf_iterator<char>{file}, {});
        run();
    }
    return 0;
}

static int mutate_seeds(std::uint64_t rounds, std::uint64_t seed)
{
    rng random{seed};
    auto const corpus = seeds();
    for (auto const& s : corpus) {
        input = s;
        run();
    }
    for (std::uint64_t round = 0; round < rounds; ++round) {
        input = corpus[random.below(corpus.size())];
        if (random.below(8) == 0) {
            // The head of one and the tail of another.
            auto const& other = corpus[random.below(corpus.size())];
            input.resize(random.below(input.size() + 1));
            input += other.substr(random.below(other.size() + 1));
        }
        for (auto times = random.below(6); times > 0; --times) test::mutate(input, random);
        run();
    }
    std::printf("%llu inputs\n", static_cast<unsigned long long>(rounds));
    return 0;
}

} // namespace watertight::fuzz

int main(int argc, char** argv)
{
    using namespace watertight::fuzz;
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(keep_input);
    std::signal(SIGABRT, [](int) { keep_input(); });
    if (argc > 1 && std::filesystem::exists(argv[1])) return replay(argc - 1, argv + 1);
    auto const rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000;
    auto const seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    return mutate_seeds(rounds, seed);
}
