// How fast the observer passes over what comes back, which must keep up with the line.

#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/evidence/observer.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

namespace watertight::evidence {

static std::string uuid_of(rng& random)
{
    auto const a = random();
    auto const b = random();
    return fmt::format(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        b >> 48,
        b & 0xffffffffffff
    );
}

// A list of users as an API gives it, with the reader's own canary in each.
static std::string answer(std::size_t size, canary_mint const& mint, rng& random)
{
    std::string out = R"({"total":3,"items":[)";
    for (std::uint32_t row = 0; out.size() < size; ++row) {
        out += fmt::format(
            R"({{"id":"{}","name":"{}","email":"user{}@example.com","plan":"basic","active":true,)"
            R"("balance":{:.2f},"created_at":"2026-01-31T09:30:00.123Z","visits":{}}},)",
            uuid_of(random),
            mint.text({{0}, {0}, {row}}),
            row,
            random.unit() * 1000,
            random.below(100000)
        );
    }
    out.resize(size);
    return out;
}

static void scan_answer(benchmark::State& state)
{
    rng random{1};
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index known;
    for (std::int64_t i = 0; i < state.range(1); ++i) {
        known.add(uuid_of(random), {{static_cast<std::uint32_t>(i % 100)}, {}, {}}, "users");
    }
    observer const eye{mint, known, {}};
    auto const text = answer(static_cast<std::size_t>(state.range(0)), mint, random);
    for (auto _ : state) {
        auto found = eye.foreign(text, {.tenant = {0}, .role = {}, .resource = {}, .request = {}});
        benchmark::DoNotOptimize(found);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

BENCHMARK(scan_answer)
    ->ArgNames({"bytes", "identifiers"})
    ->ArgsProduct({{300, 4096, 65536}, {0, 10000}});

// Words and markup without any token: what most bytes of most answers are.
static void scan_prose(benchmark::State& state)
{
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index const known;
    observer const eye{mint, known, {}};
    std::string text;
    while (text.size() < 4096)
        text += R"({"title":"The quick brown fox","count":17,"tags":["a","b"]},)";
    for (auto _ : state) {
        auto found = eye.shows_own(text, {0});
        benchmark::DoNotOptimize(found);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(scan_prose);

// An export in base64 is decoded three bytes at a time.
static void scan_base64(benchmark::State& state)
{
    rng random{1};
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index const known;
    observer const eye{mint, known, {}};
    auto const text = base64(answer(49152, mint, random));
    for (auto _ : state) {
        auto found = eye.foreign(text, {.tenant = {0}, .role = {}, .resource = {}, .request = {}});
        benchmark::DoNotOptimize(found);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

BENCHMARK(scan_base64);

} // namespace watertight::evidence
