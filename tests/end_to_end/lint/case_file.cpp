#include "tests/end_to_end/lint/case_file.hpp"

#include "harness/base/text.hpp"
#include "harness/stores/postgres.hpp"
#include "probes/catalogue.hpp"
#include "tests/support/run_async.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace watertight::test {

static bool take(std::string_view line, std::string_view key, std::string_view& rest)
{
    auto const prefix = fmt::format("-- {}: ", key);
    if (!line.starts_with(prefix)) return false;
    rest = line.substr(prefix.size());
    return true;
}

std::vector<lint_case> read_cases(std::string const& path)
{
    std::vector<lint_case> out;
    auto const text = read_file(path).value();
    for (auto const line : split(text, '\n')) {
        std::string_view rest;
        if (take(line, "case", rest)) {
            out.push_back({.title = std::string{rest}});
        } else if (take(line, "expect", rest)) {
            for (auto const one : split(rest, ';')) out.back().expected.emplace_back(trim(one));
        } else if (take(line, "undo", rest)) {
            out.back().undo += fmt::format("{};", rest);
        } else if (take(line, "app", rest)) {
            out.back().app_roles.emplace_back(rest);
        } else if (take(line, "tenant", rest)) {
            out.back().tenant_columns.emplace_back(rest);
        } else if (take(line, "allow", rest)) {
            out.back().allowed.emplace_back(rest);
        } else if (!out.empty()) {
            out.back().sql += fmt::format("{}\n", line);
        }
    }
    return out;
}

static asio::awaitable<result<stores::postgres_rows>> send(std::string url, std::string sql)
{
    auto const core = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(core, url, std::chrono::seconds{20});
    if (db.has_error()) co_return db.error();
    auto done = co_await db->script(sql);
    co_return done;
}

static asio::awaitable<result<lint::report>> examine(lint::postgres_options o)
{
    auto const core = co_await asio::this_coro::executor;
    auto r = co_await lint::examine_postgres(core, o, probes::postgres_lints());
    co_return r;
}

lint_world::lint_world()
{
    run(server_.url(),
        "create role shop_owner; create role shop_app login; create role shop_admin bypassrls; "
        "create role shop_definer");
}

void lint_world::run(std::string const& at, std::string const& sql) const
{
    auto const done = run_async(send(at, sql));
    if (done.has_error()) throw std::runtime_error{done.error().message + "\n" + sql};
}

std::string lint_world::url(std::string const& database) const
{
    auto const all = server_.url();
    return all.substr(0, all.rfind('/') + 1) + database;
}

std::string
lint_world::make(std::string const& name, std::string const& sql, std::string const& from) const
{
    run(server_.url(), fmt::format("drop database if exists {}", name));
    run(server_.url(), fmt::format("create database {} template {}", name, from));
    if (!trim(sql).empty()) run(url(name), sql);
    return url(name);
}

lint::report lint_world::look(lint::postgres_options options) const
{
    return run_async(examine(std::move(options))).value();
}

static asio::awaitable<result<lint::report>> examine_beside(std::string url, std::string sql)
{
    auto const core = co_await asio::this_coro::executor;
    auto other = co_await stores::postgres::connect(core, url, std::chrono::seconds{20});
    if (other.has_error()) co_return other.error();
    auto const begun = co_await other->script(std::move(sql));
    if (begun.has_error()) co_return begun.error();
    lint::postgres_options options;
    options.url = url;
    auto r = co_await examine(std::move(options));
    co_return r;
}

lint::report lint_world::look_while(std::string const& url, std::string const& sql) const
{
    return run_async(examine_beside(url, sql)).value();
}

static bool is_expected(std::string const& found, std::vector<std::string> const& expected)
{
    return std::ranges::any_of(expected, [&](std::string const& e) {
        return e == found || (e.ends_with(" *") && found.starts_with(e.substr(0, e.size() - 1)));
    });
}

void expect_case(lint_case const& c, lint::report const& r)
{
    auto const found = suspected(r);
    for (auto const& one : found) {
        EXPECT_TRUE(is_expected(one, c.expected) || is_expected(one, c.allowed))
            << c.title << "\nreports " << one;
    }
    for (auto const& wanted : c.expected) {
        auto const is_found = std::ranges::any_of(found, [&](std::string const& one) {
            return is_expected(one, {wanted});
        });
        EXPECT_TRUE(is_found) << c.title << "\nlacks " << wanted;
    }
    for (auto const& o : r.outcomes) {
        EXPECT_EQ(o.undecided, "") << c.title << "\n" << o.what.id;
    }
}

std::vector<std::string> suspected(lint::report const& r, evidence::severity least)
{
    std::vector<std::string> out;
    for (auto const& o : r.outcomes) {
        for (auto const& s : o.found) {
            if (lint::level_of(o.what, s) < least) continue;
            out.push_back(o.what.id + " " + s.object);
        }
    }
    std::ranges::sort(out);
    return out;
}

} // namespace watertight::test
