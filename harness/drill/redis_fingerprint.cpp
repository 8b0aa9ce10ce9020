#include "harness/drill/redis_fingerprint.hpp"

#include "harness/probe/redis_keys.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/key_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace watertight::drill {

static constexpr std::size_t page_keys = 64;
// A larger collection stops the server for too long: its size alone is compared.
static constexpr std::int64_t members_max = 100'000;
static constexpr char const* time_changes_them = "entries that expire: time alone changes them";

using command_words = std::vector<std::string>;

struct found_key {
    std::string key;
    std::string type;
    bool expires = false;
    std::int64_t size = 0;
};

static command_words size_command(found_key const& k)
{
    if (k.type == "hash") return {"HLEN", k.key};
    if (k.type == "list") return {"LLEN", k.key};
    if (k.type == "set") return {"SCARD", k.key};
    if (k.type == "zset") return {"ZCARD", k.key};
    if (k.type == "stream") return {"XLEN", k.key};
    return {"EXISTS", k.key};
}

static command_words value_command_of(found_key const& k)
{
    if (k.size > members_max) return {"EXISTS", k.key};
    if (k.type == "string") return {"GET", k.key};
    if (k.type == "hash") return {"HGETALL", k.key};
    if (k.type == "list") return {"LRANGE", k.key, "0", "-1"};
    if (k.type == "set") return {"SMEMBERS", k.key};
    if (k.type == "zset") return {"ZRANGE", k.key, "0", "-1", "WITHSCORES"};
    if (k.type == "stream") return {"XRANGE", k.key, "-", "+"};
    return {"DUMP", k.key};
}

static void append(stores::redis_reply const& r, std::string& out)
{
    out += fmt::format("{}:{}", r.text.size(), r.text);
    for (auto const& e : r.elements) append(e, out);
}

// One text for one value, whatever the order in which the server names its members.
static std::string canonical(found_key const& k, stores::redis_reply const& value)
{
    auto out = fmt::format("{} {} {} ", k.key, k.type, k.size);
    if (k.type != "hash" && k.type != "set") {
        append(value, out);
        return out;
    }
    std::size_t const step = k.type == "hash" ? 2 : 1;
    std::vector<std::string> members;
    for (std::size_t i = 0; i + step <= value.elements.size(); i += step) {
        auto& member = members.emplace_back();
        for (std::size_t j = 0; j < step; ++j) append(value.elements[i + j], member);
    }
    std::ranges::sort(members);
    for (auto const& m : members) out += m;
    return out;
}

namespace {

class key_reader {
public:
    key_reader(stores::redis& db, redis_fingerprint_options o) : walk_{db}, options_{std::move(o)}
    {
    }

    asio::awaitable<result<contents>> run()
    {
        for (;;) {
            auto page = co_await walk_.next(page_keys);
            if (page.has_error()) co_return page.error();
            if (!*page) break;
            auto const read = co_await read_page(std::move(**page));
            if (read.has_error()) co_return read.error();
        }
        co_return std::move(out_);
    }

private:
    bool is_wanted(std::string const& key)
    {
        auto const fits = [&](auto const& p) { return probe::glob_matches(p, key); };
        auto const& patterns = options_.patterns;
        if (!patterns.empty() && std::ranges::none_of(patterns, fits)) return false;
        // SCAN may name a key twice.
        return seen_.insert(std::hash<std::string>{}(key)).second;
    }

    asio::awaitable<result<void>> read_page(std::vector<std::string> named)
    {
        std::vector<found_key> keys;
        std::vector<command_words> ask;
        for (auto& n : named) {
            if (!is_wanted(n)) continue;
            ask.push_back({"TYPE", n});
            ask.push_back({"PTTL", n});
            keys.push_back({std::move(n), {}, false, 0});
        }
        if (keys.empty()) co_return boost::system::in_place_value;
        auto const kinds = co_await walk_.send(std::move(ask));
        if (kinds.has_error()) co_return kinds.error();
        std::vector<command_words> sizes;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            keys[i].type = (*kinds)[2 * i].text;
            keys[i].expires = (*kinds)[2 * i + 1].integer >= 0;
            sizes.push_back(size_command(keys[i]));
        }
        auto const counted = co_await walk_.send(std::move(sizes));
        if (counted.has_error()) co_return counted.error();
        std::vector<command_words> values;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            keys[i].size = (*counted)[i].integer;
            values.push_back(value_command_of(keys[i]));
        }
        auto const read = co_await walk_.send(std::move(values), std::chrono::seconds{60});
        if (read.has_error()) co_return read.error();
        for (std::size_t i = 0; i < keys.size(); ++i) {
            // It has gone since it was named.
            if (keys[i].type != "none") add(keys[i], (*read)[i]);
        }
        co_return boost::system::in_place_value;
    }

    void add(found_key const& k, stores::redis_reply const& value)
    {
        auto name = probe::name_of_key(k.key, options_.tenants);
        auto& family = out_[k.expires ? name.family + " (expiring)" : name.family];
        auto const text = canonical(k, value);
        auto const sums = sums_of(text);
        auto& whole = family.whole;
        family.is_family = true;
        if (k.expires) family.excuse = time_changes_them;
        family.has_rows = whole.all.rows == 0 || family.has_rows;
        whole.all += sums;
        if (name.tenant) whole.tenant_by = "the key";
        whole.tenants[name.tenant] += sums;
        if (whole.all.rows > rows_kept_max) {
            family.has_rows = false;
            family.rows.clear();
        }
        if (!family.has_rows) return;
        auto hash = fmt::format("{:016x}{:016x}", sums.first, sums.second);
        auto const is_own = options_.is_own && options_.is_own(text);
        family.rows.emplace(k.key, kept_row{std::move(hash), std::move(name.tenant), {}, is_own});
    }

    stores::key_walk walk_;
    redis_fingerprint_options options_;
    std::unordered_set<std::size_t> seen_;
    contents out_;
};

} // namespace

asio::awaitable<result<contents>> take_contents(stores::redis& db, redis_fingerprint_options o)
{
    key_reader reader{db, std::move(o)};
    auto out = co_await reader.run();
    co_return out;
}

} // namespace watertight::drill
