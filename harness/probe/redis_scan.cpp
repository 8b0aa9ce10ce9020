#include "harness/probe/redis_scan.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/store_scan.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>

namespace watertight::probe {

// The server does one thing at a time: what is sent together, it does before anybody else's. So
// many keys cost it some ten microseconds.
static constexpr std::size_t page_keys = 16;
// Elements of one value that come at once, and in all.
static constexpr std::size_t piece_elements = 100;
static constexpr std::size_t pieces_max = 10;
// While others use the server, it is left alone for so many times as long as it was used.
static constexpr int pause_share = 4;
static constexpr auto pause_max = std::chrono::milliseconds{20};
// How often it is asked whether others do, and how many commands a second are nobody's traffic.
static constexpr auto others_every = std::chrono::milliseconds{250};
static constexpr double others_min_per_s = 20;
static constexpr std::size_t value_bytes_max = 1U << 20;
// Of a wide variety of keys no more families are told apart.
static constexpr std::size_t families_max = 10'000;
static constexpr char const* other_family = "(others)";

// Braces are a hash tag's: "{acme}:user:7".
static constexpr std::string_view delimiters = ":/|#{}";

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

key_families::key_families(target::population const& made)
{
    for (auto const& t : made.tenants) {
        names_.insert(t.slug);
        if (auto const id = t.attributes.find("id")) names_.insert(std::string{*id});
    }
    names_.erase("");
}

bool key_families::varies(std::string_view segment) const
{
    auto const has_digit = std::ranges::any_of(segment, is_digit);
    if (segment.size() >= 16 || (has_digit && segment.size() >= 2)) return true;
    if (!segment.empty() && std::ranges::all_of(segment, is_digit)) return true;
    return names_.contains(segment);
}

std::string key_families::of(std::string_view key) const
{
    std::string out;
    for (std::size_t begin = 0; begin <= key.size();) {
        auto const end = std::min(key.find_first_of(delimiters, begin), key.size());
        auto const segment = key.substr(begin, end - begin);
        out += varies(segment) ? std::string_view{"*"} : segment;
        if (end < key.size()) out += key[end];
        begin = end + 1;
    }
    return out;
}

bool key_families::names_somebody(std::string_view key) const
{
    for (std::size_t begin = 0; begin <= key.size();) {
        auto const end = std::min(key.find_first_of(":/|#{}.", begin), key.size());
        if (names_.contains(key.substr(begin, end - begin))) return true;
        begin = end + 1;
    }
    return false;
}

bool names_word(std::string_view key, std::string_view name)
{
    if (name.empty()) return false;
    for (auto at = key.find(name); at != std::string_view::npos; at = key.find(name, at + 1)) {
        auto const end = at + name.size();
        auto const begins = at == 0 || !is_word_char(key[at - 1]) || !is_word_char(name.front());
        auto const ends = end == key.size() || !is_word_char(key[end]);
        if (begins && ends) return true;
    }
    return false;
}

std::string redis_walk::bound() const
{
    if (one_in == 0) return {};
    return fmt::format(
        "{} keys: the values of {} were read, all that name a tenant of the run and one in {} of "
        "the others; what stands in a share p of a family's other keys is missed with probability "
        "(1 - p) to the power of those read",
        keys,
        read,
        one_in
    );
}

// One piece of whatever it is: no command that takes long for a large value.
// @param from  the cursor of a hash or set, what precedes in a stream, else the number of the
// piece.
static redis_words
value_command(std::string const& key, std::string const& type, std::string const& from, int piece)
{
    auto const count = std::to_string(piece_elements);
    auto const begin = static_cast<std::size_t>(piece) * piece_elements;
    auto const first = std::to_string(begin);
    auto const last = std::to_string(begin + piece_elements - 1);
    if (type == "string") return {"GETRANGE", key, "0", std::to_string(value_bytes_max - 1)};
    if (type == "hash") return {"HSCAN", key, from, "COUNT", count};
    if (type == "list") return {"LRANGE", key, first, last};
    if (type == "set") return {"SSCAN", key, from, "COUNT", count};
    if (type == "zset") return {"ZRANGE", key, first, last, "WITHSCORES"};
    if (type == "stream") {
        return {"XRANGE", key, piece == 0 ? "-" : "(" + from, "+", "COUNT", count};
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
    auto const& newest = reply.elements.back();
    if (newest.elements.empty()) return std::nullopt;
    return newest.elements[0].text;
}

static bool is_readable(std::string const& type)
{
    static constexpr std::string_view known[] = {
        "string", "hash", "list", "set", "zset", "stream", "none"};
    return std::ranges::find(known, type) != std::end(known);
}

static void append_text(stores::redis_reply const& reply, std::string& out)
{
    if (out.size() > value_bytes_max) return;
    out += reply.text;
    for (auto const& element : reply.elements) {
        append_text(element, out);
        out += '\n';
    }
}

namespace {

class walker {
public:
    walker(context& ctx, stores::redis& db, redis_visitor const& visit, redis_walk_limits limits)
        : ctx_{ctx}, db_{db}, visit_{visit}, limits_{limits}, families_{ctx.population()}
    {
    }

    asio::awaitable<result<redis_walk>> run()
    {
        redis_words words{"DBSIZE"};
        auto const size = co_await db_.command(std::move(words));
        if (size.has_error()) co_return size.error();
        auto const held = static_cast<std::uint64_t>(size->integer);
        if (held > limits_.read_max) out_.one_in = held / limits_.read_max + 1;
        std::string cursor = "0";
        do {
            auto const page = co_await next_page(cursor);
            if (page.has_error()) co_return page.error();
            cursor = *page;
            ctx_.tick();
            co_await make_room();
        } while (cursor != "0");
        co_return std::move(out_);
    }

private:
    struct wanted {
        std::string key;
        std::string family;
    };

    /// Reads one page's values. @return the cursor of the next.
    asio::awaitable<result<std::string>> next_page(std::string cursor)
    {
        auto const count = out_.one_in == 0 ? page_keys : 4 * page_keys;
        std::vector<redis_words> words{{"SCAN", cursor, "COUNT", std::to_string(count)}};
        auto pages = co_await send(std::move(words));
        if (pages.has_error()) co_return pages.error();
        auto* const page = &pages->front();
        if (page->elements.size() != 2) {
            co_return failure{errc::malformed, db_.where() + ": not a reply to SCAN", {}};
        }
        std::vector<wanted> all;
        for (auto& key : page->elements[1].elements) consider(std::move(key.text), all);
        // A page may be many times as long as was asked for.
        for (std::size_t begin = 0; begin < all.size(); begin += page_keys) {
            auto const end = std::min(begin + page_keys, all.size());
            std::vector<wanted> batch;
            for (auto i = begin; i < end; ++i) batch.push_back(std::move(all[i]));
            auto const read = co_await read_values(std::move(batch));
            if (read.has_error()) co_return read.error();
            if (end < all.size()) co_await make_room();
        }
        co_return page->elements[0].text;
    }

    /// What was sent together: how long the server may have been at it, and how much it was.
    asio::awaitable<result<std::vector<stores::redis_reply>>> send(std::vector<redis_words> words)
    {
        sent_ += words.size();
        auto const begun = steady::now();
        auto replies = co_await db_.pipeline(std::move(words));
        used_ += steady::now() - begun;
        co_return replies;
    }

    /// Leaves the server to others for a while, where there are any.
    asio::awaitable<void> make_room()
    {
        co_await look_for_others();
        auto const pause = std::min<std::chrono::nanoseconds>(
            used_ * pause_share, std::chrono::nanoseconds{pause_max}
        );
        used_ = {};
        if (!has_others_) co_return;
        asio::steady_timer timer{ctx_.core(), pause};
        co_await timer.async_wait(asio::use_awaitable);
    }

    /// Others are whoever sent the commands that we did not; unknown, they are supposed to be
    /// there.
    asio::awaitable<void> look_for_others()
    {
        auto const now = steady::now();
        if (now - looked_ < others_every) co_return;
        redis_words words{"INFO", "stats"};
        ++sent_;
        auto const stats = co_await db_.command(std::move(words));
        static constexpr std::string_view name = "total_commands_processed:";
        auto const at = stats.has_value() ? stats->text.find(name) : std::string::npos;
        has_others_ = true;
        if (at != std::string::npos) {
            auto const digits = std::string_view{stats->text}.substr(at + name.size());
            std::uint64_t total = 0;
            std::from_chars(digits.data(), digits.data() + digits.size(), total);
            auto const theirs = total - total_ > sent_ ? total - total_ - sent_ : 0;
            has_others_ = total_ == 0 ||
                          static_cast<double>(theirs) > others_min_per_s * seconds(now - looked_);
            total_ = total;
        }
        sent_ = 0;
        looked_ = now;
    }

    void consider(std::string key, std::vector<wanted>& batch)
    {
        ++out_.keys;
        auto family = families_.of(key);
        auto at = seen_.find(family);
        if (at == seen_.end() && seen_.size() >= families_max) {
            family = other_family;
            at = seen_.find(family);
        }
        if (at == seen_.end()) at = seen_.emplace(family, 0).first;
        auto const& exclude = ctx_.redis_store().exclude;
        auto const fits = [&](auto const& pattern) { return glob_matches(pattern, key); };
        if (std::ranges::any_of(exclude, fits)) {
            out_.not_read.emplace(std::move(family), "excluded by the scenario");
            return;
        }
        auto const n = ++at->second;
        auto const is_chosen = out_.one_in == 0 || n <= limits_.of_each || n % out_.one_in == 0 ||
                               families_.names_somebody(key);
        if (is_chosen) batch.push_back({std::move(key), std::move(family)});
    }

    asio::awaitable<result<void>> read_values(std::vector<wanted> batch)
    {
        if (batch.empty()) co_return boost::system::in_place_value;
        std::vector<redis_words> types;
        for (auto const& w : batch) types.push_back({"TYPE", w.key});
        auto const kinds = co_await send(std::move(types));
        if (kinds.has_error()) co_return kinds.error();
        std::vector<redis_words> gets;
        for (std::size_t i = 0; i < batch.size(); ++i) {
            gets.push_back(value_command(batch[i].key, (*kinds)[i].text, "0", 0));
            gets.push_back({"TTL", batch[i].key});
        }
        auto replies = co_await send(std::move(gets));
        if (replies.has_error()) co_return replies.error();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            auto const& type = (*kinds)[i].text;
            auto const more = co_await read_on(batch[i].key, type, (*replies)[2 * i]);
            if (more.has_error()) co_return more.error();
            take(batch[i], type, (*replies)[2 * i], (*replies)[2 * i + 1].integer);
        }
        co_return boost::system::in_place_value;
    }

    /// The next pieces of a value that is larger than one, added to the first.
    asio::awaitable<result<void>>
    read_on(std::string key, std::string type, stores::redis_reply& first)
    {
        auto from = next_piece(type, first);
        for (int piece = 1; from && piece < static_cast<int>(pieces_max); ++piece) {
            co_await make_room();
            std::vector<redis_words> one;
            one.push_back(value_command(key, type, *from, piece));
            auto more = co_await send(std::move(one));
            if (more.has_error()) co_return more.error();
            from = next_piece(type, more->front());
            first.elements.push_back(std::move(more->front()));
        }
        co_return boost::system::in_place_value;
    }

    void take(
        wanted const& w, std::string const& type, stores::redis_reply const& value, std::int64_t ttl
    )
    {
        if (!is_readable(type) || value.is_error()) {
            auto const why = value.is_error() ? value.text : "values of type " + type;
            out_.not_read.emplace(w.family, why);
            return;
        }
        ++out_.read;
        redis_entry entry{.key = w.key, .type = type, .value = {}, .ttl_s = ttl};
        append_text(value, entry.value);
        visit_(entry, w.family);
    }

    context& ctx_;
    stores::redis& db_;
    redis_visitor const& visit_;
    redis_walk_limits limits_;
    key_families families_;
    std::map<std::string, std::uint64_t> seen_;
    redis_walk out_;
    /// Since the last pause, and since the last look at who else is there.
    std::chrono::nanoseconds used_{};
    std::uint64_t sent_ = 0;
    std::uint64_t total_ = 0;
    steady::time_point looked_{};
    bool has_others_ = true;
};

} // namespace

asio::awaitable<result<redis_walk>>
walk_redis(context& ctx, stores::redis& db, redis_visitor const& visit, redis_walk_limits limits)
{
    walker w{ctx, db, visit, limits};
    co_return co_await w.run();
}

std::string cover_walk(context& ctx, redis_walk const& walked)
{
    for (auto const& [family, why] : walked.not_read) {
        ctx.covered().skipped("key_family", family, why);
    }
    return walked.bound();
}

asio::awaitable<result<std::vector<bool>>>
which_exist(stores::redis& db, std::vector<std::string> const& keys)
{
    std::vector<bool> out;
    for (std::size_t begin = 0; begin < keys.size(); begin += page_keys) {
        std::vector<redis_words> asked;
        auto const end = std::min(begin + page_keys, keys.size());
        for (auto i = begin; i < end; ++i) asked.push_back({"EXISTS", keys[i]});
        auto const replies = co_await db.pipeline(std::move(asked));
        if (replies.has_error()) co_return replies.error();
        for (auto const& reply : *replies) out.push_back(reply.integer == 1);
    }
    co_return out;
}

} // namespace watertight::probe
