#include "harness/drill/stores.hpp"

#include "harness/drill/folder_fingerprint.hpp"
#include "harness/drill/mongo_fingerprint.hpp"
#include "harness/drill/redis_fingerprint.hpp"
#include "harness/stores/mongo_address.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace watertight::drill {

static constexpr auto connect_within = std::chrono::seconds{10};

static constexpr std::string_view folder_scheme = "file://";

std::string folder_of_url(std::string_view url)
{
    return std::string{url.substr(std::min(folder_scheme.size(), url.size()))};
}

store_kind kind_of_url(std::string_view url) noexcept
{
    if (url.starts_with(folder_scheme)) return store_kind::files;
    if (url.starts_with("mongodb")) return store_kind::mongo;
    auto const is_redis = url.starts_with("redis") || url.starts_with("unix:");
    return is_redis ? store_kind::redis : store_kind::postgres;
}

static asio::awaitable<result<contents>>
from_mongo(surroundings const& s, std::string url, fingerprint_site site, contents_options how)
{
    auto const address = stores::parse_mongo_address(url);
    if (address.has_error()) co_return address.error();
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::mongo::connect(core, std::move(url), connect_within);
    if (db.has_error()) co_return db.error();
    mongo_fingerprint_options o{
        how.database.empty() ? address->database : std::move(how.database),
        std::move(site.objects),
        std::move(site.tenant),
        std::move(how.only)};
    if (how.marks_rows) o.is_own = std::move(how.is_own);
    if (o.tenant_field.empty() && site.store == "mongo" && s.model.mongo) {
        o.tenant_field = s.model.mongo->tenant_field;
    }
    co_return co_await take_contents(*db, std::move(o));
}

static asio::awaitable<result<contents>>
from_redis(surroundings const& s, std::string url, fingerprint_site site, contents_options how)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::redis::connect(core, std::move(url), connect_within);
    if (db.has_error()) co_return db.error();
    redis_fingerprint_options o{
        std::move(site.objects), probe::names_of_tenants(s.tenants), std::move(how.is_own)};
    co_return co_await take_contents(*db, std::move(o));
}

static asio::awaitable<result<contents>>
from_postgres(surroundings const& s, std::string url, fingerprint_site site, contents_options how)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, std::move(url), connect_within);
    if (db.has_error()) co_return db.error();
    fingerprint_options o;
    o.tables = std::move(site.objects);
    o.tenant_column = std::move(site.tenant);
    if (o.tenant_column.empty() && site.store == "postgres" && s.model.postgres) {
        o.tenant_column = s.model.postgres->tenant_column;
    }
    o.is_own = std::move(how.is_own);
    o.marks_rows = how.marks_rows;
    o.only = std::move(how.only);
    co_return co_await take_contents(*db, std::move(o));
}

asio::awaitable<result<contents>>
take_contents(surroundings const& s, fingerprint_site site, contents_options o)
{
    auto const url = s.store_urls.find(site.store);
    if (url == s.store_urls.end()) {
        co_return failure{errc::not_found, "the scenario has no store named " + site.store, {}};
    }
    auto text = url->second;
    switch (kind_of_url(text)) {
    case store_kind::mongo:
        co_return co_await from_mongo(s, std::move(text), std::move(site), std::move(o));
    case store_kind::redis:
        co_return co_await from_redis(s, std::move(text), std::move(site), std::move(o));
    case store_kind::files: {
        folder_fingerprint_options folder{
            folder_of_url(text),
            std::move(site.objects),
            probe::names_of_tenants(s.tenants),
            std::move(o.is_own)};
        co_return co_await take_contents(std::move(folder));
    }
    case store_kind::postgres:
        break;
    }
    co_return co_await from_postgres(s, std::move(text), std::move(site), std::move(o));
}

std::vector<std::string>
named_in_vain(surroundings const& s, fingerprint_site const& site, contents const& found)
{
    auto const url = s.store_urls.find(site.store);
    if (url == s.store_urls.end() || kind_of_url(url->second) != store_kind::postgres) return {};
    std::set<std::string> names;
    for (auto const& [label, table] : found) {
        names.insert(label);
        names.insert(table.part_of.begin(), table.part_of.end());
    }
    std::vector<std::string> out;
    for (auto const& object : site.objects) {
        if (!names.contains(object) && !names.contains("public." + object)) out.push_back(object);
    }
    return out;
}

asio::awaitable<result<catalogue>> read_catalogue(std::string url)
{
    std::string as_named;
    co_return co_await read_catalogue(std::move(url), std::move(as_named));
}

asio::awaitable<result<catalogue>> read_catalogue(std::string url, std::string documents_in)
{
    auto const core = co_await asio::this_coro::executor;
    auto const kind = kind_of_url(url);
    // All that files have beside their content goes into their sums.
    if (kind == store_kind::files) co_return catalogue{};
    if (kind == store_kind::mongo) {
        auto const address = stores::parse_mongo_address(url);
        if (address.has_error()) co_return address.error();
        auto db = co_await stores::mongo::connect(core, std::move(url), connect_within);
        if (db.has_error()) co_return db.error();
        if (documents_in.empty()) documents_in = address->database;
        co_return co_await read_catalogue(*db, std::move(documents_in));
    }
    if (kind == store_kind::redis) {
        auto db = co_await stores::redis::connect(core, std::move(url), connect_within);
        if (db.has_error()) co_return db.error();
        co_return co_await read_catalogue(*db);
    }
    auto db = co_await stores::postgres::connect(core, std::move(url), connect_within);
    if (db.has_error()) co_return db.error();
    co_return co_await read_catalogue(*db);
}

} // namespace watertight::drill
