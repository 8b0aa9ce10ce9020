// What every dialect is built from: routes to answers, sessions, limits, pages, servers.
#include "scenarios/lab/core/audit.hpp"
#include "scenarios/lab/core/limits.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/core/servers.hpp"
#include "scenarios/lab/core/service.hpp"
#include "scenarios/lab/core/sessions.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace watertight::lab {

using nlohmann::json;

static asio::awaitable<response> work(char const* what)
{
    std::string_view const wanted = what;
    if (wanted == "refusal") {
        refusal r{403, "FORBIDDEN", "no"};
        r.headers.emplace_back("Retry-After", "7");
        throw r;
    }
    if (wanted == "value") throw store_error{failure{errc::rejected, "too long", "22001"}};
    if (wanted == "store")
        throw store_error{failure{errc::connection_lost, "10.0.0.7 is gone", {}}};
    if (wanted == "bug") throw std::logic_error{"a secret"};
    co_return response{};
}

static response answer_of(char const* what)
{
    asio::io_context loop{1};
    std::optional<response> out;
    asio::co_spawn(loop, guarded(work(what), "GET /"), [&](std::exception_ptr, response r) {
        out = std::move(r);
    });
    loop.run();
    return out.value();
}

TEST(LabService, ARefusalIsTheAnswerThatItAsksFor)
{
    auto const out = answer_of("refusal");

    EXPECT_EQ(out.status, 403);
    EXPECT_EQ(out.headers, (name_values{{"Retry-After", "7"}}));
}

TEST(LabService, AValueThatTheDatabaseRefusesIsTheClientsFault)
{
    EXPECT_EQ(answer_of("value").status, 400);
}

TEST(LabService, WhatGoesWrongInsideIsNotToldOutside)
{
    for (auto const* const what : {"store", "bug"}) {
        auto const out = answer_of(what);
        EXPECT_EQ(out.status, 500);
        EXPECT_EQ(out.body.find("10.0.0.7"), std::string::npos);
        EXPECT_EQ(out.body.find("secret"), std::string::npos);
    }
}

TEST(LabService, APathWithOtherMethodsSaysWhich)
{
    EXPECT_EQ(no_route("").status, 404);
    EXPECT_EQ(no_route("GET, PUT").status, 405);
    EXPECT_EQ(no_route("GET, PUT").headers, (name_values{{"Allow", "GET, PUT"}}));
}

TEST(TokenOffice, ReadsItsOwnTokensOnly)
{
    token_office const office{{.key = "a key"}};
    token_office const other{{.key = "another key"}};

    auto const token = office.issue({{"sub", "u1"}}, 60);

    EXPECT_EQ(text_claim(office.read(token), "sub"), "u1");
    EXPECT_EQ(text_claim(office.read(token), "tenant"), "");
    EXPECT_THROW(other.read(token), refusal);
    EXPECT_THROW(office.read(office.issue(json::object(), 0)), refusal);
}

TEST(SessionBook, KeepsTheLastWord)
{
    session_book book;

    book.override_with("t1:u1", "admin");
    book.override_with("t1:u1", std::string{revoked});

    EXPECT_EQ(book.word("t1:u1"), revoked);
    EXPECT_EQ(book.word("t2:u1"), "");
}

TEST(Limits, RefusesTheRequestAfterTheLast)
{
    EXPECT_NO_THROW(check_rate({.limit = 3, .used = 3, .resets_in_s = 5}, "used up"));
    try {
        check_rate({.limit = 3, .used = 4, .resets_in_s = 5}, "used up");
        FAIL() << "the fourth of three was let in";
    } catch (refusal const& r) {
        EXPECT_EQ(r.status, 429);
        EXPECT_EQ(r.headers.back(), (name_values::value_type{"Retry-After", "5"}));
    }
}

TEST(RateBook, CountsEachKeyAndBeginsAnewWithThePeriod)
{
    rate_book book{60};

    book.count("a", 10, 100);
    auto const second = book.count("a", 10, 119);
    auto const other = book.count("b", 10, 119);
    auto const later = book.count("a", 10, 120);

    EXPECT_EQ(second.used, 2U);
    EXPECT_EQ(second.resets_in_s, 1);
    EXPECT_EQ(other.used, 1U);
    EXPECT_EQ(later.used, 1U);
}

TEST(Limits, ATenantMayAskForLessThanItsPlanOnly)
{
    EXPECT_EQ(lower_of(json(5U), 10, 100), 5U);
    EXPECT_EQ(lower_of(json(50U), 10, 100), 100U);
    EXPECT_EQ(lower_of(json(), 10, 100), 100U);
}

TEST(Page, CountsTheSameRowsUnlessToldOtherwise)
{
    page_query page{.name = "x", .item = "j", .table = "t", .where = "a = $1", .values = {}};
    auto const same = page_sql(page, {.limit = 5, .offset = 10});
    EXPECT_NE(same.find("FROM t WHERE a = $1)"), std::string::npos);
    EXPECT_NE(same.find("LIMIT 5 OFFSET 10"), std::string::npos);

    page.total_where = "true";
    EXPECT_NE(page_sql(page, {}).find("count(*) FROM t WHERE true)"), std::string::npos);
}

TEST(Audit, QuotesWhateverAnEntryHolds)
{
    auto const sql = audit_sql({"t", "o'neil", "login", "a\\b"});

    EXPECT_NE(sql.find("'o''neil'"), std::string::npos);
}

struct first_server : private_server {
    explicit first_server(std::string const&) {}
    asio::awaitable<void> ready() override { co_return; }
    int number = 7;
};

struct second_server : private_server {
    second_server(std::string const&, private_servers const& earlier)
        : saw(earlier.get<first_server>().number)
    {
    }
    asio::awaitable<void> ready() override { co_return; }
    int saw;
};

TEST(PrivateServers, ALaterOneSeesTheEarlier)
{
    private_servers const all{{make_server<first_server>, make_server<second_server>}, "/nowhere"};

    EXPECT_EQ(all.get<second_server>().saw, 7);
}

TEST(PrivateServers, OneThatWasNotAskedForIsAMistake)
{
    private_servers const all{{make_server<first_server>}, "/nowhere"};

    EXPECT_THROW(all.get<second_server>(), std::logic_error);
}

} // namespace watertight::lab
