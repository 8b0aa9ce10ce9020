// How: the same requests written twice by one source, because the second time it need not look at
// who sends them; both are held against what rendering gives.
#include "harness/target/render.hpp"
#include "harness/traffic/request_source.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::traffic {

class RequestSource : public testing::Test {
protected:
    RequestSource()
    {
        m.base = {false, "target.example", 8080};
        m.login.headers.emplace_back(
            "Authorization", target::template_text::compile("Bearer {user.token}", {})
        );
        m.operations.push_back(operation("GET", "/list"));
        m.operations.push_back(operation("HEAD", "/list"));
        m.operations.push_back(operation("GET", "/t/{tenant.slug}"));
        m.operations.push_back(operation("GET", "/all"));
        m.operations.back().as = "owner";
        for (std::uint32_t n = 0; n < 3; ++n) {
            auto& t = people.tenants.emplace_back();
            t.index = tenant_index{n};
            t.slug = "org-" + std::to_string(n);
            for (auto const* const role : {"owner", "member"}) {
                auto& a = t.actors.emplace_back();
                a.role = role;
                a.attributes.set("token", t.slug + "-" + role);
            }
        }
    }

    static target::operation operation(std::string method, std::string const& path)
    {
        target::operation op;
        op.name = method + " " + path;
        op.method = std::move(method);
        op.path_pattern = path;
        op.path = target::template_text::compile(path, target::escape::url);
        return op;
    }

    intent for_user(std::size_t op, std::uint32_t tenant, std::uint32_t actor) const
    {
        intent i;
        i.operation = op;
        i.what = &table->entries()[op];
        i.tenant = tenant_index{tenant};
        i.actor = actor_index{actor};
        return i;
    }

    std::string rendered(intent const& i, target::actor const& who) const
    {
        target::scope const s{.in_tenant = &people.at(i.tenant), .as_actor = &who};
        return target::render(m, *i.what->op, s)->http.wire;
    }

    void make() { table.emplace(m); }

    target::model m;
    target::population people;
    std::optional<operation_table> table;
    request_buffer out;
};

TEST_F(RequestSource, WritesEverybodysOwnRequestHoweverOften)
{
    make();
    request_source source{m, people, *table};
    for (int round = 0; round < 2; ++round) {
        for (std::size_t op = 0; op < 3; ++op) {
            for (std::uint32_t tenant = 0; tenant < 3; ++tenant) {
                for (std::uint32_t actor = 0; actor < 2; ++actor) {
                    auto const i = for_user(op, tenant, actor);
                    ASSERT_TRUE(source.write(i, nullptr, out));
                    EXPECT_EQ(out.wire, rendered(i, people.at(i.tenant).actors[actor]));
                    EXPECT_EQ(out.is_head, op == 1);
                }
            }
        }
    }
}

TEST_F(RequestSource, RenewedCredentialsTakeTheFormerOnesPlace)
{
    make();
    request_source source{m, people, *table};
    auto const i = for_user(0, 1, 1);
    ASSERT_TRUE(source.write(i, nullptr, out));
    auto fresh = people.at(i.tenant).actors[1];
    fresh.attributes.set("token", "renewed");

    ASSERT_TRUE(source.write(i, &fresh, out));

    EXPECT_NE(out.wire.find("Bearer renewed\r\n"), std::string::npos);
}

TEST_F(RequestSource, AUserWithoutWhatTheHeadersNeedIsToldEachTime)
{
    people.tenants[0].actors[0].attributes.erase("token");
    make();
    request_source source{m, people, *table};
    for (int round = 0; round < 2; ++round) {
        EXPECT_FALSE(source.write(for_user(0, 0, 0), nullptr, out));
        EXPECT_TRUE(source.write(for_user(0, 0, 1), nullptr, out));
    }
}

TEST_F(RequestSource, AnotherRolesHeadersAreNotKeptForAnOperationThatNamesOne)
{
    make();
    request_source source{m, people, *table};
    // By the member, who has to act as the owner: rendering knows how.
    auto const i = for_user(3, 2, 1);
    for (int round = 0; round < 2; ++round) {
        ASSERT_TRUE(source.write(i, nullptr, out));
        EXPECT_EQ(out.wire, rendered(i, people.at(i.tenant).actors[1]));
    }
}

} // namespace watertight::traffic
