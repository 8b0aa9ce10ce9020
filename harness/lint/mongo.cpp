#include "harness/lint/mongo.hpp"

#include "harness/base/clock.hpp"
#include "harness/base/tenant_words.hpp"
#include "harness/base/text.hpp"
#include "harness/lint/tenancy.hpp"
#include "harness/probe/store_scan.hpp"
#include "harness/stores/mongo.hpp"
#include "harness/stores/mongo_address.hpp"

#include <algorithm>
#include <map>

namespace watertight::lint {

using stores::mongo_document;
using stores::mongo_place;

static constexpr auto connect_budget = std::chrono::seconds{10};
static constexpr auto count_budget = std::chrono::seconds{10};
// So many documents of a collection are looked at for the field that names the tenant.
static constexpr std::int64_t samples = 20;

std::string tenant_field_of(std::vector<std::string> const& names)
{
    std::string best;
    double most = 0;
    for (auto const& name : names) {
        auto const dot = name.rfind('.');
        auto const word = tenant_word(dot == name.npos ? name : name.substr(dot + 1));
        if (!word || weight_of(*word) <= most) continue;
        best = name;
        most = weight_of(*word);
    }
    return best;
}

// The document's own first, then those of the documents in it.
static std::vector<std::string> fields_of(mongo_document const& d)
{
    std::vector<std::string> out;
    for (auto const& [name, value] : d.items()) out.push_back(name);
    for (auto const& [name, value] : d.items()) {
        if (!value.is_object()) continue;
        for (auto const& [inner, unused] : value.items()) {
            if (!inner.starts_with('$')) out.push_back(name + "." + inner);
        }
    }
    return out;
}

namespace {

class catalogue_reader {
public:
    catalogue_reader(stores::mongo& db, mongo_options const& o, mongo_facts& facts, report& out)
        : db_{db}, options_{o}, facts_{facts}, report_{out}
    {
    }

    asio::awaitable<result<void>> run()
    {
        auto const places = co_await list();
        if (places.has_error()) co_return places.error();
        facts_.tenant_field = options_.tenant_field;
        if (facts_.tenant_field.empty()) facts_.tenant_field = co_await derive(*places);
        for (auto const& at : *places) {
            auto const read = co_await read_collection(at);
            if (read.has_error()) {
                auto const name = at.database + "." + at.collection;
                report_.not_examined.push_back({"collection", name, read.error().message});
            }
        }
        report_.examined["collection"] = facts_.collections.size();
        auto const users = co_await read_users();
        if (users.has_error()) {
            facts_.users_refused = users.error().message;
            report_.not_examined.push_back({"account", "usersInfo", users.error().message});
        }
        report_.examined["account"] = facts_.users.size();
        co_return boost::system::in_place_value;
    }

private:
    asio::awaitable<result<std::vector<mongo_place>>> list()
    {
        auto const address = stores::parse_mongo_address(options_.url);
        if (address.has_error()) co_return address.error();
        std::vector<std::string> databases{address->database};
        if (address->database.empty()) {
            auto all = co_await db_.databases();
            if (all.has_error()) co_return all.error();
            databases = std::move(*all);
        }
        std::vector<mongo_place> out;
        for (auto const& database : databases) {
            auto const names = co_await db_.collections(database);
            if (names.has_error()) co_return names.error();
            auto const views = co_await db_.views(database);
            if (views.has_error()) co_return views.error();
            for (auto const& name : *views) {
                report_.not_examined.push_back(
                    {"view", database + "." + name, "shows what collections hold"}
                );
            }
            for (auto const& name : *names) {
                auto const whole = database + "." + name;
                auto const fits = [&](std::string const& pattern) {
                    return probe::glob_matches(pattern, name) ||
                           probe::glob_matches(pattern, whole);
                };
                if (std::ranges::any_of(options_.exclude, fits)) {
                    report_.not_examined.push_back({"collection", whole, "excluded"});
                } else {
                    out.push_back({database, name});
                }
            }
        }
        co_return out;
    }

    // The name that most collections use.
    asio::awaitable<std::string> derive(std::vector<mongo_place> const& places)
    {
        std::map<std::string, std::size_t> votes;
        for (auto const& at : places) {
            stores::mongo_query q;
            q.limit = samples;
            auto cursor = co_await db_.find(at, std::move(q));
            if (cursor.has_error()) continue;
            auto const batch = co_await cursor->next();
            if (batch.has_error()) continue;
            std::map<std::string, bool> seen;
            for (auto const& text : *batch) {
                auto const d = mongo_document::parse(text, nullptr, false);
                if (!d.is_object()) continue;
                auto const field = tenant_field_of(fields_of(d));
                if (!field.empty()) seen[field] = true;
            }
            for (auto const& [field, yes] : seen) ++votes[field];
        }
        auto const best =
            std::ranges::max_element(votes, {}, [](auto const& v) { return v.second; });
        std::string name;
        if (best != votes.end()) name = best->first;
        co_return name;
    }

    asio::awaitable<result<void>> read_collection(mongo_place at)
    {
        mongo_facts::collection c{.database = at.database, .name = at.collection};
        auto const all = co_await db_.count(at, mongo_document::object(), count_budget);
        if (all.has_error()) co_return all.error();
        c.documents = *all;
        c.missing = *all;
        if (!facts_.tenant_field.empty()) {
            // Equal to null matches what is absent, too.
            mongo_document bare;
            bare[facts_.tenant_field] = nullptr;
            auto const n = co_await db_.count(at, std::move(bare), count_budget);
            if (n.has_error()) co_return n.error();
            c.missing = std::min(*n, *all);
        }
        auto indexes = co_await read_indexes(at);
        if (indexes.has_error()) co_return indexes.error();
        c.indexes = std::move(*indexes);
        facts_.collections.push_back(std::move(c));
        co_return boost::system::in_place_value;
    }

    asio::awaitable<result<std::vector<mongo_facts::index>>> read_indexes(mongo_place at)
    {
        mongo_document words;
        words["listIndexes"] = at.collection;
        auto const said = co_await db_.command(at.database, std::move(words));
        if (said.has_error()) co_return said.error();
        std::vector<mongo_facts::index> out;
        auto const cursor = said->value("cursor", mongo_document::object());
        for (auto const& i : cursor.value("firstBatch", mongo_document::array())) {
            mongo_facts::index one;
            one.name = i.value("name", "");
            one.is_unique = i.value("unique", false);
            auto const key = i.value("key", mongo_document::object());
            for (auto const& [field, order] : key.items()) one.fields.push_back(field);
            out.push_back(std::move(one));
        }
        co_return out;
    }

    asio::awaitable<result<void>> read_users()
    {
        mongo_document words;
        words["usersInfo"] = mongo_document{{"forAllDBs", true}};
        auto const said = co_await db_.command("admin", std::move(words));
        if (said.has_error()) co_return said.error();
        for (auto const& u : said->value("users", mongo_document::array())) {
            mongo_facts::user one{.name = u.value("user", ""), .database = u.value("db", "")};
            for (auto const& r : u.value("roles", mongo_document::array())) {
                one.roles.push_back({r.value("role", ""), r.value("db", "")});
            }
            facts_.users.push_back(std::move(one));
        }
        co_return boost::system::in_place_value;
    }

    stores::mongo& db_;
    mongo_options const& options_;
    mongo_facts& facts_;
    report& report_;
};

} // namespace

static std::string how_told(mongo_facts const& facts, mongo_options const& o)
{
    if (facts.tenant_field.empty()) {
        return "No field is known to name the tenant: what depends on one says nothing.";
    }
    return fmt::format(
        "Documents name their tenant by {} ({}).",
        facts.tenant_field,
        o.tenant_field.empty() ? "derived" : "told"
    );
}

asio::awaitable<result<report>>
examine_mongo(asio::any_io_executor core, mongo_options o, std::vector<mongo_unit> units)
{
    auto const begun = steady::now();
    auto db = co_await stores::mongo::connect(core, o.url, connect_budget);
    if (db.has_error()) co_return db.error();
    mongo_facts facts;
    report out{.store = "mongo", .where = db->where()};
    catalogue_reader reader{*db, o, facts, out};
    auto const read = co_await reader.run();
    if (read.has_error()) co_return read.error();
    out.notes.push_back(how_told(facts, o));
    for (auto const& unit : units) {
        outcome one{.what = unit.what, .found = unit.judge(facts), .undecided = {}};
        out.outcomes.push_back(std::move(one));
    }
    out.seconds = seconds(steady::now() - begun);
    co_return out;
}

} // namespace watertight::lint
