#include "harness/stores/key_walk.hpp"

#include "harness/base/text.hpp"
#include "harness/stores/redis_address.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace watertight::stores {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

// While others use the server, it is left alone for so many times as long as it was used.
static constexpr int pause_share = 4;
static constexpr std::chrono::nanoseconds pause_max = 20ms;
// How often it is asked whether others do, and how many commands a second are nobody's traffic.
static constexpr std::chrono::nanoseconds others_every = 250ms;
static constexpr double others_min_per_s = 20;

key_walk::key_walk(redis& db, std::string match) : db_{db}, match_{std::move(match)}
{
}

asio::awaitable<result<std::optional<std::vector<std::string>>>> key_walk::next(std::size_t count)
{
    if (cursor_ == "0") co_return std::nullopt;
    if (cursor_.empty())
        cursor_ = "0";
    else
        co_await pause();
    words scan{"SCAN", cursor_, "COUNT", std::to_string(count)};
    if (!match_.empty()) scan.insert(scan.end(), {"MATCH", match_});
    commands one;
    one.push_back(std::move(scan));
    auto pages = co_await send(std::move(one));
    if (pages.has_error()) co_return pages.error();
    auto& page = pages->front();
    if (page.elements.size() != 2) {
        auto const why = page.is_error() ? page.text : "not a reply to SCAN";
        co_return failure{errc::malformed, db_.where() + ": " + why, {}};
    }
    cursor_ = page.elements[0].text;
    std::vector<std::string> keys;
    for (auto& key : page.elements[1].elements) keys.push_back(std::move(key.text));
    co_return keys;
}

asio::awaitable<result<std::vector<redis_reply>>>
key_walk::send(commands all, std::chrono::nanoseconds budget)
{
    sent_ += all.size();
    auto const begun = steady::now();
    auto replies = co_await db_.pipeline(std::move(all), budget);
    used_ += steady::now() - begun;
    co_return replies;
}

asio::awaitable<void> key_walk::pause()
{
    co_await look_for_others();
    auto const length = std::min<std::chrono::nanoseconds>(used_ * pause_share, pause_max);
    used_ = {};
    if (!has_others_) co_return;
    auto const core = co_await asio::this_coro::executor;
    asio::steady_timer timer{core, length};
    co_await timer.async_wait(asio::use_awaitable);
}

// Others are whoever sent the commands that we did not; unknown, they are supposed to be there.
asio::awaitable<void> key_walk::look_for_others()
{
    auto const now = steady::now();
    if (now - looked_ < others_every) co_return;
    words info{"INFO", "stats"};
    ++sent_;
    auto const stats = co_await db_.command(std::move(info));
    static constexpr std::string_view name = "total_commands_processed:";
    auto const at = stats.has_value() ? stats->text.find(name) : std::string::npos;
    has_others_ = true;
    if (at != std::string::npos) {
        auto const digits = std::string_view{stats->text}.substr(at + name.size());
        std::uint64_t total = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), total);
        auto const theirs = total - total_ > sent_ ? total - total_ - sent_ : 0;
        auto const most = others_min_per_s * seconds(now - looked_);
        has_others_ = total_ == 0 || static_cast<double>(theirs) > most;
        total_ = total;
    }
    sent_ = 0;
    looked_ = now;
}

asio::awaitable<result<std::vector<std::string>>>
keys_like(redis& db, std::string match, std::size_t keys_max)
{
    // Of which hardly any match, as a rule: a page costs the server as little as one of keys.
    static constexpr std::size_t page = 4 * key_walk::page_keys;
    key_walk walk{db, match};
    // SCAN may name a key more than once.
    std::unordered_set<std::string> found;
    for (;;) {
        auto keys = co_await walk.next(page);
        if (keys.has_error()) co_return keys.error();
        if (!*keys) break;
        for (auto& key : **keys) found.insert(std::move(key));
        if (found.size() > keys_max) {
            auto why =
                fmt::format("{} holds more than {} keys like {}", db.where(), keys_max, match);
            co_return failure{errc::exhausted, std::move(why), {}};
        }
    }
    co_return std::vector<std::string>{found.begin(), found.end()};
}

// "# Keyspace\r\ndb0:keys=7,expires=0,...\r\ndb3:keys=1,..."
std::vector<unsigned> databases_in(std::string_view keyspace)
{
    std::vector<unsigned> out;
    for (auto const line : split(keyspace, '\n')) {
        if (!line.starts_with("db")) continue;
        unsigned n = 0;
        auto const [end, error] = std::from_chars(line.data() + 2, line.data() + line.size(), n);
        if (error == std::errc{} && end != line.data() + line.size() && *end == ':')
            out.push_back(n);
    }
    return out;
}

asio::awaitable<result<std::vector<unsigned>>> further_databases(redis& db, std::string url)
{
    auto const address = parse_redis_address(url);
    if (address.has_error()) co_return address.error();
    if (address->database) co_return std::vector<unsigned>{};
    words info{"INFO", "keyspace"};
    auto const told = co_await db.command(std::move(info));
    if (told.has_error()) co_return told.error();
    auto out = databases_in(told->text);
    std::erase(out, db.database());
    co_return out;
}

} // namespace watertight::stores
