#include "harness/probe/redis_scan.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/key_walk.hpp"

#include <algorithm>

namespace watertight::probe {

using stores::key_walk;
using stores::redis_reply;

// Elements of one value that come at once, and in all.
static constexpr std::size_t piece_elements = 100;
static constexpr std::size_t pieces_max = 100;
static constexpr std::size_t value_bytes_max = 1U << 20;
// Of a wide variety of keys no more families are told apart.
static constexpr std::size_t families_max = 10'000;
static constexpr char const* other_family = "(others)";

std::string redis_walk::bound() const
{
    std::string out;
    if (cut > 0) {
        out = fmt::format(
            "{} with more elements than are read, such as {}: ", plural(cut, "key"), cut_key
        );
        out += "the newest were, and those at both ends";
    }
    if (one_in == 0) return out;
    if (!out.empty()) out += "; ";
    return out + fmt::format(
                     "{} keys: the values of {} were read, all that name a tenant of the run and "
                     "one in {} of "
                     "the others; what stands in a share p of a family's other keys is missed with "
                     "probability "
                     "(1 - p) to the power of those read",
                     keys,
                     read,
                     one_in
                 );
}

// One piece of whatever it is: no command that takes long for a large value. What a run writes is
// at one of the ends.
// @param from  the cursor of a hash or set, what follows in a stream.
static redis_words
value_command(std::string const& key, std::string const& type, std::string const& from, int piece)
{
    auto const count = std::to_string(piece_elements);
    // From the beginning and from the end by turns.
    auto const n = piece / 2 * static_cast<int>(piece_elements);
    auto const size = static_cast<int>(piece_elements);
    auto const first = std::to_string(piece % 2 == 0 ? n : -n - size);
    auto const last = std::to_string(piece % 2 == 0 ? n + size - 1 : -n - 1);
    if (type == "string") return {"GETRANGE", key, "0", std::to_string(value_bytes_max - 1)};
    if (type == "hash") return {"HSCAN", key, from, "COUNT", count};
    if (type == "list") return {"LRANGE", key, first, last};
    if (type == "set") return {"SSCAN", key, from, "COUNT", count};
    if (type == "zset") return {"ZRANGE", key, first, last, "WITHSCORES"};
    if (type == "stream") {
        return {"XREVRANGE", key, piece == 0 ? "+" : "(" + from, "-", "COUNT", count};
    }
    return {"EXISTS", key};
}

// From where the next piece goes on; nothing: that was all.
static std::optional<std::string>
next_piece(std::string const& type, stores::redis_reply const& reply)
{
    if (reply.is_error() || type == "string") return std::nullopt;
    if (type == "hash" || type == "set") {
        if (reply.elements.empty() || reply.elements[0].text == "0") return std::nullopt;
        return reply.elements[0].text;
    }
    auto const each = type == "zset" ? 2U : 1U;
    if (reply.elements.size() < piece_elements * each) return std::nullopt;
    if (type != "stream") return std::string{};
    auto const& oldest = reply.elements.back();
    if (oldest.elements.empty()) return std::nullopt;
    return oldest.elements[0].text;
}

static bool is_readable(std::string const& type)
{
    static constexpr std::string_view known[] = {
        "string", "hash", "list", "set", "zset", "stream", "none"};
    return std::ranges::find(known, type) != std::end(known);
}

static void append_text(redis_reply const& reply, std::string& out)
{
    if (out.size() > value_bytes_max) return;
    out += reply.text;
    for (auto const& element : reply.elements) {
        append_text(element, out);
        out += '\n';
    }
}

static std::string text_of(redis_reply const& reply)
{
    std::string out;
    append_text(reply, out);
    return out;
}

// One piece of a value that is no string, as it was answered.
static void add_parts(std::string const& type, redis_reply const& piece, redis_entry& out)
{
    auto const has_cursor = type == "hash" || type == "set";
    if (has_cursor && piece.elements.size() != 2) return;
    auto const& all = has_cursor ? piece.elements[1].elements : piece.elements;
    std::size_t const step = type == "hash" || type == "zset" ? 2 : 1;
    for (std::size_t i = 0; i + step <= all.size(); i += step) {
        if (out.value.size() > value_bytes_max) return;
        auto name = text_of(all[i]);
        auto text = type == "hash" ? text_of(all[i + 1]) : name;
        for (std::size_t j = 0; j < step; ++j) out.value += text_of(all[i + j]) + '\n';
        out.parts.push_back({std::move(name), std::move(text)});
    }
}

namespace {

/// Reads one database.
class reader {
public:
    /// @param number  nothing: the store's own.
    reader(
        context& ctx, stores::redis& db, std::optional<unsigned> number, redis_visitor const& visit
    )
        : ctx_{ctx},
          db_{db},
          number_{number},
          visit_{visit},
          names_{names_of_tenants(ctx.population())},
          walk_{db}
    {
    }

    asio::awaitable<result<void>> run(redis_walk_limits limits, redis_walk& out)
    {
        redis_words words{"DBSIZE"};
        auto const size = co_await db_.command(std::move(words));
        if (size.has_error()) co_return size.error();
        auto const held = static_cast<std::uint64_t>(size->integer);
        if (held > limits.read_max) out.one_in = std::max(out.one_in, held / limits.read_max + 1);
        for (;;) {
            auto const page = out.one_in == 0 ? key_walk::page_keys : 4 * key_walk::page_keys;
            auto keys = co_await walk_.next(page);
            if (keys.has_error()) co_return keys.error();
            if (!*keys) co_return boost::system::in_place_value;
            std::vector<wanted> all;
            for (auto& key : **keys) consider(std::move(key), limits, all, out);
            auto const read = co_await read_page(std::move(all), out);
            if (read.has_error()) co_return read.error();
            ctx_.tick();
        }
    }

private:
    struct wanted {
        redis_place at;
        std::string family;
    };

    void consider(
        std::string key, redis_walk_limits limits, std::vector<wanted>& chosen, redis_walk& out
    )
    {
        ++out.keys;
        redis_place at{number_, std::move(key)};
        auto const name = at.name();
        auto family = at.name_among(names_).family;
        auto place = seen_.find(family);
        if (place == seen_.end() && seen_.size() >= families_max) {
            family = other_family;
            place = seen_.find(family);
        }
        if (place == seen_.end()) place = seen_.emplace(family, 0).first;
        auto const& exclude = ctx_.redis_store().exclude;
        auto const fits = [&](auto const& pattern) { return glob_matches(pattern, name); };
        if (std::ranges::any_of(exclude, fits)) {
            out.not_read.emplace(std::move(family), "excluded by the scenario");
            return;
        }
        auto const n = ++place->second;
        auto const is_chosen = out.one_in == 0 || n <= limits.of_each || n % out.one_in == 0 ||
                               names_somebody(name, names_);
        if (is_chosen) chosen.push_back({std::move(at), std::move(family)});
    }

    // A page may be many times as long as was asked for.
    asio::awaitable<result<void>> read_page(std::vector<wanted> all, redis_walk& out)
    {
        for (std::size_t begin = 0; begin < all.size(); begin += key_walk::page_keys) {
            if (begin > 0) co_await walk_.pause();
            auto const end = std::min(begin + key_walk::page_keys, all.size());
            std::vector<wanted> batch;
            for (auto i = begin; i < end; ++i) batch.push_back(std::move(all[i]));
            auto const read = co_await read_values(std::move(batch), out);
            if (read.has_error()) co_return read.error();
        }
        co_return boost::system::in_place_value;
    }

    asio::awaitable<result<void>> read_values(std::vector<wanted> batch, redis_walk& out)
    {
        key_walk::commands types;
        for (auto const& w : batch) types.push_back({"TYPE", w.at.key});
        auto const kinds = co_await walk_.send(std::move(types));
        if (kinds.has_error()) co_return kinds.error();
        key_walk::commands gets;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            gets.push_back(value_command(batch[i].at.key, (*kinds)[i].text, "0", 0));
            gets.push_back({"TTL", batch[i].at.key});
        }
        auto const replies = co_await walk_.send(std::move(gets));
        if (replies.has_error()) co_return replies.error();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto const& type = (*kinds)[i].text;
            auto const& value = (*replies)[2 * i];
            if (!is_readable(type) || value.is_error()) {
                auto const why = value.is_error() ? value.text : "values of type " + type;
                out.not_read.emplace(batch[i].family, why);
                continue;
            }
            redis_entry entry{.at = std::move(batch[i].at), .type = type};
            entry.ttl_s = (*replies)[2 * i + 1].integer;
            auto const whole = co_await read_whole(value, entry);
            if (whole.has_error()) co_return whole.error();
            if (!*whole && out.cut++ == 0) out.cut_key = entry.at.name();
            ++out.read;
            visit_(entry, batch[i].family);
        }
        co_return boost::system::in_place_value;
    }

    /// The first piece of a value, and the next ones of one that is larger. @return whether these
    /// are all.
    asio::awaitable<result<bool>> read_whole(redis_reply const& first, redis_entry& entry)
    {
        if (entry.type == "string" || entry.type == "none") {
            append_text(first, entry.value);
            co_return true;
        }
        add_parts(entry.type, first, entry);
        auto from = next_piece(entry.type, first);
        for (int piece = 1; from && piece < static_cast<int>(pieces_max); ++piece) {
            co_await walk_.pause();
            key_walk::commands one;
            one.push_back(value_command(entry.at.key, entry.type, *from, piece));
            auto const more = co_await walk_.send(std::move(one));
            if (more.has_error()) co_return more.error();
            from = next_piece(entry.type, more->front());
            add_parts(entry.type, more->front(), entry);
        }
        co_return !from.has_value();
    }

    context& ctx_;
    stores::redis& db_;
    std::optional<unsigned> number_;
    redis_visitor const& visit_;
    tenant_name_set names_;
    key_walk walk_;
    std::map<std::string, std::uint64_t, std::less<>> seen_;
};

} // namespace

static asio::awaitable<result<stores::redis>> open_database(context& ctx, unsigned number)
{
    auto url = ctx.redis_store().url;
    auto db = co_await stores::redis::connect(
        ctx.core(), std::move(url), std::chrono::seconds{5}, number
    );
    co_return db;
}

asio::awaitable<result<redis_walk>>
walk_redis(context& ctx, redis_visitor const& visit, redis_walk_limits limits)
{
    redis_walk out;
    auto const db = co_await ctx.redis();
    if (db.has_error()) co_return db.error();
    reader own{ctx, **db, std::nullopt, visit};
    auto const read = co_await own.run(limits, out);
    if (read.has_error()) co_return read.error();
    auto url = ctx.redis_store().url;
    auto const others = co_await stores::further_databases(**db, std::move(url));
    if (others.has_error()) {
        out.not_read.emplace("(other databases)", others.error().message);
        co_return out;
    }
    for (auto const number : *others) {
        auto other = co_await open_database(ctx, number);
        if (other.has_error()) {
            out.not_read.emplace(fmt::format("db{}:*", number), other.error().message);
            continue;
        }
        reader one{ctx, *other, number, visit};
        auto const done = co_await one.run(limits, out);
        if (done.has_error()) co_return done.error();
    }
    co_return out;
}

std::string cover_walk(context& ctx, redis_walk const& walked)
{
    for (auto const& [family, why] : walked.not_read) {
        ctx.covered().skipped("key_family", family, why);
    }
    return walked.bound();
}

// Of one database, entered at their places.
static asio::awaitable<result<void>> ask_for(
    stores::redis& db,
    std::vector<redis_place> const& keys,
    std::vector<std::size_t> indexes,
    std::vector<bool>& out
)
{
    key_walk walk{db};
    for (std::size_t begin = 0; begin < indexes.size(); begin += key_walk::page_keys) {
        auto const end = std::min(begin + key_walk::page_keys, indexes.size());
        key_walk::commands asked;
        for (auto i = begin; i < end; ++i) asked.push_back({"EXISTS", keys[indexes[i]].key});
        auto const replies = co_await walk.send(std::move(asked));
        if (replies.has_error()) co_return replies.error();
        for (auto i = begin; i < end; ++i) out[indexes[i]] = (*replies)[i - begin].integer == 1;
    }
    co_return boost::system::in_place_value;
}

asio::awaitable<result<std::vector<bool>>>
which_exist(context& ctx, std::vector<redis_place> const& keys)
{
    std::vector<bool> out(keys.size());
    std::map<std::optional<unsigned>, std::vector<std::size_t>> by_database;
    for (std::size_t i = 0; i < keys.size(); ++i) by_database[keys[i].database].push_back(i);
    auto const own = co_await ctx.redis();
    if (own.has_error()) co_return own.error();
    for (auto& [number, indexes] : by_database) {
        result<void> done;
        if (number) {
            auto other = co_await open_database(ctx, *number);
            if (other.has_error()) co_return other.error();
            done = co_await ask_for(*other, keys, std::move(indexes), out);
        } else {
            done = co_await ask_for(**own, keys, std::move(indexes), out);
        }
        if (done.has_error()) co_return done.error();
    }
    co_return out;
}

} // namespace watertight::probe
