#include "harness/drill/copies.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/command.hpp"
#include "harness/drill/document_copy.hpp"
#include "harness/drill/stores.hpp"
#include "harness/stores/mongo_address.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/postgres_address.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace watertight::drill {

static constexpr auto connect_within = std::chrono::seconds{10};

static std::chrono::nanoseconds left_until(steady::time_point deadline)
{
    return std::max<std::chrono::nanoseconds>(
        deadline - steady::now(), std::chrono::milliseconds{1}
    );
}

static std::string size_of(std::string const& file)
{
    std::error_code error;
    auto const bytes = std::filesystem::file_size(file, error);
    return error ? std::string{} : fmt::format("{} bytes", bytes);
}

// A password in the arguments could be read by everybody on the machine.
static std::map<std::string, std::string> variables_of(stores::postgres_address const& address)
{
    static constexpr std::array<std::pair<char const*, char const*>, 14> names{{
        {"host", "PGHOST"},
        {"hostaddr", "PGHOSTADDR"},
        {"port", "PGPORT"},
        {"user", "PGUSER"},
        {"password", "PGPASSWORD"},
        {"dbname", "PGDATABASE"},
        {"passfile", "PGPASSFILE"},
        {"service", "PGSERVICE"},
        {"options", "PGOPTIONS"},
        {"connect_timeout", "PGCONNECT_TIMEOUT"},
        {"sslmode", "PGSSLMODE"},
        {"sslrootcert", "PGSSLROOTCERT"},
        {"sslcert", "PGSSLCERT"},
        {"sslkey", "PGSSLKEY"},
    }};
    std::map<std::string, std::string> out;
    for (auto const& [keyword, variable] : names) {
        auto const value = address.get(keyword);
        if (!value.empty()) out.emplace(variable, value);
    }
    return out;
}

static asio::awaitable<result<std::string>> run_tool(
    std::vector<std::string> words,
    std::map<std::string, std::string> environment,
    steady::time_point deadline,
    step_tools& tools
)
{
    auto const program = words.front();
    auto end = co_await run_command(
        std::move(words), std::move(environment), left_until(deadline), tools.on_start
    );
    if (end.has_error()) co_return end.error();
    if (end->status == 0) co_return std::move(end->output);
    co_return failure{
        errc::rejected,
        fmt::format("{} ended with status {}", program, end->status),
        std::move(end->output)};
}

// "public.users" as pg_dump takes it for that very table, whatever its letters.
static std::string exact_name(std::string_view object)
{
    auto const dot = object.find('.');
    auto const schema = dot == std::string_view::npos ? "public" : object.substr(0, dot);
    auto const table = dot == std::string_view::npos ? object : object.substr(dot + 1);
    return stores::quote_identifier(std::string{schema}) + "." +
           stores::quote_identifier(std::string{table});
}

static asio::awaitable<result<std::string>> dump_postgres(
    safekeeping const& k,
    stores::postgres_address const& address,
    steady::time_point deadline,
    step_tools& tools
)
{
    auto const file = fmt::format("{}/{}.dump", tools.files, k.name);
    std::vector<std::string> words{"pg_dump", "--no-password", "--format=custom", "--file=" + file};
    for (auto const& object : k.site.objects) words.push_back("--table=" + exact_name(object));
    auto variables = variables_of(address);
    auto const made = co_await run_tool(std::move(words), std::move(variables), deadline, tools);
    if (made.has_error()) co_return made.error();
    co_return size_of(file);
}

// The same server's database that is always there.
static std::string maintenance_address(stores::postgres_address const& address)
{
    std::string out = "dbname=postgres";
    for (auto const& [keyword, value] : address.settings) {
        if (keyword == "dbname") continue;
        auto const escaped = replace_all(replace_all(value, "\\", "\\\\"), "'", "\\'");
        out += fmt::format(" {}='{}'", keyword, escaped);
    }
    return out;
}

// Who may not make a database, or look for it, restores into one that is there.
static asio::awaitable<result<void>>
make_database(stores::postgres_address const& address, steady::time_point deadline)
{
    auto const name = std::string{address.get("dbname")};
    auto const core = co_await asio::this_coro::executor;
    auto url = maintenance_address(address);
    auto const patience = std::min(left_until(deadline), {connect_within});
    auto db = co_await stores::postgres::connect(core, std::move(url), patience);
    if (db.has_error() || name.empty()) co_return boost::system::in_place_value;
    auto ask = "select from pg_database where datname = " + stores::quote_literal(name);
    auto const found = co_await db->script(std::move(ask), left_until(deadline));
    if (found.has_error() || !found->values.empty()) co_return boost::system::in_place_value;
    auto make = "create database " + stores::quote_identifier(name) + " template template0";
    auto const made = co_await db->script(std::move(make), left_until(deadline));
    if (made.has_error()) co_return made.error();
    co_return boost::system::in_place_value;
}

static asio::awaitable<result<std::string>> restore_postgres(
    safekeeping const& k,
    stores::postgres_address const& address,
    steady::time_point deadline,
    step_tools& tools
)
{
    auto const file = fmt::format("{}/{}.dump", tools.files, k.name);
    auto const there = co_await make_database(address, deadline);
    if (there.has_error()) co_return there.error();
    std::vector<std::string> words{
        "pg_restore",
        "--no-password",
        "--clean",
        "--if-exists",
        "--exit-on-error",
        "--single-transaction",
        fmt::format("--dbname={}", address.get("dbname")),
        file};
    auto variables = variables_of(address);
    auto const done = co_await run_tool(std::move(words), std::move(variables), deadline, tools);
    if (done.has_error()) co_return done.error();
    co_return size_of(file);
}

static asio::awaitable<result<std::string>> copy_documents(
    safekeeping const& k, std::string url, steady::time_point deadline, step_tools& tools
)
{
    auto const address = stores::parse_mongo_address(url);
    if (address.has_error()) co_return address.error();
    auto const core = co_await asio::this_coro::executor;
    auto const patience = std::min(left_until(deadline), {connect_within});
    auto db = co_await stores::mongo::connect(core, std::move(url), patience);
    if (db.has_error()) co_return db.error();
    document_copy const what{
        fmt::format("{}/{}.documents", tools.files, k.name),
        address->database,
        k.site.objects,
        k.into,
        deadline};
    auto const is_backup = k.what == safekeeping::deed::backup;
    auto work = is_backup ? write_documents(*db, what) : restore_documents(*db, what);
    auto const documents = co_await std::move(work);
    if (documents.has_error()) co_return documents.error();
    co_return fmt::format("{}, {}", plural(*documents, "document"), size_of(what.file));
}

asio::awaitable<result<std::string>>
copy(safekeeping const& k, steady::time_point deadline, step_tools& tools)
{
    auto const url = tools.around.store_urls.find(k.site.store);
    if (url == tools.around.store_urls.end()) {
        co_return failure{errc::not_found, "the scenario has no store named " + k.site.store, {}};
    }
    if (tools.files.empty()) {
        co_return failure{errc::not_found, "there is no folder to keep copies in", {}};
    }
    auto const kind = kind_of_url(url->second);
    if (kind == store_kind::mongo) {
        co_return co_await copy_documents(k, url->second, deadline, tools);
    }
    if (kind == store_kind::redis || kind == store_kind::files) {
        auto const* const of = kind == store_kind::redis ? "Redis" : "files";
        auto why = fmt::format("a copy of {} needs a command that makes it", of);
        co_return failure{errc::malformed, std::move(why), {}};
    }
    auto const address = stores::parse_postgres_address(url->second);
    if (address.has_error()) co_return address.error();
    auto const is_backup = k.what == safekeeping::deed::backup;
    auto work = is_backup ? dump_postgres(k, *address, deadline, tools)
                          : restore_postgres(k, *address, deadline, tools);
    co_return co_await std::move(work);
}

} // namespace watertight::drill
