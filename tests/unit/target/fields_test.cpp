#include "harness/target/fields.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace watertight::target {
namespace {

using nlohmann::json;

operation form()
{
    operation op;
    op.name = "create";
    op.method = "POST";
    op.path = template_text::compile("/things", escape::url);
    op.body = body_kind::form;
    return op;
}

operation upload()
{
    auto op = form();
    op.body = body_kind::multipart;
    op.parts = {
        {"file",
         template_text::compile("a \"b\".txt", escape::none),
         "text/plain",
         template_text::compile("line\r\n--two", escape::none)},
        {"note", {}, {}, template_text::compile("n", escape::none)},
    };
    return op;
}

std::string form_fields(std::string_view body)
{
    return fields_of(body_kind::form, body);
}

TEST(Fields, AFormIsAnObjectOfTexts)
{
    EXPECT_EQ(form_fields("name=a+b%26c&n=5&empty="), R"({"name":"a b&c","n":"5","empty":""})");
    EXPECT_EQ(form_fields(""), "{}");
}

TEST(Fields, WhatIsGivenTwiceIsAList)
{
    EXPECT_EQ(form_fields("id=1&id=2&id=3"), R"({"id":["1","2","3"]})");
    EXPECT_EQ(form_fields("ids[]=1&ids[]=2"), R"({"ids[]":["1","2"]})");
}

TEST(Fields, BracketsAreObjectsWithin)
{
    EXPECT_EQ(
        form_fields("user[name]=x&user%5Brole_ids%5D%5B%5D=1&t=2"),
        R"({"user":{"name":"x","role_ids[]":"1"},"t":"2"})"
    );
    EXPECT_EQ(form_fields("a[b=1&[c]=2"), R"({"a[b":"1","[c]":"2"})");
    EXPECT_EQ(form_fields("a=1&a[b]=2"), R"({"a":"1","a[b]":"2"})");
}

TEST(Fields, AFormThatIsNotChangedIsSentAsItWas)
{
    for (std::string const body : {
             "name=a%20b%26c&n=5&empty=",
             "id=1&id=2",
             "user%5Bname%5D=x&user%5Bids%5D%5B%5D=1&user%5Bids%5D%5B%5D=2",
         })
    {
        auto const sent = with_fields(form(), form_fields(body));
        ASSERT_TRUE(sent);
        EXPECT_EQ(sent->bytes, body);
        EXPECT_EQ(sent->content_type, "application/x-www-form-urlencoded");
    }
}

TEST(Fields, WhatJsonHasMoreIsWrittenAsFrameworksReadIt)
{
    auto const sent = with_fields(
        form(), R"({"id": {"$ne": null}, "n": 5, "on": true, "rows": [{"a": 1}, {"a": 2}]})"
    );

    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->bytes, "id%5B%24ne%5D=&n=5&on=true&rows%5B0%5D%5Ba%5D=1&rows%5B1%5D%5Ba%5D=2");
}

TEST(Fields, AFileHasItsNameBesideIt)
{
    auto const op = upload();
    auto const body = render_body(op, {});
    ASSERT_TRUE(body);

    auto fields = json::parse(fields_of(body_kind::multipart, body->bytes));

    EXPECT_EQ(fields["file"], "line\r\n--two");
    EXPECT_EQ(fields["file; filename"], "a \"b\".txt");
    EXPECT_EQ(fields["note"], "n");
}

TEST(Fields, PartsThatAreChangedKeepTheirTypes)
{
    auto const sent = with_fields(
        upload(), R"({"file": "new", "file; filename": "n.txt", "note": "m", "tenant": "t2"})"
    );

    ASSERT_TRUE(sent);
    auto const boundary = sent->content_type.substr(sent->content_type.find("boundary=") + 9);
    EXPECT_EQ(
        sent->bytes,
        "--" + boundary +
            "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"n.txt\"\r\n"
            "Content-Type: text/plain\r\n\r\nnew\r\n--" +
            boundary + "\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nm\r\n--" +
            boundary + "\r\nContent-Disposition: form-data; name=\"tenant\"\r\n\r\nt2\r\n--" +
            boundary + "--\r\n"
    );
}

TEST(Fields, AChangedFormIsSentAsAForm)
{
    model m;
    m.base = {false, "target.example", 8080};
    overrides changes;
    changes.body = R"({"name": "x", "tenant_id": 7})";

    auto const as_form = render(m, form(), {}, changes);
    auto const as_parts = render(m, upload(), {}, changes);

    ASSERT_TRUE(as_form);
    EXPECT_NE(as_form->http.wire.find("x-www-form-urlencoded\r\n"), std::string::npos);
    EXPECT_TRUE(as_form->http.wire.ends_with("\r\n\r\nname=x&tenant_id=7"));
    ASSERT_TRUE(as_parts);
    EXPECT_NE(as_parts->http.wire.find("form-data; boundary=watertight-"), std::string::npos);
    EXPECT_NE(as_parts->http.wire.find("name=\"tenant_id\"\r\n\r\n7\r\n"), std::string::npos);
}

TEST(Fields, OtherBodiesStayAsTheyAre)
{
    EXPECT_EQ(fields_of(body_kind::json, R"({"a":1})"), R"({"a":1})");
    EXPECT_EQ(fields_of(body_kind::raw, "a=1"), "a=1");
    EXPECT_FALSE(takes_fields(body_kind::raw));
    EXPECT_TRUE(takes_fields(body_kind::form));
}

// Whatever a changed body holds, it breaks out of no part.
TEST(Fields, ABodyThatIsNoMultipartHasNoParts)
{
    EXPECT_EQ(fields_of(body_kind::multipart, "a=1"), "{}");
    EXPECT_EQ(fields_of(body_kind::multipart, "--b\r\nno end"), "{}");
    EXPECT_EQ(fields_of(body_kind::multipart, "--"), "{}");
}

} // namespace
} // namespace watertight::target
