#include "tests/unit/scenario/documents.hpp"

#include <algorithm>

namespace watertight::scenario {

static std::string shop_with_operation(std::string_view operation)
{
    return shop_and("operations:\n  " + std::string{operation} + "\n");
}

static target::operation named(scenario const& s, std::string_view name)
{
    auto const& all = s.target.operations;
    auto const found = std::ranges::find(all, name, &target::operation::name);
    if (found == all.end()) {
        ADD_FAILURE() << "no operation " << name;
        return {};
    }
    return *found;
}

TEST(RequestsOfAScenario, AFieldOfAFormMayHaveAnyNameAndSeveralValues)
{
    auto const s = good(shop_with_operation(
        "tag: {post: /tag, form: {\"item[name]\": x, tags: [\"1 2\", \"{tenant.id}\"]}}"
    ));
    auto const op = named(s, "tag");
    EXPECT_EQ(op.body, target::body_kind::form);
    std::string written;
    for (auto const& piece : op.body_text.pieces()) {
        written += piece.literal + (piece.slot.empty() ? "" : "<" + piece.slot + ">");
    }
    EXPECT_EQ(written, "item%5Bname%5D=x&tags=1%202&tags=<tenant.id>");
}

TEST(RequestsOfAScenario, ParametersAreKeptOneByOne)
{
    auto const s = good(
        shop_with_operation("all: {get: /all, parameters: {status: [archived, all], sort: name}}")
    );
    std::vector<std::pair<std::string, std::string>> const expected{
        {"status", "archived"}, {"status", "all"}, {"sort", "name"}};
    EXPECT_EQ(named(s, "all").parameters, expected);
}

TEST(RequestsOfAScenario, ParametersHoldNoSlots)
{
    auto const told =
        problems_of(shop_with_operation("all: {get: /all, parameters: {of: \"{tenant.id}\"}}"));
    EXPECT_NE(told.find("operations.all.parameters.of holds a slot"), std::string::npos) << told;
}

TEST(RequestsOfAScenario, AnObjectKeepsWhatItsReadCaptures)
{
    auto const* const read = R"(read: {get: "/notes/{id}", capture: {link: /link}})";
    auto const* const with_link = R"(
    others:
      follow: {get: "{link}"})";
    auto const s = good(shop_with(R"(read: {get: "/notes/{id}"})", std::string{read} + with_link));
    EXPECT_EQ(s.target.resources.at(0).read->captures.size(), 1U);
}

TEST(RequestsOfAScenario, WhatWouldBeKeptNowhereIsNotCaptured)
{
    auto const* const list = R"(list: {get: /notes, capture: {first: /0/id}})";
    auto const told = problems_of(shop_with(R"(read: {get: "/notes/{id}"})", list));
    EXPECT_NE(told.find("resources.notes.list.capture.first would be kept nowhere"), told.npos)
        << told;
}

TEST(RequestsOfAScenario, AJobEndsByItsStateOrItsStatus)
{
    auto const s = good(
        shop_with_operation("report: {get: /report, poll: {while: [202, 409]}}\n"
                            "  page: {get: /page, poll: {regex: \"state=([a-z]+)\", until: done}}")
    );
    EXPECT_TRUE(named(s, "report").poll.is_pending(409));
    EXPECT_EQ(named(s, "page").poll.pattern, "state=([a-z]+)");
    auto const told =
        problems_of(shop_with_operation("page: {get: /page, poll: {regex: \"(\", until: done}}"));
    EXPECT_NE(told.find("operations.page.poll.regex is no regular expression"), told.npos) << told;
    EXPECT_FALSE(problems_of(shop_with_operation("page: {get: /page, poll: {until: done}}")).empty()
    );
}

TEST(RequestsOfAScenario, ARedirectIsAnAnswerLikeOthers)
{
    auto const s = good(shop_with_operation("save: {post: /save, expect: [302, 303]}"));
    EXPECT_TRUE(named(s, "save").ends_in_redirect());
    auto const either = good(shop_with_operation("save: {post: /save, expect: [200, 302]}"));
    EXPECT_TRUE(named(either, "save").may_redirect());
    EXPECT_FALSE(named(either, "save").ends_in_redirect());
    auto const form = good(shop_with_operation("save: {post: /save, form: {a: b}}"));
    EXPECT_TRUE(named(form, "save").may_redirect());
    auto const logged_in = good(
        shop_with("target:\n", "target:\n  session: {login: {post: /login, form: {user: a}}}\n")
    );
    ASSERT_TRUE(logged_in.target.login.login);
    EXPECT_FALSE(logged_in.target.login.login->may_redirect());
    auto const json = good(shop_with_operation("save: {post: /save, body: {a: b}}"));
    EXPECT_FALSE(named(json, "save").may_redirect());
}

} // namespace watertight::scenario
