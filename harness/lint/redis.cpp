#include "harness/lint/redis.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/probe/redis_scan.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/key_walk.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <chrono>

namespace watertight::lint {

using probe::redis_words;

static constexpr auto connect_budget = std::chrono::seconds{10};
// Of more keys some are asked for their lifetime; all are named and counted.
static constexpr std::uint64_t asked_max = 1'000'000;
static constexpr std::size_t families_max = 10'000;

namespace {

/// Names every key, counts families, asks for lifetimes.
class key_census {
public:
    key_census(redis_options const& o, redis_facts& facts, report& out)
        : options_{o}, facts_{facts}, report_{out}
    {
    }

    /// @param number  of the database; nothing: the one that was named.
    asio::awaitable<result<void>> count(stores::redis& db, std::optional<unsigned> number)
    {
        redis_words words{"DBSIZE"};
        auto const size = co_await db.command(std::move(words));
        if (size.has_error()) co_return size.error();
        auto const held = static_cast<std::uint64_t>(size->integer);
        if (held > asked_max) one_in_ = std::max(one_in_, held / asked_max + 1);
        stores::key_walk walk{db};
        for (;;) {
            auto keys = co_await walk.next();
            if (keys.has_error()) co_return keys.error();
            if (!*keys) co_return boost::system::in_place_value;
            auto const done = co_await take_page(walk, number, std::move(**keys));
            if (done.has_error()) co_return done.error();
        }
    }

    void finish()
    {
        bool is_any_named = false;
        for (auto& [name, f] : families_) {
            f.name = name;
            is_any_named = is_any_named || f.without_tenant == 0;
            facts_.families.push_back(f);
        }
        if (!options_.key_patterns.empty()) {
            facts_.how_named = "by the patterns that were given";
        } else if (is_any_named) {
            facts_.how_named = "by a word such as tenant before a part that varies (derived)";
        }
        report_.examined["key family"] = families_.size();
        report_.examined["key"] = total_;
        for (auto const& [name, n] : excluded_) {
            report_.not_examined.push_back({"key family", name, "excluded"});
        }
        if (one_in_ > 1) {
            report_.notes.push_back(fmt::format(
                "{} keys: of each family the first hundred and one in {} of the others were asked "
                "for their lifetime",
                total_,
                one_in_
            ));
        }
    }

private:
    asio::awaitable<result<void>>
    take_page(stores::key_walk& walk, std::optional<unsigned> number, std::vector<std::string> keys)
    {
        stores::key_walk::commands asked;
        std::vector<redis_facts::family*> of;
        for (auto& key : keys) {
            probe::redis_place const at{number, key};
            auto* const f = enter(at);
            if (f == nullptr || (f->keys > 100 && total_ % one_in_ != 0)) continue;
            asked.push_back({"TTL", std::move(key)});
            of.push_back(f);
        }
        if (asked.empty()) co_return boost::system::in_place_value;
        auto const replies = co_await walk.send(std::move(asked));
        if (replies.has_error()) co_return replies.error();
        for (std::size_t i = 0; i < of.size(); ++i) {
            ++of[i]->asked;
            if ((*replies)[i].integer == -1) ++of[i]->without_expiry;
        }
        co_return boost::system::in_place_value;
    }

    redis_facts::family* enter(probe::redis_place const& at)
    {
        ++total_;
        auto const key = at.name();
        auto [name, tenant] = at.name_among({});
        auto const fits = [&](auto const& pattern) { return probe::glob_matches(pattern, key); };
        if (std::ranges::any_of(options_.exclude, fits)) {
            ++excluded_[name];
            return nullptr;
        }
        if (!families_.contains(name) && families_.size() >= families_max) name = "(others)";
        auto& f = families_[name];
        if (f.keys++ == 0) f.example = key;
        if (!options_.key_patterns.empty()) {
            auto const is_named = [&](std::string const& pattern) {
                // "users {tenant.id}:*" speaks of members of one key.
                auto const of_key = pattern.substr(0, pattern.find(' '));
                return probe::glob_matches(of_key == pattern ? pattern + "*" : of_key, key);
            };
            if (std::ranges::none_of(options_.key_patterns, is_named)) ++f.without_tenant;
        } else if (!tenant) {
            ++f.without_tenant;
        }
        return &f;
    }

    redis_options const& options_;
    redis_facts& facts_;
    report& report_;
    std::map<std::string, redis_facts::family> families_;
    std::map<std::string, std::uint64_t> excluded_;
    std::uint64_t total_ = 0;
    std::uint64_t one_in_ = 1;
};

} // namespace

static asio::awaitable<result<redis_facts>> read_facts(stores::redis& db)
{
    redis_facts out;
    std::vector<redis_words> const commands{
        {"INFO"}, {"ACL", "LIST"}, {"ACL", "WHOAMI"}, {"CONFIG", "GET", "*"}};
    auto const replies = co_await db.pipeline(commands);
    if (replies.has_error()) co_return replies.error();
    out.info = replies->at(0).text;
    auto const& acl = replies->at(1);
    if (acl.is_error()) out.acl_refused = acl.text;
    for (auto const& line : acl.elements) out.users.push_back(parse_acl_user(line.text));
    if (!replies->at(2).is_error()) out.own_name = replies->at(2).text;
    auto const& settings = replies->at(3);
    if (settings.is_error()) out.config_refused = settings.text;
    for (std::size_t i = 0; i + 1 < settings.elements.size(); i += 2) {
        auto const& name = settings.elements[i].text;
        auto const is_secret =
            name.find("pass") != std::string::npos || name.find("auth") != std::string::npos;
        auto const& value = settings.elements[i + 1].text;
        out.settings[name] = is_secret && !value.empty() ? "(set)" : value;
    }
    co_return out;
}

static void note_refusals(redis_facts const& facts, report& out)
{
    if (!facts.acl_refused.empty()) {
        out.not_examined.push_back({"acl", "ACL LIST", facts.acl_refused});
    }
    if (!facts.config_refused.empty()) {
        out.not_examined.push_back({"settings", "CONFIG GET", facts.config_refused});
    }
    if (facts.families.empty()) {
        out.notes.emplace_back("There are no keys: nothing can be said of how they are named.");
    } else {
        auto const said =
            facts.how_named.empty() ? "not at all, as far as can be told" : facts.how_named;
        out.notes.push_back("Keys name their tenant " + said + ".");
    }
    out.examined["account"] = facts.users.size();
}

static asio::awaitable<void>
count_keys(stores::redis& db, redis_options const& o, redis_facts& facts, report& out)
{
    auto const core = co_await asio::this_coro::executor;
    key_census census{o, facts, out};
    auto const own = co_await census.count(db, std::nullopt);
    if (own.has_error()) out.not_examined.push_back({"key", "all of them", own.error().message});
    auto const others = co_await stores::further_databases(db, o.url);
    if (others.has_error()) {
        out.not_examined.push_back({"database", "all but one", others.error().message});
    }
    for (auto const number : others.has_value() ? *others : std::vector<unsigned>{}) {
        auto other = co_await stores::redis::connect(core, o.url, connect_budget, number);
        result<void> done;
        if (other.has_value())
            done = co_await census.count(*other, number);
        else
            done = other.error();
        if (done.has_error()) {
            auto name = fmt::format("db{}", number);
            out.not_examined.push_back({"database", std::move(name), done.error().message});
        }
    }
    census.finish();
}

asio::awaitable<result<report>>
examine_redis(asio::any_io_executor core, redis_options o, std::vector<redis_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::redis::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    auto facts = co_await read_facts(*db);
    if (facts.has_error()) co_return facts.error();
    report out{.store = "redis", .where = db->where()};
    co_await count_keys(*db, o, *facts, out);
    note_refusals(*facts, out);
    for (auto const& unit : units) {
        outcome one{.what = unit.what, .found = unit.judge(*facts), .undecided = {}};
        out.outcomes.push_back(std::move(one));
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
