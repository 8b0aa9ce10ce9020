#include "harness/probe/asked_before.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

static constexpr evidence::owner victim{{0}, {1}, {10}};
static constexpr tenant_index who_asks{1};
static constexpr std::string_view id = "cus_01M8MC06MV0623S00R1K9NEX8S";

class AskedBefore : public testing::Test {
protected:
    AskedBefore() { known.add(id, victim, "customers"); }

    static exchange request(std::string method, int status)
    {
        exchange e;
        e.channel = method + " /customers/{id}";
        e.tenant = who_asks;
        e.wire = method + " /customers/" + std::string{id} + " HTTP/1.1\r\n\r\n";
        e.method = std::move(method);
        e.answered = true;
        e.status = status;
        return e;
    }

    exchange log_with(std::string const& body) const
    {
        exchange e;
        e.channel = "GET /audit";
        e.tenant = who_asks;
        e.body = body;
        eye.scan(body, e.seen);
        return e;
    }

    evidence::canary_mint mint{evidence::derive_key(7, "asked")};
    evidence::identifier_index known;
    evidence::observer eye{mint, known, {}};
    asked_before asked;
};

TEST_F(AskedBefore, KnowsWhatARefusedRequestNamed)
{
    asked.remember(request("DELETE", 404), eye, false);

    EXPECT_TRUE(asked.has(who_asks, id));
    EXPECT_FALSE(asked.has(victim.tenant, id));
    EXPECT_TRUE(asked.has_any(log_with("denied " + std::string{id})));
    EXPECT_EQ(asked.requests(who_asks, id).size(), 1U);
}

// A batch is answered with 200, whatever became of what it asked for, and is logged all the same;
// to be sent again a request must change nothing.
TEST_F(AskedBefore, KnowsWhatASuccessfulWriteNamedButDoesNotRepeatIt)
{
    asked.remember(request("PATCH", 200), eye, false);

    EXPECT_TRUE(asked.has(who_asks, id));
    EXPECT_TRUE(asked.requests(who_asks, id).empty());
}

TEST_F(AskedBefore, ARequestWithoutAnAnswerMayHaveBeenLoggedToo)
{
    auto cut_off = request("GET", 0);
    cut_off.answered = false;
    asked.remember(cut_off, eye, true);

    EXPECT_TRUE(asked.has(who_asks, id));
    EXPECT_TRUE(asked.requests(who_asks, id).empty());
}

TEST_F(AskedBefore, WhatWasNeverAskedForIsNoRepetition)
{
    asked.remember(request("GET", 200), eye, true);
    auto const other = mint.text(victim);

    EXPECT_TRUE(asked.has_any(log_with(std::string{id} + " " + other)));
    EXPECT_FALSE(asked.has(who_asks, other));
    EXPECT_FALSE(asked.has_any(log_with(other)));
    EXPECT_FALSE(asked.has_any(log_with("nothing")));
}

TEST_F(AskedBefore, AnAnswerThatRepeatsOnceIsKnownToDoSo)
{
    EXPECT_TRUE(asked.is_open("GET /audit"));
    asked.learn("GET /audit", false);
    EXPECT_TRUE(asked.is_open("GET /audit"));
    asked.learn("GET /audit", true);
    EXPECT_FALSE(asked.is_open("GET /audit"));
    EXPECT_TRUE(asked.repeats("GET /audit"));
    EXPECT_FALSE(asked.repeats("GET /customers"));
}

TEST_F(AskedBefore, OneThatNeverRepeatsIsNotAskedAgainAndAgain)
{
    for (int i = 0; i < 3; ++i) asked.learn("GET /customers", false);

    EXPECT_FALSE(asked.is_open("GET /customers"));
    EXPECT_FALSE(asked.repeats("GET /customers"));
}

TEST_F(AskedBefore, PutsAWordInTheTokensPlace)
{
    EXPECT_EQ(with_word("GET /a/b1?x=b1", "b1", "c2"), "GET /a/c2?x=c2");
    EXPECT_FALSE(with_word("GET /a/B1", "b1", "c2"));
    EXPECT_FALSE(with_word("GET /a/b1", "b1", "c23"));
}

} // namespace watertight::probe
