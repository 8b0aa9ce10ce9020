#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"
#include "harness/stores/mongo_address.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>

namespace watertight::scenario {

namespace {

using target::escape;

std::uint16_t port_of(std::string_view text, std::uint16_t fallback)
{
    std::uint16_t out = fallback;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

struct conninfo_free {
    void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

/// libpq's own reading of the URL, so that what is checked is what will be connected to.
void check_postgres_url(compiler& c, node const& at)
{
    if (at.is_unset || at.text.empty()) return;
    std::unique_ptr<PQconninfoOption, conninfo_free> const parsed{
        PQconninfoParse(at.text.c_str(), nullptr)};
    if (!parsed) {
        c.fault(
            at,
            fmt::format(
                "{} is no PostgreSQL URL; one such as postgres://user:password@host:5432/database "
                "was "
                "expected",
                dotted(at.pointer)
            )
        );
        return;
    }
    std::string hosts;
    std::string addresses;
    std::string ports;
    for (auto const* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val == nullptr) continue;
        std::string_view const key{option->keyword};
        if (key == "host") hosts = option->val;
        if (key == "hostaddr") addresses = option->val;
        if (key == "port") ports = option->val;
    }
    auto const port_list = split(ports, ',');
    auto const host_list = split(addresses.empty() ? hosts : addresses, ',');
    for (std::size_t i = 0; i < host_list.size(); ++i) {
        auto const port = port_list[port_list.size() == host_list.size() ? i : 0];
        check_host(c, at, std::string{host_list[i]}, port_of(port, 5432));
    }
}

void check_redis_url(compiler& c, node const& at)
{
    if (at.is_unset || at.text.empty()) return;
    auto const parsed = boost::urls::parse_uri(at.text);
    auto const scheme = parsed ? std::string{parsed->scheme()} : std::string{};
    if (scheme == "unix") return;
    if ((scheme != "redis" && scheme != "rediss") || parsed->encoded_host().empty()) {
        c.fault(
            at,
            fmt::format(
                "{} is no Redis URL; one such as redis://:password@host:6379/0 was expected",
                dotted(at.pointer)
            )
        );
        return;
    }
    std::string const host{parsed->host_address()};
    check_host(c, at, host, parsed->has_port() ? parsed->port_number() : std::uint16_t{6379});
}

void check_mongo_url(compiler& c, node const& at)
{
    if (at.is_unset || at.text.empty()) return;
    auto const address = stores::parse_mongo_address(at.text);
    if (address.has_error()) {
        c.fault(at, fmt::format("{}: {}", dotted(at.pointer), address.error().message));
        return;
    }
    check_host(c, at, address->host, address->port);
}

/// An empty URL switches a store off, so that `${REDIS_URL:-}` makes it optional.
bool is_switched_off(compiler& c, node const& store, std::string_view key)
{
    auto const* const url = store.find(key);
    if (url == nullptr || !url->text.empty() || url->is_unset) return false;
    c.warnings.push_back(
        fmt::format("{}.{} is empty: nothing is examined in this store", dotted(store.pointer), key)
    );
    return true;
}

using store_kind = target::store_operation::kind;

/// The server would take a slot for text: what varies must be an argument.
void check_no_slots(compiler& c, node const& sql)
{
    auto const text = target::template_text::compile(sql.text, escape::none);
    for (auto const& piece : text.pieces()) {
        std::string_view const slot{piece.slot};
        auto const begins = [slot](std::string_view prefix) { return slot.starts_with(prefix); };
        static constexpr std::string_view prefixes[] = {
            "tenant.", "user.", "object.", "parent.", "canary", "serial"};
        bool const is_meant =
            slot == "id" || slot == "run" || std::ranges::any_of(prefixes, begins);
        if (!is_meant) continue;
        c.fault(
            sql,
            fmt::format(
                "{} holds {{{}}}, but the statement is prepared as it stands; write $1 and put "
                "\"{{{}}}\" among args",
                dotted(sql.pointer),
                slot,
                slot
            )
        );
    }
}

void check_resource(compiler& c, node const& of)
{
    std::vector<std::string> names;
    for (auto const& r : c.out.target.resources) names.push_back(r.name);
    if (std::ranges::find(names, of.text) != names.end()) return;
    c.fault(
        of,
        fmt::format(
            "{} is {}, which is no resource{}",
            dotted(of.pointer),
            of.text,
            suggestion(of.text, names)
        )
    );
}

target::store_operation
compile_store_operation(compiler& c, node const& from, store_kind on, std::string const& name)
{
    target::store_operation out{.on = on, .name = name, .place = c.place(from)};
    auto where = slot_scope::free;
    if (auto const* const of = from.find("of")) {
        out.of = of->text;
        where = slot_scope::object;
        check_resource(c, *of);
    }
    if (auto const* const sql = from.find("sql")) {
        out.sql = sql->text;
        check_no_slots(c, *sql);
    }
    auto const* const words = from.find(on == store_kind::postgres ? "args" : "command");
    if (words == nullptr) return out;
    for (auto const& word : words->items) {
        if (!word.is_bad) out.words.push_back(c.text(word, escape::none, where, out.of));
    }
    return out;
}

std::vector<target::store_operation>
compile_store_operations(compiler& c, node const& store, store_kind on)
{
    std::vector<target::store_operation> out;
    auto const* const operations = store.find("operations");
    if (operations == nullptr) return out;
    for (auto const& m : operations->members) {
        if (m.value.is_bad) continue;
        out.push_back(compile_store_operation(c, m.value, on, m.key));
        auto const name = out.back().full_name();
        auto const known = operation_names(c.out);
        if (std::ranges::find(known, name) == known.end()) continue;
        c.fault(m.value, fmt::format("the name {} is a resource's operation already", name));
    }
    return out;
}

void compile_postgres(compiler& c, node const& from)
{
    if (is_switched_off(c, from, "url")) return;
    target::postgres_store out;
    if (auto const* const url = from.find("url")) check_postgres_url(c, *url);
    if (auto const* const url = from.find("app_role_url")) check_postgres_url(c, *url);
    out.url = text_of(from, "url");
    out.app_role_url = text_of(from, "app_role_url");
    out.tenant_column = text_of(from, "tenant_column");
    out.context = text_of(from, "context");
    out.row_security = texts_of(from, "row_security");
    out.exclude = texts_of(from, "exclude");
    auto const* const value = from.find("tenant_value");
    out.tenant_value = value == nullptr
                           ? target::template_text::compile("{tenant.id}", escape::none)
                           : c.text(*value, escape::none, slot_scope::tenant);
    out.operations = compile_store_operations(c, from, store_kind::postgres);
    c.out.store_urls.emplace("postgres", out.url);
    c.out.target.postgres = std::move(out);
}

/// One pattern or a list of them.
std::vector<target::template_text> patterns(compiler& c, node const& from, std::string_view key)
{
    std::vector<target::template_text> out;
    auto const* const held = from.find(key);
    if (held == nullptr) return out;
    if (held->is_scalar()) out.push_back(c.text(*held, escape::none, slot_scope::tenant));
    for (auto const& item : held->items) {
        if (!item.is_bad) out.push_back(c.text(item, escape::none, slot_scope::tenant));
    }
    return out;
}

void compile_mongo(compiler& c, node const& from)
{
    if (is_switched_off(c, from, "url")) return;
    target::mongo_store out;
    if (auto const* const url = from.find("url")) check_mongo_url(c, *url);
    if (auto const* const url = from.find("app_role_url")) check_mongo_url(c, *url);
    out.url = text_of(from, "url");
    out.app_role_url = text_of(from, "app_role_url");
    out.tenant_field = text_of(from, "tenant_field");
    auto const* const value = from.find("tenant_value");
    out.tenant_value = value == nullptr
                           ? target::template_text::compile("{tenant.id}", escape::none)
                           : c.text(*value, escape::none, slot_scope::tenant);
    out.databases = patterns(c, from, "databases");
    out.collections = patterns(c, from, "collections");
    out.exclude = texts_of(from, "exclude");
    if (out.tenant_field.empty() && out.databases.empty() && out.collections.empty()) {
        c.fault(
            from,
            "stores.mongo says neither by tenant_field, nor by databases, nor by collections whose "
            "a document is"
        );
    }
    c.out.store_urls.emplace("mongo", out.url);
    c.out.target.mongo = std::move(out);
}

void compile_redis(compiler& c, node const& from)
{
    if (is_switched_off(c, from, "url")) return;
    target::redis_store out;
    if (auto const* const url = from.find("url")) check_redis_url(c, *url);
    out.url = text_of(from, "url");
    out.exclude = texts_of(from, "exclude");
    out.keys = patterns(c, from, "keys");
    out.lifetime_max = duration_of(from, "lifetime_max");
    out.operations = compile_store_operations(c, from, store_kind::redis);
    c.out.store_urls.emplace("redis", out.url);
    c.out.target.redis = std::move(out);
}

void compile_further(compiler& c, node const& from, std::string const& name)
{
    if (auto const* const folder = from.find("files")) {
        if (is_switched_off(c, from, "files")) return;
        auto const path = std::filesystem::absolute(c.resolve(folder->text)).lexically_normal();
        c.out.store_urls.emplace(name, "file://" + path.string());
    } else if (auto const* const mongo = from.find("mongo")) {
        if (is_switched_off(c, from, "mongo")) return;
        check_mongo_url(c, *mongo);
        c.out.store_urls.emplace(name, mongo->text);
    } else if (auto const* const redis = from.find("redis")) {
        if (is_switched_off(c, from, "redis")) return;
        check_redis_url(c, *redis);
        c.out.store_urls.emplace(name, redis->text);
    } else if (!is_switched_off(c, from, "postgres")) {
        if (auto const* const url = from.find("postgres")) check_postgres_url(c, *url);
        c.out.store_urls.emplace(name, text_of(from, "postgres"));
    }
}

} // namespace

void compile_stores(compiler& c, node const& from)
{
    for (auto const& m : from.members) {
        if (m.value.is_bad) continue;
        if (m.key == "postgres") {
            compile_postgres(c, m.value);
        } else if (m.key == "redis") {
            compile_redis(c, m.value);
        } else if (m.key == "mongo") {
            compile_mongo(c, m.value);
        } else {
            compile_further(c, m.value, m.key);
        }
    }
}

} // namespace watertight::scenario
