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

namespace {

// What the traffic's worker does: nothing is kept.
class counter final : public sighting_sink {
public:
    bool take(raw_sighting const&) override
    {
        ++count;
        return true;
    }

    std::size_t count = 0;
};

} // namespace

static void scan_repeatedly(benchmark::State& state, observer const& eye, std::string_view text)
{
    counter seen;
    for (auto _ : state) {
        eye.scan(text, seen);
        benchmark::DoNotOptimize(seen.count);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
    state.counters["hits"] = static_cast<double>(seen.count / state.iterations());
}

// Hits: a canary of the reader's own in each row. A third of the ids is known, the rest is not.
static void scan_answer(benchmark::State& state)
{
    rng random{1};
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index known;
    auto const text = answer(static_cast<std::size_t>(state.range(0)), mint, random);
    auto const id_size = uuid_of(random).size();
    for (std::size_t at = 0, row = 0; state.range(1) > 0; ++row) {
        at = text.find("\"id\":\"", at + 1);
        if (at == text.npos) break;
        if (row % 3 == 0) known.add(text.substr(at + 6, id_size), {{0}, {}, {}}, "users");
    }
    for (std::int64_t i = 0; i < state.range(1); ++i) {
        known.add(uuid_of(random), {{static_cast<std::uint32_t>(i % 100)}, {}, {}}, "users");
    }
    scan_repeatedly(state, observer{mint, known, {}}, text);
}

BENCHMARK(scan_answer)
    ->ArgNames({"bytes", "identifiers"})
    ->ArgsProduct({{300, 4096, 65536}, {0, 10'000, 200'000}});

// What an API answers whose identifiers are all its own: a UUID and an ISO timestamp in each row.
static void scan_list(benchmark::State& state)
{
    rng random{1};
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index known;
    for (std::uint32_t i = 0; i < 2000; ++i) known.add(uuid_of(random), {{i / 2}, {}, {}}, "users");
    std::string text = R"({"total":3,"items":[)";
    for (std::uint32_t row = 0; text.size() < static_cast<std::size_t>(state.range(0)); ++row) {
        text += fmt::format(
            R"({{"id":"{}","name":"Member {}","email":"member{}@example.com","plan":"basic",)"
            R"("active":true,"balance":{:.2f},"joined":"2026-01-31T09:30:00.123Z"}},)",
            uuid_of(random),
            row,
            row,
            random.unit() * 1000
        );
    }
    text.resize(static_cast<std::size_t>(state.range(0)));
    scan_repeatedly(state, observer{mint, known, {}}, text);
}

BENCHMARK(scan_list)->ArgName("bytes")->Arg(300)->Arg(4096)->Arg(65536);

static std::string prose(std::size_t size)
{
    std::string text;
    while (text.size() < size) {
        text += R"({"title":"The quick brown fox","count":17,"tags":["a","b"]},)";
    }
    text.resize(size);
    return text;
}

// Words and markup without any token: what most bytes of most answers are.
static void scan_prose(benchmark::State& state)
{
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index const known;
    auto const text = prose(static_cast<std::size_t>(state.range(0)));
    scan_repeatedly(state, observer{mint, known, {}}, text);
}

BENCHMARK(scan_prose)->ArgName("bytes")->Arg(300)->Arg(4096)->Arg(65536);

// Far more than any cache holds, a piece at a time: what a text costs that nobody has just written.
static constexpr std::size_t cold_bytes = 256U << 20;

template <class Look>
static void look_at_cold(benchmark::State& state, Look look)
{
    auto const text = prose(cold_bytes);
    auto const size = static_cast<std::size_t>(state.range(0));
    std::size_t at = 0;
    for (auto _ : state) {
        look(std::string_view{text}.substr(at, size));
        at = at + 2 * size > text.size() ? 0 : at + size;
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

static void scan_cold(benchmark::State& state)
{
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index const known;
    observer const eye{mint, known, {}};
    counter seen;
    look_at_cold(state, [&](std::string_view text) {
        eye.scan(text, seen);
        benchmark::DoNotOptimize(seen.count);
    });
}

BENCHMARK(scan_cold)->ArgName("bytes")->Arg(300)->Arg(4096)->Arg(65536);

// The C library's fastest search over the same memory: what there is to be had.
static void search_cold(benchmark::State& state)
{
    look_at_cold(state, [](std::string_view text) {
        auto const at = text.find('\0');
        benchmark::DoNotOptimize(at);
    });
}

BENCHMARK(search_cold)->ArgName("bytes")->Arg(300)->Arg(4096)->Arg(65536);

// An export in base64 is decoded three bytes at a time.
static void scan_base64(benchmark::State& state)
{
    rng random{1};
    canary_mint const mint{derive_key(1, "bench")};
    identifier_index const known;
    observer const eye{mint, known, {}};
    auto const text = base64(answer(49152, mint, random));
    scan_repeatedly(state, eye, text);
}

BENCHMARK(scan_base64);

} // namespace watertight::evidence
