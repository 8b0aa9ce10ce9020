#include "harness/base/text.hpp"
#include "harness/drill/catalogue.hpp"
#include "harness/drill/fingerprint.hpp"

#include <fmt/format.h>

#include <array>

namespace watertight::drill {

using stores::mongo_document;

static mongo_document batch_of(mongo_document const& reply)
{
    if (!reply.contains("cursor")) return mongo_document::array();
    return reply["cursor"].value("firstBatch", mongo_document::array());
}

static std::string without(mongo_document d, std::initializer_list<char const*> names)
{
    for (auto const* const name : names) d.erase(name);
    return d.dump();
}

static asio::awaitable<void>
read_indexes(stores::mongo& db, std::string database, std::string collection, catalogue& out)
{
    mongo_document words;
    words["listIndexes"] = collection;
    auto const reply = co_await db.command(database, std::move(words));
    auto const label = database + "." + collection;
    if (reply.has_error()) {
        out.unread.push_back("indexes of " + label + ": " + reply.error().message);
        co_return;
    }
    for (auto const& index : batch_of(*reply)) {
        auto fact = fmt::format("index: {}.{}", label, index.value("name", "?"));
        out.facts.emplace(std::move(fact), without(index, {"name", "ns", "v"}));
    }
}

static asio::awaitable<result<void>>
read_collections(stores::mongo& db, std::string database, catalogue& out)
{
    mongo_document words;
    words["listCollections"] = 1;
    words["cursor"]["batchSize"] = 100'000;
    auto const reply = co_await db.command(database, std::move(words));
    if (reply.has_error()) co_return reply.error();
    for (auto const& c : batch_of(*reply)) {
        auto const name = c.value("name", "?");
        if (name.starts_with("system.")) continue;
        auto const options = c.value("options", mongo_document::object());
        out.facts.emplace(
            fmt::format("collection: {}.{}", database, name),
            fmt::format("{} {}", c.value("type", "collection"), options.dump())
        );
        if (c.value("type", "collection") == "collection") {
            co_await read_indexes(db, database, name, out);
        }
    }
    co_return boost::system::in_place_value;
}

static asio::awaitable<void>
read_accounts(stores::mongo& db, std::string database, char const* kind, catalogue& out)
{
    auto const is_users = std::string_view{kind} == "user";
    mongo_document words;
    words[is_users ? "usersInfo" : "rolesInfo"] = 1;
    if (!is_users) words["showPrivileges"] = true;
    auto const reply = co_await db.command(database, std::move(words));
    if (reply.has_error()) {
        out.unread.push_back(fmt::format("{}s of {}: {}", kind, database, reply.error().message));
        co_return;
    }
    for (auto const& one : reply->value(is_users ? "users" : "roles", mongo_document::array())) {
        auto const name = one.value(is_users ? "user" : "role", "?");
        out.facts.emplace(
            fmt::format("{}: {}.{}", kind, database, name),
            without(one, {"_id", "userId", "mechanisms"})
        );
    }
}

asio::awaitable<result<catalogue>> read_catalogue(stores::mongo& db, std::string database)
{
    std::vector<std::string> databases;
    if (database.empty()) {
        auto all = co_await db.databases();
        if (all.has_error()) co_return all.error();
        databases = std::move(*all);
    } else {
        databases.push_back(std::move(database));
    }
    catalogue out;
    for (auto const& where : databases) {
        auto const read = co_await read_collections(db, where, out);
        if (read.has_error()) co_return read.error();
        co_await read_accounts(db, where, "user", out);
        co_await read_accounts(db, where, "role", out);
    }
    co_await read_accounts(db, "admin", "user", out);
    co_return out;
}

// A password's hash is itself a secret: of it a fingerprint is kept.
static std::string without_passwords(std::string_view rules)
{
    std::string out;
    for (auto const word : split(rules, ' ')) {
        if (!out.empty()) out += ' ';
        auto const is_hash = word.starts_with('#');
        out += is_hash ? fmt::format("#{:08x}", sums_of(std::string{word}).first >> 32U)
                       : std::string{word};
    }
    return out;
}

asio::awaitable<result<catalogue>> read_catalogue(stores::redis& db)
{
    catalogue out;
    std::vector<std::string> list{"ACL", "LIST"};
    auto const users = co_await db.command(std::move(list));
    if (!db.is_open()) co_return users.error();
    if (users.has_error()) out.unread.push_back("accounts: " + users.error().message);
    if (users.has_value()) {
        for (auto const& line : users->elements) {
            auto const words = split(line.text, ' ');
            if (words.size() < 2) continue;
            auto rules = without_passwords(line.text.substr(words[0].size() + words[1].size() + 2));
            out.facts.emplace(fmt::format("account: {}", words[1]), std::move(rules));
        }
    }
    static constexpr std::array<char const*, 9> settings{
        "maxmemory",
        "maxmemory-policy",
        "notify-keyspace-events",
        "appendonly",
        "appendfsync",
        "save",
        "databases",
        "protected-mode",
        "acl-pubsub-default"};
    for (auto const* const name : settings) {
        std::vector<std::string> ask{"CONFIG", "GET", name};
        auto const value = co_await db.command(std::move(ask));
        if (!db.is_open()) co_return value.error();
        if (value.has_error()) {
            out.unread.push_back("settings: " + value.error().message);
            break;
        }
        if (value->elements.size() < 2) continue;
        out.facts.emplace(fmt::format("setting: {}", name), value->elements[1].text);
    }
    co_return out;
}

} // namespace watertight::drill
