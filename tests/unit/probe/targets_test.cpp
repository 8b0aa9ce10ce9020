#include "harness/probe/reach.hpp"

#include <gtest/gtest.h>

namespace watertight::probe {

TEST(Targets, AnAbsentTwinLooksLikeTheIdAndIsAnother)
{
    rng random{1};
    for (std::string const id :
         {"6f9619ff-8b86-4011-b42d-00cf4fc964ff", "inv_8f3k2m9q", "AB12CD34EF"}) {
        auto const twin = absent_twin(id, random);
        EXPECT_EQ(twin.size(), id.size());
        EXPECT_NE(twin, id);
    }
    auto const uuid = absent_twin("6f9619ff-8b86-4011-b42d-00cf4fc964ff", random);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_EQ(uuid[8], '-');
}

// A short number's neighbour may well exist: the twin lies far beyond any young sequence.
TEST(Targets, AnAbsentNumberIsFarAway)
{
    rng random{1};
    EXPECT_GE(std::stoull(absent_twin("17", random)), 9'000'000U);
    auto const twin = absent_twin("123456789", random);
    EXPECT_EQ(twin.size(), 9U);
    EXPECT_EQ(twin.front(), '9');
}

// What a column can't hold makes the target fail, which looks like an oracle.
TEST(Targets, AnAbsentNumberFitsIntoTheColumnOfTheId)
{
    rng random{1};
    EXPECT_LE(std::stoull(absent_twin("1987654321", random)), 2'147'483'647U);
    EXPECT_LE(std::stoull(absent_twin("1288888888888888888", random)), 9'223'372'036'854'775'807U);
    auto const unsigned_twin = absent_twin("12999999999999999999", random);
    EXPECT_EQ(unsigned_twin.size(), 20U);
    EXPECT_LT(unsigned_twin, "18446744073709551615");
    EXPECT_NE(unsigned_twin, "12999999999999999999");
}

TEST(Targets, LeavesOutThePlatformsAndSharedOperations)
{
    target::model m;
    target::credential admin;
    admin.name = "admin";
    m.credentials.push_back(admin);
    target::operation op;
    EXPECT_TRUE(is_tenants_own(m, op));
    op.as = "admin";
    EXPECT_FALSE(is_tenants_own(m, op));
    op.as = "anonymous";
    EXPECT_FALSE(is_tenants_own(m, op));
    op.as = "owner";
    EXPECT_TRUE(is_tenants_own(m, op));
}

static target::operation post(char const* path, char const* body)
{
    target::operation op;
    op.method = "POST";
    op.path_pattern = path;
    op.body = target::body_kind::json;
    op.body_text = target::template_text::compile_json(body);
    return op;
}

TEST(Targets, KnowsAReadByItsBody)
{
    EXPECT_TRUE(is_read(
        post("/batch", R"({"defaults":{"method":"GET"},"requests":[{"path":"/things/{id}"}]})")
    ));
    EXPECT_FALSE(is_read(post(
        "/batch", R"({"requests":[{"method":"GET"},{"method":"DELETE","path":"/things/{id}"}]})"
    )));
    EXPECT_FALSE(is_read(post("/batch", R"({"requests":[{"path":"/things/{id}"}]})")));
    EXPECT_TRUE(is_read(post(
        "/graphql",
        R"x({"query":"query($id: ID!) { thing(id: $id) { name } }","variables":{"id":"{id}"}})x"
    )));
    EXPECT_TRUE(is_read(post("/graphql", R"x({"query":"{ thing(id: \"{id}\") { name } }"})x")));
    EXPECT_FALSE(is_read(post("/graphql", R"x({"query":"mutation { remove(id: \"{id}\") }"})x")));
    EXPECT_FALSE(is_read(post("/things", R"({"query":"words","text":"{canary}"})")));
}

TEST(Targets, TellsObjectsFromCollections)
{
    target::model m;
    auto& r = m.resources.emplace_back();
    r.read.emplace();
    r.read->path = target::template_text::compile("/things/{id}", target::escape::url);
    r.list.emplace();
    r.list->path = target::template_text::compile("/things", target::escape::url);
    auto& shared = m.resources.emplace_back(r);
    shared.is_shared = true;
    ASSERT_EQ(object_reads(m).size(), 1U);
    EXPECT_EQ(object_reads(m)[0].op, &*m.resources[0].read);
    ASSERT_EQ(collection_reads(m).size(), 1U);
    EXPECT_EQ(collection_reads(m)[0].op, &*m.resources[0].list);
}

static target::operation request(std::string name, std::string method, std::string const& path)
{
    target::operation op;
    op.name = std::move(name);
    op.method = std::move(method);
    op.path = target::template_text::compile(path, target::escape::url);
    op.path_pattern = path.substr(0, path.find('?'));
    return op;
}

TEST(Targets, APostThatOnlyAsksIsARead)
{
    EXPECT_TRUE(is_read(request("tenant", "GET", "/tenants/{tenant.id}")));
    EXPECT_TRUE(is_read(request("export", "POST", "/tenants/{tenant.id}/dump")));
    EXPECT_TRUE(is_read(request("items.find", "POST", "/items/_search")));
    EXPECT_TRUE(is_read(request("usersSearch", "POST", "/v1/x")));
    EXPECT_TRUE(is_read(request("x", "POST", "/v1/reports/")));
}

// Whatever may change something is left to the probes that restore it.
TEST(Targets, APostThatMayChangeSomethingIsNoRead)
{
    EXPECT_FALSE(is_read(request("migrate", "POST", "/tenants/{tenant.id}/migrate")));
    EXPECT_FALSE(is_read(request("items.archive", "POST", "/items/{id}/archive")));
    EXPECT_FALSE(is_read(request("viewed", "POST", "/items/{id}/viewed")));
    EXPECT_FALSE(is_read(request("export", "DELETE", "/exports/{id}")));
    auto job = request("export", "POST", "/exports");
    job.poll = {.pointer = "/status", .pattern = {}, .until = {"done"}, .pending = {}};
    EXPECT_FALSE(is_read(job));
}

TEST(Targets, TellsWhatARequestNames)
{
    auto const nested = request("r", "GET", "/w/{tenant.id}/items/{parent.id}/notes/{id}");
    EXPECT_TRUE(names_tenant(nested));
    EXPECT_TRUE(names_parent(nested));
    EXPECT_EQ(object_slots(nested), std::vector<std::string>{"id"});
    EXPECT_EQ(
        approaches(nested),
        (std::vector{approach::victims_path, approach::own_path, approach::own_parent})
    );
    auto const deep = request("r", "GET", "/a/{parent.parent.id}/b/{parent.id}/c/{id}");
    EXPECT_EQ(
        approaches(deep),
        (std::vector{approach::victims_path, approach::own_parent, approach::own_grandparent})
    );
    auto bulk = request("r", "POST", "/items/fetch");
    bulk.body_text = target::template_text::compile_json(R"({"ids":["{id}"]})");
    EXPECT_EQ(object_slots(bulk), std::vector<std::string>{"id"});
    EXPECT_FALSE(names_tenant(bulk));
    EXPECT_EQ(approaches(bulk), std::vector{approach::victims_path});
}

// In the query a canary is a term, in the path the name of an object.
TEST(Targets, TellsASearchFromAName)
{
    EXPECT_TRUE(is_search(request("r", "GET", "/items?q={object.canary}")));
    EXPECT_TRUE(is_search(request("r", "GET", "/items/search/{object.canary}")));
    auto const by_name = request("r", "GET", "/pages/{object.canary}?full=1");
    EXPECT_FALSE(is_search(by_name));
    EXPECT_EQ(object_slots(by_name), std::vector<std::string>{"object.canary"});
}

// Its owner's canary stands in what the job made, which another read shows.
TEST(Targets, TheStateOfAJobShowsNothingOfItsOwners)
{
    auto const slotted = [](char const* path) {
        target::operation op;
        op.method = "GET";
        op.path = target::template_text::compile(path, target::escape::url);
        return op;
    };
    target::resource r;
    r.create = post("/exports", R"({"kind":"users"})");
    r.read = slotted("/exports/{id}");
    r.read->poll = {.pointer = "/status", .pattern = {}, .until = {"done"}, .pending = {}};
    EXPECT_FALSE(tells_state_alone({&r, &*r.read}));

    r.others.push_back(slotted("/exports/{id}/download"));
    EXPECT_TRUE(tells_state_alone({&r, &*r.read}));
    EXPECT_FALSE(tells_state_alone({&r, &r.others.front()}));

    r.create = post("/exports", R"({"title":"{canary}"})");
    EXPECT_FALSE(tells_state_alone({&r, &*r.read}));
}

} // namespace watertight::probe
