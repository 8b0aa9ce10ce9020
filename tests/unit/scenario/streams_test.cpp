#include "tests/unit/scenario/documents.hpp"

namespace watertight::scenario {

using namespace std::chrono_literals;

TEST(ScenarioStreams, SayHowOneListensAndWhatIsTold)
{
    auto const s = good(shop_and(R"(streams:
  events: {get: /events, follows: notes}
  live:
    get: "/live/{tenant.id}"
    kind: websocket
    body: {subscribe: "shop:{tenant.slug}"}
    follows: notes
    within: 500ms
)"));

    ASSERT_EQ(s.target.streams.size(), 2U);
    auto const& events = s.target.streams[0];
    EXPECT_EQ(events.open.name, "streams.events");
    EXPECT_EQ(events.open.channel(), "GET /events");
    EXPECT_EQ(events.follows, "notes");
    EXPECT_FALSE(events.is_websocket);
    auto const& live = s.target.streams[1];
    EXPECT_TRUE(live.is_websocket);
    EXPECT_EQ(live.open.body, target::body_kind::json);
    EXPECT_TRUE(live.open.mentions("tenant.slug"));
    EXPECT_EQ(live.open.within, 500ms);
}

TEST(ScenarioStreams, MaySubscribeByAFurtherMessage)
{
    auto const s = good(shop_and(R"(streams:
  live:
    get: /graphql
    kind: websocket
    body: {type: connection_init, payload: {token: "{user.role}"}}
    then:
      - {id: "1", type: subscribe, payload: {query: "subscription { note }"}}
      - "ping {tenant.slug}"
    follows: notes
)"));

    auto const& live = s.target.streams.at(0);
    ASSERT_EQ(live.then.size(), 2U);
    EXPECT_EQ(live.then[0].body, target::body_kind::json);
    EXPECT_EQ(live.then[0].path_pattern, "/graphql");
    EXPECT_EQ(live.then[1].body, target::body_kind::raw);
    EXPECT_TRUE(live.then[1].mentions("tenant.slug"));
}

TEST(ScenarioStreams, MayBeAskedForByRequests)
{
    auto const s = good(shop_and(R"(streams:
  live:
    before: [{post: /ticket, capture: {ticket: /ticket}}]
    get: "/live?ticket={ticket}"
    as: user
    capture: {client: /clientId}
    subscribe: [{post: /live, body: {client: "{client}", topics: [notes]}}]
    follows: notes
)"));

    auto const& live = s.target.streams.at(0);
    ASSERT_EQ(live.before.size(), 1U);
    EXPECT_EQ(live.before[0].channel(), "POST /ticket");
    EXPECT_EQ(live.before[0].as, "user");
    ASSERT_EQ(live.subscribe.size(), 1U);
    EXPECT_TRUE(live.subscribe[0].mentions("client"));
    EXPECT_EQ(live.subscribe[0].as, "user");
    EXPECT_EQ(live.open.captures.size(), 1U);
}

TEST(ScenarioStreams, HaveAFirstMessageBeforeAFurtherOne)
{
    auto const told = problems_of(
        shop_and("streams:\n  e: {get: /e, follows: notes, kind: websocket, then: [{a: 1}]}\n")
    );
    EXPECT_NE(told.find("follows a first message"), std::string::npos) << told;
}

TEST(ScenarioStreams, FollowAResourceThatIsCreated)
{
    EXPECT_EQ(
        problems_of(shop_and("streams:\n  events: {get: /events, follows: note}\n")),
        "16:35: streams.events.follows is note, which is no resource with `create`; did you mean "
        "notes?"
    );
}

TEST(ScenarioStreams, AreOfAKnownKind)
{
    EXPECT_NE(problems_of(shop_and("streams:\n  e: {get: /e, follows: notes, kind: grpc}\n")), "");
}

TEST(ScenarioStreams, NeedWhatTheyFollow)
{
    EXPECT_NE(problems_of(shop_and("streams:\n  e: {get: /e}\n")), "");
}

TEST(ScenarioStreams, HaveSlotsThatSomethingFills)
{
    EXPECT_NE(
        problems_of(shop_and("streams:\n  e: {get: \"/e/{tenant.nothing}\", follows: notes}\n")), ""
    );
}

} // namespace watertight::scenario
