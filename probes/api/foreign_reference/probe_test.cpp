#include "probes/api/foreign_reference/probe.hpp"
#include "probes/testing.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace watertight::probes::api::foreign_reference {

using namespace testing;

// Alice lets an object of hers refer to one of Bob's.
static trial sound()
{
    trial t;
    t.member = "coverFileId";
    t.of = "files";
    t.victim = bob;
    t.control = answer(alice, 201, {alice});
    t.hostile = t.absent = answer(alice, 422);
    return t;
}

TEST(ApiForeignReference, CatchesTheOthersDataInTheAnswer)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {alice, bob});
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].victim, bob);
    EXPECT_EQ(c.violations[0].intruder, alice);
}

TEST(ApiForeignReference, CatchesTheOthersDataInALaterRead)
{
    auto t = sound();
    t.hostile = answer(alice, 201, {alice});
    t.views = {answer(alice, 200, {alice}), answer(alice, 200, {bob})};
    EXPECT_EQ(judge({t}).violations.size(), 1U);
}

TEST(ApiForeignReference, CatchesAReferenceThatIsLookedUpInAllTenants)
{
    auto t = sound();
    t.hostile = t.hostile_again = answer(alice, 201, {alice});
    t.absent_again = t.absent;
    t.is_kept = true;
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    // Refused once, and not again: that was chance.
    t.absent_again = answer(alice, 201, {alice});
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiForeignReference, PassesWhenForeignAndAbsentOnesAreRefusedAlike)
{
    EXPECT_TRUE(judge({sound()}).violations.empty());
    EXPECT_EQ(judge({sound()}).trials, 1U);
}

TEST(ApiForeignReference, CatchesARefusalThatTellsWhatExists)
{
    auto t = sound();
    t.hostile = t.hostile_again = answer(alice, 403);
    t.absent = t.absent_again = answer(alice, 500);
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::unobservability);
    // A failure of the moment tells nothing.
    t.absent_again = answer(alice, 403);
    EXPECT_TRUE(judge({t}).violations.empty());
}

// A target that asks for no reference whatever it is and follows none shows nothing of anybody.
TEST(ApiForeignReference, PassesWhenAnyReferenceIsKeptAndNoneFollowed)
{
    auto t = sound();
    t.hostile = t.absent = answer(alice, 201, {alice});
    t.is_kept = t.absent_is_kept = true;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiForeignReference, CatchesWhatAppearsUnderTheVictimsObject)
{
    auto t = sound();
    t.planted = {"zq7kplanted", 0};
    t.victims_views = {answer(bob, 200, {bob}), answer(bob, 200, {}, "zq7kplanted")};
    auto const c = judge({t});
    ASSERT_EQ(c.violations.size(), 1U);
    EXPECT_EQ(c.violations[0].kind, evidence::guarantee::integrity);
    EXPECT_EQ(c.violations[0].level, evidence::severity::critical);
    t.victims_views.pop_back();
    EXPECT_TRUE(judge({t}).violations.empty());
}

// By redirects and pages: what is kept is shown nowhere.
TEST(ApiForeignReference, CatchesAnAcceptanceWhereNothingIsRefused)
{
    auto t = sound();
    t.hostile = t.hostile_again = answer(alice, 201);
    t.absent = t.absent_again = answer(alice, 422);
    t.is_kept = t.absent_is_kept = false;
    ASSERT_EQ(judge({t}).violations.size(), 1U);
    EXPECT_EQ(judge({t}).violations[0].kind, evidence::guarantee::unobservability);
    t.is_unseen = true;
    EXPECT_EQ(judge({t}).violations[0].kind, evidence::guarantee::integrity);
    // By chance once.
    t.absent_again = answer(alice, 201);
    EXPECT_TRUE(judge({t}).violations.empty());
    t.absent = t.absent_again;
    EXPECT_TRUE(judge({t}).violations.empty());
}

TEST(ApiForeignReference, AThrottledIntruderIsNotAPass)
{
    auto t = sound();
    t.hostile = answer(alice, 429);
    EXPECT_EQ(judge({t}).undecided.size(), 1U);
}

static bool has(std::vector<reference> const& all, std::string member, bool is_list = false)
{
    return std::ranges::count(all, reference{std::move(member), is_list}) == 1;
}

TEST(ApiForeignReference, LearnsMembersFromTheirNamesAndFromWhatTheyHold)
{
    auto const body = R"({"id":"7","coverFileId":null,"owner_id":"u1","title":"f9"})";
    auto const found = references_in(body, "files", {"f9"});
    EXPECT_TRUE(has(found, "coverFileId"));
    EXPECT_TRUE(has(found, "file_id"));
    EXPECT_FALSE(has(found, "title"));
    EXPECT_TRUE(has(references_in(body, "people", {"u1"}), "owner_id"));
    EXPECT_TRUE(has(references_in("", "categories", {}), "categoryId"));
}

// Serializers that name a reference as what it refers to, without an ending.
TEST(ApiForeignReference, LearnsMembersThatAreCalledAsTheirResource)
{
    auto const body = R"({"category":12,"sets":12,"tags":[3,4],"author":"2f1c9a3e-77aa-4b1c-9d11",
                          "plan":{"id":5,"name":"x"}})";
    EXPECT_TRUE(has(references_in(body, "categories", {"12"}), "category"));
    EXPECT_FALSE(has(references_in(body, "categories", {"12"}), "sets"));
    EXPECT_FALSE(has(references_in(body, "categories", {"13"}), "category"));
    EXPECT_TRUE(has(references_in(body, "tags", {"4"}), "tags", true));
    EXPECT_TRUE(has(references_in(body, "plans", {"5"}), "plan"));
    EXPECT_TRUE(has(references_in(body, "users", {"2f1c9a3e-77aa-4b1c-9d11"}), "author"));
}

TEST(ApiForeignReference, WritesAReferenceInTheFormThatTheMemberHas)
{
    EXPECT_EQ(with_reference(R"({"a":1})", {"plan", false}, "7"), R"({"a":1,"plan":7})");
    EXPECT_EQ(with_reference(R"({"a":1})", {"plan", false}, "x7"), R"({"a":1,"plan":"x7"})");
    EXPECT_EQ(with_reference("{}", {"tags", true}, "7"), R"({"tags":[7]})");
    EXPECT_EQ(with_reference("[]", {"tags", true}, "7"), std::nullopt);
    EXPECT_EQ(with_reference("{}", {"plan", false, true}, "7"), R"({"plan":"7"})");
    EXPECT_EQ(
        with_reference(R"({"data":{"attributes":{"a":1},"type":"x"}})", {"plan", false}, "7"),
        R"({"data":{"attributes":{"a":1,"plan":7},"type":"x"}})"
    );
    ASSERT_EQ(named_in(R"({"tag_id":"41","n":5})", "tags", {"40", "41"}).size(), 1U);
    EXPECT_TRUE(named_in(R"({"tag_id":"41"})", "tags", {"41"}).front().is_text);
    EXPECT_FALSE(named_in(R"({"tag_id":41})", "tags", {"41"}).front().is_text);
    EXPECT_TRUE(named_in(R"({"n":5})", "tags", {"41"}).empty());
    auto const view = R"({"data":{"id":"7","type":"deals","attributes":{"a":1},"relationships":
        {"company":{"data":{"type":"companies","id":"41"}},"tags":{"data":[]}}}})";
    auto const related = references_in(view, "companies", {"41"}).front();
    EXPECT_EQ(related.member, "company");
    EXPECT_EQ(
        with_reference(R"({"data":{"attributes":{"a":1},"type":"x"}})", related, "7"),
        R"({"data":{"attributes":{"a":1},"relationships":{"company":{"data":{"id":"7",)"
        R"("type":"companies"}}},"type":"x"}})"
    );
    EXPECT_TRUE(refers(view, "company", "41"));
    EXPECT_TRUE(references_in(R"({"data":{"id":"7"}})", "plans", {}).front().is_text);
    EXPECT_FALSE(references_in(R"({"data":{"id":7}})", "plans", {}).front().is_text);
    EXPECT_TRUE(refers(R"({"tags":[3,7]})", "tags", "7"));
    EXPECT_TRUE(refers(R"({"plan":{"id":7}})", "plan", "7"));
    EXPECT_TRUE(refers(R"([{"plan":"7"}])", "plan", "7"));
    EXPECT_FALSE(refers(R"({"plan":17,"id":7})", "plan", "7"));
}

// An order's lines, an invoice's rows: the place of the reference is within them.
TEST(ApiForeignReference, WritesAReferenceWhereTheRequestHasItFurtherDown)
{
    EXPECT_EQ(
        with_reference(R"({"lines":[{"n":2,"product":5},{"product":6}]})", {"product", false}, "7"),
        R"({"lines":[{"n":2,"product":7},{"product":7}]})"
    );
    EXPECT_EQ(
        with_reference(R"({"a":1,"rule":{"only":["5"]}})", {"only", true}, "7"),
        R"({"a":1,"rule":{"only":["7"]}})"
    );
    EXPECT_EQ(
        with_reference(R"({"a":1,"lines":[{"plan":{"id":5}}]})", {"plan", false}, "7"),
        R"({"a":1,"lines":[{"plan":{"id":7}}]})"
    );
    // What the object itself has comes first.
    EXPECT_EQ(
        with_reference(R"({"lines":[{"plan":5}],"plan":5})", {"plan", false}, "7"),
        R"({"lines":[{"plan":5}],"plan":7})"
    );
    EXPECT_EQ(
        with_reference(R"({"a":1,"lines":[{"n":5}]})", {"plan", false}, "7"),
        R"({"a":1,"lines":[{"n":5}],"plan":7})"
    );
}

TEST(ApiForeignReference, FindsMembersThatSpeakOfPeople)
{
    auto const found = people_in(
        R"({"title":"x","assigneeId":null,"owner":{"id":"7","name":"A"},"reviewers":["3"]})"
    );
    auto const has = [&](std::string_view name) {
        return std::ranges::count(found, name, &reference::member) == 1;
    };
    EXPECT_TRUE(has("assigneeId") && has("owner") && has("owner_id") && has("reviewers"));
    EXPECT_FALSE(has("title") || has("id") || has("name"));
    auto const list = std::ranges::find(found, "reviewers", &reference::member);
    EXPECT_TRUE(list->is_list);
    EXPECT_TRUE(people_in(R"({"is_owner":true})").empty());
}

} // namespace watertight::probes::api::foreign_reference
