#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

// What a creation refers to is made before it, wherever it stands.
TEST(ScenarioReferring, ACreationNamesTheFirstObjectOfAnotherResource)
{
    auto const s = good(shop_and(R"(  deals:
    create:
      post: /deals
      body: {title: "{canary}", note: "{tenant.notes.id}", label: "{tenant.labels.id:number}"}
      capture: {id: /id}
    read: {get: "/deals/{id}"}
  labels:
    create: {post: /labels, body: {name: "{canary}"}, capture: {id: /id}}
    list: {get: /labels}
)"));

    auto const* const deals = s.target.find_resource("deals");
    ASSERT_NE(deals, nullptr);
    EXPECT_EQ(deals->refers_to, (std::vector<std::string>{"notes", "labels"}));
    EXPECT_FALSE(deals->is_referred_to);
    EXPECT_TRUE(s.target.find_resource("labels")->is_referred_to);
    EXPECT_EQ(s.target.resources.back().name, "deals");
}

TEST(ScenarioReferring, AResourceThatIsNotThereIsTold)
{
    auto const told = problems_of(shop_and(R"(  deals:
    create: {post: /deals, body: {title: "{canary}", note: "{tenant.note.id}"}, capture: {id: /id}}
    read: {get: "/deals/{id}"}
)"));
    EXPECT_NE(told.find("tenant.notes.id"), std::string::npos) << told;
}

} // namespace watertight::scenario
