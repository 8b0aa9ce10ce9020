#include "harness/target/render.hpp"
#include "tests/unit/target/requests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::target {
namespace {

/// A target with every kind of channel, and a tenant with one user and one object.
class Rendering : public testing::Test {
protected:
    Rendering()
    {
        m.base = {false, "target.example", 8080};
        m.base_path = "/api";
        m.identity = {
            channel(channel_kind::header, "X-Tenant-ID", "{tenant.id}", true),
            channel(channel_kind::host, "", "{tenant.slug}.mis.local", false),
            channel(channel_kind::query, "tenant", "{tenant.slug}", false),
            channel(channel_kind::cookie, "org", "{tenant.slug}", false),
            channel(channel_kind::path, "", "{tenant.slug}", true),
            channel(channel_kind::jwt, "tid", "{tenant.id}", true),
        };
        m.login.headers.emplace_back(
            "Authorization", template_text::compile("Bearer {user.token}", escape::none)
        );
        m.credentials.push_back(
            {"admin", {{"X-Admin", template_text::compile("{run}-key", escape::none)}}}
        );
        t.slug = "acme";
        t.attributes.set("id", "T1");
        a.attributes.set("token", "secret-1");
        o.attributes.set("id", "o/1");
        s.in_tenant = &t;
        s.as_actor = &a;
        s.object_in_question = &o;
        s.run_id = "r1";
    }

    std::string wire(operation const& op, overrides const& with = {})
    {
        auto const out = render(m, op, s, with);
        return out ? out->http.wire : "failure: " + out.error().message;
    }

    static bool holds(std::string const& text, std::string_view part)
    {
        return text.find(part) != std::string::npos;
    }

    model m;
    tenant t;
    actor a;
    object o;
    scope s;
};

// The token of a form goes with the session that the form is sent with.
TEST_F(Rendering, KnowsWhoSendsFromWhoIsInQuestion)
{
    actor owner;
    owner.role = "owner";
    owner.attributes.set("csrf", "owners");
    owner.attributes.set("token", "secret-2");
    t.actors.push_back(owner);
    a.role = "member";
    a.attributes.set("csrf", "members");
    operation op;
    op.method = "POST";
    op.path = template_text::compile("/x", escape::url);
    op.body = body_kind::form;
    op.body_text = template_text::compile("t={sender.csrf}&u={user.csrf}", escape::url);
    EXPECT_TRUE(wire(op).ends_with("\r\n\r\nt=members&u=members"));
    op.as = "owner";
    EXPECT_TRUE(wire(op).ends_with("\r\n\r\nt=owners&u=members"));
}

// A task's label is one of its own project, where an intruder's request names its own.
TEST_F(Rendering, TakesWhatLivesBesideAnObjectFromTheObject)
{
    std::string hold;
    t.attributes.set("labels.id", "first");
    o.attributes.set("tenant.labels.id", "beside");
    o.tenant = t.index;
    EXPECT_EQ(find_value(s, "tenant.labels.id", hold), "beside");
    o.tenant = tenant_index{t.index.value + 1};
    EXPECT_EQ(find_value(s, "tenant.labels.id", hold), "first");
    s.object_in_question = nullptr;
    EXPECT_EQ(find_value(s, "tenant.labels.id", hold), "first");
}

TEST_F(Rendering, SendsAKeyAsTheNameOfBasicCredentials)
{
    std::string hold;

    EXPECT_EQ(find_value(s, "basic.user.token." + fixed_slot(""), hold), "c2VjcmV0LTE6");
    EXPECT_EQ(find_value(s, "basic.user.token." + fixed_slot("x"), hold), "c2VjcmV0LTE6eA==");
    EXPECT_EQ(
        find_value(s, "basic." + fixed_slot("api") + ".user.token", hold), "YXBpOnNlY3JldC0x"
    );
}

TEST_F(Rendering, GivesEachSerialADayOfItsOwn)
{
    std::string hold;
    o.serial = object_serial{19'999};
    EXPECT_TRUE(find_value(s, "serial.date", hold)->starts_with("2024-"));
    s.canary = "zq7k";
    s.serial = 31;
    EXPECT_EQ(find_value(s, "serial.date", hold), "1970-02-01");
    s.serial = 20'001;
    EXPECT_EQ(find_value(s, "serial.date", hold), "1970-01-02");
}

TEST_F(Rendering, OrdinaryRequestIsByteForByteWhatItShouldBe)
{
    EXPECT_EQ(
        wire(request("GET", "/users/{id}")),
        "GET /api/users/o%2F1 HTTP/1.1\r\n"
        "Host: target.example:8080\r\n"
        "User-Agent: watertight/" WT_VERSION "\r\n"
        "Accept: */*\r\n"
        "Authorization: Bearer secret-1\r\n"
        "X-Tenant-ID: T1\r\n"
        "\r\n"
    );
}

TEST_F(Rendering, ChannelsAreSentWhereTheyBelong)
{
    overrides with;
    with.identity = {{1, "globex.mis.local"}, {2, "a&b"}, {3, "globex"}};

    auto const text = wire(request("GET", "/users?limit=5"), with);

    EXPECT_TRUE(holds(text, "GET /api/users?limit=5&tenant=a%26b HTTP/1.1\r\n")) << text;
    EXPECT_TRUE(holds(text, "Host: globex.mis.local:8080\r\n")) << text;
    EXPECT_TRUE(holds(text, "Cookie: org=globex\r\n")) << text;
    EXPECT_FALSE(holds(text, "X-Tenant-ID")) << text;
}

// Unless a channel is asked for, what the operation itself says of the tenant stays.
TEST_F(Rendering, AnOperationsOwnHeaderWinsOverADefaultChannel)
{
    auto op = request("GET", "/users");
    op.headers.emplace_back("x-tenant-id", template_text::compile("nobody", escape::none));

    auto const text = wire(op);
    EXPECT_TRUE(holds(text, "x-tenant-id: nobody\r\n")) << text;
    EXPECT_FALSE(holds(text, "X-Tenant-ID: T1")) << text;

    overrides with;
    with.identity = {{0, "T2"}};
    EXPECT_TRUE(holds(wire(op, with), "X-Tenant-ID: T2\r\n"));
    EXPECT_FALSE(holds(wire(op, with), "nobody"));
}

TEST_F(Rendering, QueryChannelStartsAQueryWhereThereIsNone)
{
    overrides with;
    with.identity = {{2, "globex"}};

    EXPECT_TRUE(holds(wire(request("GET", "/users"), with), "GET /api/users?tenant=globex HTTP"));
}

TEST_F(Rendering, OneChannelCanBeSentTwice)
{
    overrides with;
    with.identity = {{0, "T1"}, {0, "T2"}};

    EXPECT_TRUE(
        holds(wire(request("GET", "/users"), with), "X-Tenant-ID: T1\r\nX-Tenant-ID: T2\r\n")
    );
}

TEST_F(Rendering, PathChannelOverrideFillsItsSlot)
{
    overrides with;
    with.identity = {{4, "globex"}};

    EXPECT_TRUE(holds(wire(request("GET", "/{tenant.slug}/users"), with), "GET /api/globex/users ")
    );
}

TEST_F(Rendering, SenderFollowsTheOperation)
{
    auto op = request("GET", "/users");
    op.as = "admin";
    EXPECT_TRUE(holds(wire(op), "X-Admin: r1-key\r\n"));
    EXPECT_FALSE(holds(wire(op), "Authorization"));

    op.as = "anonymous";
    EXPECT_FALSE(holds(wire(op), "Authorization"));

    op.as = "auditor";
    EXPECT_TRUE(holds(wire(op), "failure: an operation: no credentials and no user")) << wire(op);

    auto& auditor = t.actors.emplace_back();
    auditor.role = "auditor";
    auditor.attributes.set("token", "secret-2");
    EXPECT_TRUE(holds(wire(op), "Authorization: Bearer secret-2\r\n"));
}

TEST_F(Rendering, CookiesOfSessionAndChannelShareOneHeader)
{
    m.login.cookies = true;
    a.cookies = "sid=1; csrf=2";
    overrides with;
    with.identity = {{3, "acme"}};

    EXPECT_TRUE(holds(wire(request("GET", "/"), with), "Cookie: sid=1; csrf=2; org=acme\r\n"));
}

TEST_F(Rendering, OverridesReplaceWhatTheScenarioSays)
{
    overrides with;
    with.method = "DELETE";
    with.path = "/api/users/../users/7";
    with.host = "elsewhere";
    with.query = {{"debug", "1 2"}};
    with.headers = {{"accept", "text/html"}, {"X-Extra", "1"}, {"X-Extra", "2"}};
    with.credentials = header_list{};

    EXPECT_EQ(
        wire(request("GET", "/users/{id}"), with),
        "DELETE /api/users/../users/7?debug=1%202 HTTP/1.1\r\n"
        "Host: elsewhere\r\n"
        "User-Agent: watertight/" WT_VERSION "\r\n"
        "X-Tenant-ID: T1\r\n"
        "accept: text/html\r\n"
        "X-Extra: 1\r\n"
        "X-Extra: 2\r\n"
        "\r\n"
    );
}

TEST_F(Rendering, JsonBodyCarriesTypeAndLength)
{
    auto op = request("POST", "/users");
    op.body = body_kind::json;
    op.body_text = template_text::compile_json(R"({"n":"{canary.number}","t":"{canary}"})");
    s.canary = "zq7k1";
    s.canary_number = 4503599627370497;

    auto const text = wire(op);

    EXPECT_TRUE(holds(text, "Content-Type: application/json\r\nContent-Length: 34\r\n")) << text;
    EXPECT_TRUE(text.ends_with("\r\n\r\n"
                               R"({"n":4503599627370497,"t":"zq7k1"})")
    ) << text;
}

TEST_F(Rendering, PostWithoutBodySaysSo)
{
    EXPECT_TRUE(holds(wire(request("POST", "/jobs")), "Content-Length: 0\r\n"));
    EXPECT_FALSE(holds(wire(request("GET", "/jobs")), "Content-Length"));
}

TEST_F(Rendering, MultipartBoundaryOccursInNoPart)
{
    auto op = request("POST", "/files");
    op.body = body_kind::multipart;
    body_part file;
    file.name = "f\"ile";
    file.file_name = template_text::compile("{id}.txt", escape::none);
    file.content = template_text::compile("hello", escape::none);
    op.parts = {file};
    auto const boundary_in = [](std::string const& text) {
        auto const begin = text.find("boundary=") + 9;
        return text.substr(begin, text.find("\r\n", begin) - begin);
    };
    auto const first = wire(op);
    auto const first_boundary = boundary_in(first);
    EXPECT_TRUE(holds(first, R"(name="f%22ile"; filename="o/1.txt")")) << first;
    EXPECT_TRUE(holds(first, "\r\n\r\nhello\r\n--" + first_boundary + "--\r\n")) << first;

    // The same content again, beside a part whose head is that very boundary.
    body_part hostile;
    hostile.name = first_boundary;
    op.parts.push_back(hostile);
    auto const second = boundary_in(wire(op));
    EXPECT_NE(second, first_boundary);
}

TEST_F(Rendering, HeaderValueCannotBreakOutOfItsLine)
{
    a.attributes.set("token", "x\r\nX-Evil: 1");

    EXPECT_TRUE(holds(wire(request("GET", "/")), "failure: an operation: header \"Authorization\"")
    );
    EXPECT_FALSE(holds(wire(request("GET", "/")), "X-Evil"));
}

TEST_F(Rendering, TargetCannotBreakOutOfItsLine)
{
    overrides with;
    with.path = "/a b\r\nX: 1";

    EXPECT_TRUE(holds(wire(request("GET", "/"), with), "GET /a%20b%0D%0AX:%201 HTTP/1.1\r\n"));
}

TEST_F(Rendering, MissingValueNamesSlotAndOperation)
{
    EXPECT_EQ(
        wire(request("GET", "/x/{parent.id}")),
        "failure: an operation: nothing is known as {parent.id}"
    );
}

TEST_F(Rendering, NestedObjectKnowsItsParent)
{
    o.attributes.set("parent.id", "p9");
    EXPECT_TRUE(holds(wire(request("GET", "/p/{parent.id}/c/{id}")), "GET /api/p/p9/c/o%2F1 "));
}

TEST_F(Rendering, ExtraValuesWinOverAllOthers)
{
    values extra;
    extra.set("id", "42");
    s.extra = &extra;
    EXPECT_TRUE(holds(wire(request("GET", "/users/{id}")), "GET /api/users/42 "));
}

TEST(Operation, AcceptsWhatItExpects)
{
    operation op;
    EXPECT_TRUE(op.accepts(204));
    EXPECT_FALSE(op.accepts(302));
    op.expect = {{302, 302}, {409, 410}};
    EXPECT_TRUE(op.accepts(410));
    EXPECT_FALSE(op.accepts(200));
}

TEST(Population, LivingObjectsAreThoseNotRemoved)
{
    population p;
    p.tenants.resize(1);
    p.objects.resize(1);
    for (std::uint32_t i = 0; i < 3; ++i) {
        object one;
        one.serial = object_serial{i};
        one.resource = i == 2 ? "files" : "users";
        one.removed = i == 0;
        p.objects[0].push_back(one);
    }

    auto const users = p.living(tenant_index{0}, "users");

    ASSERT_EQ(users.size(), 1U);
    EXPECT_EQ(users[0]->serial, object_serial{1});
    EXPECT_TRUE(p.living(tenant_index{9}, "users").empty());
}

} // namespace
} // namespace watertight::target
