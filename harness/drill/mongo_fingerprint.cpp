#include "harness/drill/mongo_fingerprint.hpp"

#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>

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

row_sums sums_of(std::string const& text)
{
    return {1, hash_of(text, 1), hash_of(text, 2)};
}

std::string tenant_field_of(stores::mongo_document const& document)
{
    std::string best;
    double weight = 0;
    for (auto const& [name, value] : document.items()) {
        auto const word = tenant_word(name);
        if (!word || weight_of(*word) <= weight) continue;
        best = name;
        weight = weight_of(*word);
    }
    return best;
}

tenant_value tenant_of(stores::mongo_document const& document, std::string const& field)
{
    auto const* at = &document;
    for (auto const part : split(field, '.')) {
        if (!at->is_object() || !at->contains(std::string{part})) return std::nullopt;
        at = &at->at(std::string{part});
    }
    if (at->is_null()) return std::nullopt;
    // {"$oid": "..."} and the like are their value.
    if (at->is_object() && at->size() == 1 && at->front().is_string()) at = &at->front();
    return at->is_string() ? at->get<std::string>() : at->dump();
}

// What one collection's reading adds up to; memory is bounded by the rows kept.
struct reading_of_documents {
    std::string field;
    /// Null: all of them.
    std::set<std::string> const* only = nullptr;
    std::function<bool(std::string_view)> is_own{};
    table_contents out{};

    void add(std::string const& text)
    {
        auto const document = stores::mongo_document::parse(text, nullptr, false);
        auto looked_at = stores::mongo_document::object();
        for (auto const& [name, value] : document.items()) {
            if (only != nullptr && !only->contains(name)) continue;
            looked_at[name] = value;
            out.fields.insert(name);
        }
        auto const sums = sums_of(looked_at.dump());
        out.whole.all += sums;
        if (field.empty()) field = tenant_field_of(document);
        auto const tenant = field.empty() ? tenant_value{} : tenant_of(document, field);
        out.whole.tenants[tenant] += sums;
        if (!out.has_rows) return;
        if (out.whole.all.rows > rows_kept_max) {
            out.has_rows = false;
            out.rows.clear();
            return;
        }
        auto const id = document.contains("_id") ? document["_id"].dump() : text;
        if (!field.empty()) looked_at.erase(field);
        auto const but_tenant = sums_of(looked_at.dump());
        auto hash = fmt::format("{:016x}{:016x}", but_tenant.first, but_tenant.second);
        looked_at.erase("_id");
        auto body = looked_at.empty() ? std::string{}
                                      : fmt::format("{:016x}", sums_of(looked_at.dump()).first);
        auto const own = is_own && is_own(text);
        out.rows.emplace(id, kept_row{std::move(hash), tenant, std::move(body), own});
    }
};

static asio::awaitable<result<table_contents>>
read_collection(stores::mongo& db, stores::mongo_place at, mongo_fingerprint_options const& o)
{
    auto const only = o.only.find(at.database + "." + at.collection);
    stores::mongo_query q;
    q.exact = true;
    auto cursor = co_await db.find(std::move(at), std::move(q));
    if (cursor.has_error()) co_return cursor.error();
    reading_of_documents reading{o.tenant_field};
    reading.is_own = o.is_own;
    if (only != o.only.end()) reading.only = &only->second;
    reading.out.has_rows = true;
    for (;;) {
        auto const batch = co_await cursor->next(batch_budget);
        if (batch.has_error()) co_return batch.error();
        if (batch->empty()) break;
        for (auto const& text : *batch) reading.add(text);
    }
    auto& whole = reading.out.whole;
    whole.tenant_by = reading.field;
    // A field that no document has names nobody.
    if (whole.tenants.size() == 1 && !whole.tenants.begin()->first) whole.tenant_by.clear();
    if (whole.tenant_by.empty()) whole.tenants.clear();
    co_return std::move(reading.out);
}

static bool is_wanted_collection(std::vector<std::string> const& wanted, std::string const& name)
{
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

asio::awaitable<result<contents>> take_contents(stores::mongo& db, mongo_fingerprint_options o)
{
    std::vector<std::string> databases;
    if (o.database.empty()) {
        auto all = co_await db.databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    } else {
        databases.push_back(std::move(o.database));
    }
    contents out;
    for (auto const& where : databases) {
        auto const names = co_await db.collections(where);
        if (names.has_error()) co_return names.error();
        for (auto const& name : *names) {
            auto const label = where + "." + name;
            if (!is_wanted_collection(o.collections, label)) continue;
            stores::mongo_place at{where, name};
            auto read = co_await read_collection(db, std::move(at), o);
            if (read.has_error()) co_return read.error();
            out.emplace(label, std::move(*read));
        }
    }
    co_return out;
}

} // namespace watertight::drill
