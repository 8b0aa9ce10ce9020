#include "harness/drill/mongo_fingerprint.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace watertight::drill {

static constexpr auto batch_budget = std::chrono::seconds{30};

// No secret: two keys make two independent sums.
static std::uint64_t hash_of(std::string const& text, unsigned char seed)
{
    std::array<unsigned char, crypto_shorthash_KEYBYTES> key{};
    key.fill(seed);
    std::array<unsigned char, crypto_shorthash_BYTES> out{};
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    crypto_shorthash(out.data(), bytes, text.size(), key.data());
    std::uint64_t value = 0;
    for (auto const byte : out) value = (value << 8U) | byte;
    return value;
}

static void add_document(std::string const& text, table_contents& out, std::uint64_t (&sums)[2])
{
    auto const first = hash_of(text, 1);
    auto const second = hash_of(text, 2);
    sums[0] += first;
    sums[1] += second;
    ++out.whole.rows;
    if (!out.has_rows) return;
    if (out.whole.rows > rows_kept_max) {
        out.has_rows = false;
        out.rows.clear();
        return;
    }
    auto const document = stores::mongo_document::parse(text, nullptr, false);
    auto const id = document.contains("_id") ? document["_id"].dump() : text;
    out.rows.emplace(id, fmt::format("{:016x}{:016x}", first, second));
}

static asio::awaitable<result<table_contents>>
read_collection(stores::mongo& db, stores::mongo_place at)
{
    stores::mongo_query q;
    q.exact = true;
    auto cursor = co_await db.find(std::move(at), std::move(q));
    if (cursor.has_error()) co_return cursor.error();
    table_contents out;
    out.has_rows = true;
    std::uint64_t sums[2] = {0, 0};
    for (;;) {
        auto const batch = co_await cursor->next(batch_budget);
        if (batch.has_error()) co_return batch.error();
        if (batch->empty()) break;
        for (auto const& text : *batch) add_document(text, out, sums);
    }
    out.whole.digest = fmt::format("{:016x}/{:016x}", sums[0], sums[1]);
    co_return out;
}

static bool is_wanted(std::vector<std::string> const& wanted, std::string const& name)
{
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

asio::awaitable<result<contents>>
take_contents(stores::mongo& db, std::string database, std::vector<std::string> collections)
{
    std::vector<std::string> databases;
    if (database.empty()) {
        auto all = co_await db.databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    } else {
        databases.push_back(std::move(database));
    }
    contents out;
    for (auto const& where : databases) {
        auto const names = co_await db.collections(where);
        if (names.has_error()) co_return names.error();
        for (auto const& name : *names) {
            auto const label = where + "." + name;
            if (!is_wanted(collections, label)) continue;
            stores::mongo_place at{where, name};
            auto read = co_await read_collection(db, std::move(at));
            if (read.has_error()) co_return read.error();
            out.emplace(label, std::move(*read));
        }
    }
    co_return out;
}

} // namespace watertight::drill
