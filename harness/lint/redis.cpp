#include "harness/lint/redis.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/text.hpp"
#include "harness/probe/redis_scan.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/redis.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace watertight::lint {

using probe::redis_words;

static constexpr auto connect_budget = std::chrono::seconds{10};
// Small steps with pauses of some times their length, so that other clients hardly wait.
static constexpr std::size_t page_keys = 32;
static constexpr int pause_share = 3;
// Of more keys some are asked for their lifetime; all are named and counted.
static constexpr std::uint64_t asked_max = 1'000'000;
static constexpr std::size_t families_max = 10'000;

static bool is_tenant_word(std::string_view part)
{
    static constexpr std::string_view words[] = {
        "tenant",
        "tenants",
        "org",
        "orgs",
        "organization",
        "organisation",
        "account",
        "accounts",
        "customer",
        "shop",
        "site",
        "workspace",
        "workspaces",
        "company",
        "team",
        "realm"};
    return std::ranges::find(words, to_lower(part)) != std::end(words);
}

// Parts of a family and what stands between them: "{tenant:*}:user" begins with "", '{'.
static constexpr std::string_view between = ":/|#{}";

std::string with_tenant_starred(std::string_view family)
{
    std::string out;
    bool is_behind = false;
    for (std::size_t begin = 0; begin <= family.size();) {
        auto const end = std::min(family.find_first_of(between, begin), family.size());
        auto const part = family.substr(begin, end - begin);
        out += is_behind && !part.empty() ? std::string_view{"*"} : part;
        // A brace that opens behind the word stands before what it names.
        if (!part.empty()) is_behind = is_tenant_word(part);
        if (end < family.size()) out += family[end];
        begin = end + 1;
    }
    return out;
}

bool names_tenant_by_convention(std::string_view family)
{
    bool is_behind = false;
    for (std::size_t begin = 0; begin <= family.size();) {
        auto const end = std::min(family.find_first_of(between, begin), family.size());
        auto const part = family.substr(begin, end - begin);
        if (is_behind && !part.empty()) return true;
        if (!part.empty()) is_behind = is_tenant_word(part);
        begin = end + 1;
    }
    return false;
}

namespace {

/// Names every key, counts families, asks for lifetimes.
class key_walk {
public:
    key_walk(stores::redis& db, redis_options const& o, redis_facts& facts, report& out)
        : db_{db}, options_{o}, facts_{facts}, report_{out}, names_{target::population{}}
    {
    }

    asio::awaitable<result<void>> run()
    {
        redis_words words{"DBSIZE"};
        auto const size = co_await db_.command(std::move(words));
        if (size.has_error()) co_return size.error();
        auto const held = static_cast<std::uint64_t>(size->integer);
        if (held > asked_max) one_in_ = held / asked_max + 1;
        std::string cursor = "0";
        do {
            auto const begun = steady::now();
            redis_words scan{"SCAN", cursor, "COUNT", std::to_string(page_keys)};
            auto page = co_await db_.command(std::move(scan));
            if (page.has_error()) co_return page.error();
            if (page->elements.size() != 2) break;
            cursor = page->elements[0].text;
            auto const done = co_await take_page(page->elements[1].elements);
            if (done.has_error()) co_return done.error();
            if (cursor != "0") co_await leave_to_others(steady::now() - begun);
        } while (cursor != "0");
        finish();
        co_return boost::system::in_place_value;
    }

private:
    // A server does one thing at a time, and others wait for it.
    static asio::awaitable<void> leave_to_others(std::chrono::nanoseconds used)
    {
        auto const core = co_await asio::this_coro::executor;
        asio::steady_timer timer{core, used * pause_share};
        co_await timer.async_wait(asio::use_awaitable);
    }

    asio::awaitable<result<void>> take_page(std::vector<stores::redis_reply>& keys)
    {
        std::vector<redis_words> asked;
        std::vector<redis_facts::family*> of;
        for (auto& key : keys) {
            auto* const f = count(key.text);
            if (f == nullptr || (f->keys > 100 && total_ % one_in_ != 0)) continue;
            asked.push_back({"TTL", std::move(key.text)});
            of.push_back(f);
        }
        if (asked.empty()) co_return boost::system::in_place_value;
        auto const replies = co_await db_.pipeline(std::move(asked));
        if (replies.has_error()) co_return replies.error();
        for (std::size_t i = 0; i < of.size(); ++i) {
            ++of[i]->asked;
            if ((*replies)[i].integer == -1) ++of[i]->without_expiry;
        }
        co_return boost::system::in_place_value;
    }

    redis_facts::family* count(std::string const& key)
    {
        ++total_;
        auto name = with_tenant_starred(names_.of(key));
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
                return probe::glob_matches(pattern + "*", key);
            };
            if (std::ranges::none_of(options_.key_patterns, is_named)) ++f.without_tenant;
        } else if (!names_tenant_by_convention(name)) {
            ++f.without_tenant;
        }
        return &f;
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

    stores::redis& db_;
    redis_options const& options_;
    redis_facts& facts_;
    report& report_;
    probe::key_families names_;
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

asio::awaitable<result<report>>
examine_redis(asio::any_io_executor core, redis_options o, std::vector<redis_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::redis::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    auto facts = co_await read_facts(*db);
    if (facts.has_error()) co_return facts.error();
    report out{.store = "redis", .where = db->where()};
    key_walk walk{*db, o, *facts, out};
    auto const walked = co_await walk.run();
    if (walked.has_error()) {
        out.not_examined.push_back({"key", "all of them", walked.error().message});
    }
    note_refusals(*facts, out);
    for (auto const& unit : units) {
        outcome one{.what = unit.what, .found = unit.judge(*facts), .undecided = {}};
        out.outcomes.push_back(std::move(one));
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
