#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/cli/stages.hpp"
#include "harness/drill/command_hosts.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/stores.hpp"
#include "harness/net/endpoint.hpp"
#include "harness/stores/mongo_address.hpp"
#include "harness/stores/postgres_address.hpp"
#include "harness/stores/redis_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace watertight::cli {

static constexpr auto answer_timeout = std::chrono::seconds{5};

static bool is_confirmed(run_state const& s, std::string const& host)
{
    return net::is_loopback(host) || std::ranges::count(s.options.confirmed_hosts, host) != 0;
}

static void check_confirmed(run_state const& s, std::string const& host)
{
    if (is_confirmed(s, host)) return;
    throw usage_error{fmt::format(
        "{} is not on this machine: confirm that this run may touch it with --confirm-host {}",
        host,
        host
    )};
}

// The hosts that a store's URL leads to; none for one on this machine alone (a socket).
static std::vector<std::string> hosts_of(std::string const& url)
{
    if (url.starts_with("file:") || url.starts_with("unix:")) return {};
    if (url.starts_with("mongodb")) {
        auto const address = stores::parse_mongo_address(url);
        if (address.has_error()) throw usage_error{address.error().message};
        return {address->host};
    }
    if (url.starts_with("redis")) {
        auto const address = stores::parse_redis_address(url);
        if (address.has_error()) throw usage_error{address.error().message};
        if (!address->path.empty()) return {};
        return {address->host};
    }
    auto const address = stores::parse_postgres_address(url);
    if (address.has_error()) throw usage_error{address.error().message};
    auto const numeric = address->get("hostaddr");
    std::vector<std::string> out;
    for (auto const host : split(numeric.empty() ? address->get("host") : numeric, ',')) {
        // Without a host, libpq takes the socket on this machine.
        if (!host.empty() && !host.starts_with('/')) out.emplace_back(host);
    }
    return out;
}

// What the drill's commands are given beside what this program was.
static std::map<std::string, std::string> variables_of_commands(run_state const& s)
{
    auto given = s.unnamed_variables;
    given.insert(s.variables.begin(), s.variables.end());
    return given;
}

static std::set<std::string> hosts_of_commands(run_state const& s)
{
    return drill::hosts_of_commands(s.plan.drill, variables_of_commands(s));
}

std::vector<std::string> unconfirmed_hosts(run_state const& s)
{
    auto all = hosts_of_commands(s);
    if (!s.plan.target.base.host.empty()) all.insert(s.plan.target.base.host);
    for (auto const& name : drill::stores_changed(s.plan.drill)) {
        auto const url = s.plan.store_urls.find(name);
        if (url == s.plan.store_urls.end()) continue;
        for (auto const& host : hosts_of(url->second)) all.insert(host);
    }
    std::vector<std::string> out;
    for (auto const& host : all) {
        if (!is_confirmed(s, host)) out.push_back(host);
    }
    return out;
}

// What sends to a store itself may touch its host no more than the target's.
static void check_stores_confirmed(run_state const& s)
{
    auto const check = [&](std::string const& url) {
        for (auto const& host : hosts_of(url)) check_confirmed(s, host);
    };
    auto const& m = s.plan.target;
    if (m.postgres && !m.postgres->operations.empty()) check(m.postgres->traffic_url());
    if (m.redis && !m.redis->operations.empty()) check(m.redis->url);
    if (!s.options.what.drill) return;
    for (auto const& name : drill::stores_changed(s.plan.drill)) {
        auto const url = s.plan.store_urls.find(name);
        if (url != s.plan.store_urls.end()) check(url->second);
    }
    for (auto const& host : hosts_of_commands(s)) {
        if (is_confirmed(s, host)) continue;
        throw usage_error{fmt::format(
            "a command of the drill names {0}, or is given a variable that does, and it is not on "
            "this machine: confirm that this run may touch it with --confirm-host {0}",
            host
        )};
    }
}

void check_hosts(run_state const& s)
{
    check_stores_confirmed(s);
    auto const& base = s.plan.target.base;
    if (base.host.empty()) return;
    auto const allowed = s.plan.target.allow.check(base.host, base.port);
    if (allowed.has_error()) throw usage_error{allowed.error().message};
    check_confirmed(s, base.host);
}

static asio::awaitable<void> target_answers(run_state& s)
{
    auto const& m = s.plan.target;
    // There is none where the stores alone are driven.
    if (m.base.host.empty()) co_return;
    target::operation fallback;
    fallback.name = "health";
    fallback.path = target::template_text::compile("/", target::escape::url);
    fallback.as = "anonymous";
    auto const& op = m.health ? *m.health : fallback;
    target::scope const nobody{.run_id = s.made.run_id};
    auto request = target::render(m, op, nobody);
    if (request.has_error()) throw usage_error{request.error().message};
    auto const answer = co_await s.client->send(std::move(request->http), answer_timeout);
    if (answer.has_error()) {
        throw run_error{fmt::format("the target {}: {}", m.base.origin(), answer.error().message)};
    }
    if (m.health && !op.accepts(answer->status)) {
        throw run_error{fmt::format(
            "the target {} is not healthy: {} answered {}",
            m.base.origin(),
            op.channel(),
            answer->status
        )};
    }
}

static asio::awaitable<void> postgres_answers(run_state& s, std::string name, std::string url)
{
    auto const db = co_await stores::postgres::connect(s.loop.get_executor(), url, answer_timeout);
    if (db.has_error()) {
        throw run_error{s.secrets.redact(fmt::format("store {}: {}", name, db.error().message))};
    }
}

static asio::awaitable<void> redis_answers(run_state& s, std::string name, std::string url)
{
    auto const db = co_await stores::redis::connect(s.loop.get_executor(), url, answer_timeout);
    if (db.has_error()) {
        throw run_error{s.secrets.redact(fmt::format("store {}: {}", name, db.error().message))};
    }
}

static asio::awaitable<void> mongo_answers(run_state& s, std::string name, std::string url)
{
    auto const db = co_await stores::mongo::connect(s.loop.get_executor(), url, answer_timeout);
    if (db.has_error()) {
        throw run_error{s.secrets.redact(fmt::format("store {}: {}", name, db.error().message))};
    }
}

static void folder_is_there(std::string const& name, std::string const& path)
{
    if (std::filesystem::is_directory(path)) return;
    throw run_error{fmt::format("store {}: {} is no folder", name, path)};
}

asio::awaitable<void> preflight(run_state& s)
{
    s.display.begin("preflight", 0);
    check_hosts(s);
    co_await target_answers(s);
    // Where a backup is to be brought back, there may be nothing yet.
    auto const elsewhere = drill::stores_to_restore_into(s.plan.drill);
    for (auto const& [name, url] : s.plan.store_urls) {
        if (elsewhere.contains(name)) continue;
        if (url.starts_with("file://")) folder_is_there(name, drill::folder_of_url(url));
        if (url.starts_with("postgres")) co_await postgres_answers(s, name, url);
        if (url.starts_with("mongodb")) co_await mongo_answers(s, name, url);
        if (url.starts_with("redis") || url.starts_with("unix:")) {
            co_await redis_answers(s, name, url);
        }
    }
    if (s.plan.target.postgres && !s.plan.target.postgres->app_role_url.empty()) {
        co_await postgres_answers(
            s, "postgres (app_role_url)", s.plan.target.postgres->app_role_url
        );
    }
    if (s.plan.target.mongo && !s.plan.target.mongo->app_role_url.empty()) {
        co_await mongo_answers(s, "mongo (app_role_url)", s.plan.target.mongo->app_role_url);
    }
    s.display.end("target and stores answer");
}

} // namespace watertight::cli
