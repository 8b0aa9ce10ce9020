// How: whatever is compiled has to come out byte for byte as it is rendered, so that the two are
// held against each other over every kind of request.
#include "harness/target/compiled_request.hpp"
#include "tests/unit/target/requests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace watertight::target {
namespace {

identity_channel default_channel(channel_kind kind, std::string name, std::string value)
{
    return channel(kind, std::move(name), std::move(value), true);
}

operation with_json(std::string method, std::string path, std::string_view json)
{
    auto op = request(std::move(method), std::move(path));
    op.body = body_kind::json;
    op.body_text = template_text::compile_json(json);
    return op;
}

class CompiledRequest : public testing::Test {
protected:
    CompiledRequest()
    {
        m.base = {false, "target.example", 8080};
        m.base_path = "/api";
        m.identity = {
            default_channel(identity_channel::kind::header, "X-Tenant-ID", "{tenant.id}")};
        m.login.headers.emplace_back("Authorization", none("Bearer {user.token}"));
        m.headers.emplace_back("Accept", none("application/json"));
        m.credentials.push_back({"admin", {{"X-Admin", none("{run}-key")}}});
        t.slug = "acme";
        t.plan = "basic";
        t.attributes.set("id", "T1");
        a.attributes.set("token", std::string(200, 'x') + "\tend");
        a.attributes.set("email", "a b@example.com");
        o.attributes.set("id", "o/1 \xc3\xa9");
        parent.attributes.set("id", "p1");
        s = {.in_tenant = &t, .as_actor = &a, .object_in_question = &o, .parent = &parent};
        s.canary = "zq7kcanary";
        s.canary_number = 4503599627370497;
        s.serial = 7;
        s.run_id = "r1";
    }

    static template_text none(std::string_view text)
    {
        return template_text::compile(text, escape::none);
    }

    // Whether it was compiled, and came out as it is rendered.
    void expect_same(operation const& op)
    {
        auto const compiled = compiled_request::compile(m, op);
        ASSERT_TRUE(compiled) << op.path_pattern;
        std::string wire = "what was there before";
        ASSERT_TRUE(compiled->write(s, wire)) << op.path_pattern;
        auto const rendered = render(m, op, s);
        ASSERT_TRUE(rendered) << rendered.error().message;
        EXPECT_EQ(wire, rendered->http.wire);
        expect_same_in_parts(*compiled, wire);
    }

    // Whether headers that were written before do as well, without anybody who sends them.
    void expect_same_in_parts(compiled_request const& compiled, std::string const& whole)
    {
        std::string head = "what was there before";
        ASSERT_TRUE(compiled.write_head(s, head));
        std::string wire;
        ASSERT_TRUE(compiled.write(s, wire, head));
        EXPECT_EQ(wire, whole);
        if (!compiled.is_impersonal()) return;
        auto nobody = s;
        nobody.in_tenant = nullptr;
        nobody.as_actor = nullptr;
        ASSERT_TRUE(compiled.write(nobody, wire, head));
        EXPECT_EQ(wire, whole);
    }

    model m;
    tenant t;
    actor a;
    object o;
    object parent;
    scope s;
};

TEST_F(CompiledRequest, ComesOutAsItIsRendered)
{
    expect_same(request("GET", "/users"));
    expect_same(request("GET", "/users/{id}?expand=x y&owner={user.email}"));
    expect_same(request("DELETE", "/t/{tenant.slug}/p/{parent.id}/{object.id}"));
    expect_same(request("HEAD", "/plans/{tenant.plan}/{tenant.index}/{user.role}"));
    expect_same(request("POST", "/empty"));
    expect_same(with_json(
        "POST",
        "/users",
        R"({"name":"{canary}","mail":"{user.email}","number":"{canary.number}","n":"{serial}"})"
    ));
    expect_same(with_json("DELETE", "/bulk", R"({"ids":["{id}"]})"));
}

TEST_F(CompiledRequest, ComesOutAsItIsRenderedWithEveryKindOfChannel)
{
    m.identity = {
        default_channel(identity_channel::kind::query, "tenant name", "t:{tenant.slug}/x"),
        default_channel(identity_channel::kind::host, "", "{tenant.slug}.mis.local"),
        default_channel(identity_channel::kind::header, "X-Tenant-ID", "{tenant.id}"),
        default_channel(identity_channel::kind::header, "accept", "text/{tenant.plan}"),
        default_channel(identity_channel::kind::jwt, "tid", "{tenant.id}"),
        default_channel(identity_channel::kind::path, "", "{tenant.slug}"),
    };
    expect_same(request("GET", "/users"));
}

TEST_F(CompiledRequest, LaterHeadersReplaceEarlierOnes)
{
    auto op = request("PUT", "/users/{id}");
    op.headers.emplace_back("AUTHORIZATION", none("Token {user.token}"));
    op.headers.emplace_back("X-Run", none("{run}"));
    op.headers.emplace_back("Content-Type", none("application/merge-patch+json"));
    op.body = body_kind::form;
    op.body_text = template_text::compile("name={canary}", escape::url);
    expect_same(op);

    op.as = "anonymous";
    expect_same(op);
    op.as = "admin";
    expect_same(op);
    op.headers.emplace_back("x-tenant-id", none("somebody else"));
    expect_same(op);
}

TEST_F(CompiledRequest, WhatDependsOnMoreIsLeftToRendering)
{
    auto parts = request("POST", "/files");
    parts.body = body_kind::multipart;
    EXPECT_FALSE(compiled_request::compile(m, parts));

    auto own_host = request("GET", "/");
    own_host.headers.emplace_back("Host", none("other.example"));
    EXPECT_FALSE(compiled_request::compile(m, own_host));

    m.login.cookies = true;
    EXPECT_FALSE(compiled_request::compile(m, request("GET", "/")));
}

TEST_F(CompiledRequest, AValueThatWouldBreakOutOfItsLineIsNotWritten)
{
    auto const compiled = compiled_request::compile(m, request("GET", "/users"));
    ASSERT_TRUE(compiled);
    std::string wire;
    for (std::string const bad : {"\r\n", "\n", "\x7f", "\x01"}) {
        for (std::size_t at = 0; at <= 40; ++at) {
            auto token = std::string(40, 'x');
            token.insert(at, bad);
            a.attributes.set("token", token);
            EXPECT_FALSE(compiled->write(s, wire)) << at;
        }
    }
    a.attributes.set("token", std::string(40, '\t') + "\xff");
    EXPECT_TRUE(compiled->write(s, wire));
}

TEST_F(CompiledRequest, AMissingValueIsNotWritten)
{
    auto const compiled = compiled_request::compile(m, request("GET", "/{nobody}"));
    ASSERT_TRUE(compiled);
    std::string wire;
    EXPECT_FALSE(compiled->write(s, wire));
}

TEST_F(CompiledRequest, KnowsWhatDependsOnWhoSendsIt)
{
    auto const plain = compiled_request::compile(m, request("GET", "/users/{id}"));
    auto const personal = compiled_request::compile(m, request("GET", "/t/{tenant.slug}"));
    auto other = request("GET", "/users");
    other.headers.emplace_back("X-Serial", none("{serial}"));
    auto const numbered = compiled_request::compile(m, other);
    auto as_admin = request("GET", "/users");
    as_admin.as = "admin";
    auto const of_admin = compiled_request::compile(m, as_admin);

    EXPECT_TRUE(plain->has_personal_head());
    EXPECT_TRUE(plain->is_impersonal());
    EXPECT_FALSE(personal->is_impersonal());
    EXPECT_FALSE(numbered->has_personal_head());
    EXPECT_TRUE(plain->has_head_of(*personal));
    EXPECT_FALSE(of_admin->has_personal_head());
    EXPECT_FALSE(plain->has_head_of(*of_admin));
}

} // namespace
} // namespace watertight::target
