#include "harness/base/text.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/errand.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/lint/sql_file.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/scenario/scenario.hpp"
#include "harness/stores/mongo_address.hpp"
#include "harness/stores/postgres_address.hpp"
#include "harness/stores/redis_address.hpp"
#include "probes/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>

namespace watertight::cli {

// A folder's own lint takes the place of a built-in one of the same name.
static std::vector<lint::postgres_unit>
postgres_units(lint_options const& o, std::deque<std::string>& texts)
{
    auto all = probes::postgres_lints();
    if (o.lints.empty()) return all;
    std::error_code error;
    for (auto const& entry : std::filesystem::directory_iterator{o.lints, error}) {
        auto const path = entry.path() / "probe.sql";
        if (!std::filesystem::exists(path)) continue;
        auto text = read_file(path.string());
        if (text.has_error()) throw usage_error{text.error().message};
        texts.push_back(std::move(*text));
        auto const name = entry.path().filename().string();
        auto unit = lint::parse_sql_file("postgres", name, texts.back());
        if (unit.has_error()) throw usage_error{o.lints + ": " + unit.error().message};
        std::erase_if(all, [&](auto const& u) { return u.what.id == unit->what.id; });
        all.push_back(std::move(*unit));
    }
    if (error) throw usage_error{o.lints + ": " + error.message()};
    std::ranges::sort(all, {}, [](auto const& u) { return u.what.id; });
    return all;
}

static void check_confirmed(lint_options const& o, std::string_view hosts)
{
    for (auto const host : split(hosts, ',')) {
        std::string const name{host};
        if (name.empty() || name.starts_with('/') || net::is_loopback(name)) continue;
        if (std::ranges::count(o.confirmed_hosts, name) != 0) continue;
        throw usage_error{fmt::format(
            "{0} is not on this machine: confirm that it may be looked at with --confirm-host {0}",
            name
        )};
    }
}

// Hosts that a scenario names are confirmed as for a run; those of the command line were given.
static void take_scenario(lint_options const& o, errand& e)
{
    auto const read = scenario::load(o.scenario, loading_from(o.env_file));
    for (auto const& [name, value] : read.variables_used) e.secrets.add_secret(value, name);
    auto const& m = read.value.target;
    take_model(read.value.target, e);
    if (m.postgres) {
        auto const address = stores::parse_postgres_address(e.postgres.url);
        if (address.has_error()) throw usage_error{address.error().message};
        auto const numeric = address->get("hostaddr");
        check_confirmed(o, numeric.empty() ? address->get("host") : numeric);
    }
    if (m.redis) {
        auto const address = stores::parse_redis_address(m.redis->url);
        if (address.has_error()) throw usage_error{address.error().message};
        if (address->path.empty()) check_confirmed(o, address->host);
    }
    if (m.mongo) {
        auto const address = stores::parse_mongo_address(m.mongo->url);
        if (address.has_error()) throw usage_error{address.error().message};
        check_confirmed(o, address->host);
    }
}

static void take_command_line(lint_options const& o, errand& e)
{
    if (!o.postgres.empty()) e.postgres.url = o.postgres;
    if (!o.redis.empty()) e.redis.url = o.redis;
    if (!o.mongo.empty()) e.mongo.url = o.mongo;
    if (!o.tenant_columns.empty()) e.postgres.tenant_columns = o.tenant_columns;
    if (!o.app_roles.empty()) e.postgres.app_roles = o.app_roles;
    for (auto const& name : o.exclude) {
        e.postgres.exclude.push_back(name);
        e.redis.exclude.push_back(name);
        e.mongo.exclude.push_back(name);
    }
    if (e.postgres.url.empty() && e.redis.url.empty() && e.mongo.url.empty()) {
        throw usage_error{
            "nothing to look at: give --postgres, --redis or --mongo, or a scenario with stores"};
    }
}

static exit_code code_of(std::vector<lint::report> const& reports, std::string const& fail_on)
{
    auto limit = evidence::severity::critical;
    auto const fails = evidence::parse(fail_on, limit);
    bool is_undecided = false;
    for (auto const& r : reports) {
        auto const worst = r.worst();
        if (fails && worst && *worst >= limit) return exit_code::failed;
        is_undecided = is_undecided || r.is_undecided();
    }
    return is_undecided ? exit_code::inconclusive : exit_code::passed;
}

exit_code lint(lint_options const& o)
{
    errand e;
    std::deque<std::string> texts;
    e.postgres_units = postgres_units(o, texts);
    if (!o.scenario.empty()) take_scenario(o, e);
    take_command_line(o, e);
    keep_chosen(e, o.only, o.skip);
    asio::io_context loop{1};
    std::vector<lint::report> reports;
    auto const work = [&]() -> asio::awaitable<void> {
        return look(loop.get_executor(), e, reports);
    };
    if (!run_interruptibly(loop, work)) return exit_code::interrupted;
    for (auto const& [store, why] : e.unreached) {
        throw run_error{e.secrets.redact(fmt::format("{}: {}", store, why))};
    }
    std::string out;
    if (o.json || o.format == "json") {
        out = lint::to_json(reports);
    } else {
        for (auto const& r : reports) {
            if (!out.empty()) out += '\n';
            out += o.format == "markdown" ? lint::to_markdown(r) : lint::to_text(r, o.all);
        }
    }
    fmt::print("{}", e.secrets.redact(out));
    return code_of(reports, o.fail_on);
}

} // namespace watertight::cli
