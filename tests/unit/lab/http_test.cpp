#include "scenarios/lab/core/http.hpp"

#include <gtest/gtest.h>

namespace watertight::lab {

TEST(Target, IsSplitAndDecoded)
{
    request in;

    set_target(in, "/api/users/?tenant=a%2Db&tenant=c+d&flag&&x=%zz");

    EXPECT_EQ(in.path, "/api/users");
    name_values const wanted{{"tenant", "a-b"}, {"tenant", "c d"}, {"flag", ""}, {"x", "%zz"}};
    EXPECT_EQ(in.query, wanted);
}

TEST(Target, NumbersAreHeldWithinTheirBounds)
{
    request in;
    set_target(in, "/?a=5&b=-3&c=9999&d=7x");

    EXPECT_EQ(in.query_number("a", 1, 0, 100), 5);
    EXPECT_EQ(in.query_number("b", 1, 0, 100), 0);
    EXPECT_EQ(in.query_number("c", 1, 0, 100), 100);
    EXPECT_EQ(in.query_number("d", 1, 0, 100), 1);
    EXPECT_EQ(in.query_number("e", 1, 0, 100), 1);
}

TEST(Upload, IsTheFirstFileOfAForm)
{
    request in;
    in.headers.emplace_back("Content-Type", "multipart/form-data; boundary=XX");
    in.body = "--XX\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
              "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a b.txt\"\r\n"
              "Content-Type: text/plain\r\n\r\nline one\r\n--not the end\r\n--XX--\r\n";

    auto const file = read_upload(in);

    EXPECT_EQ(file.name, "a b.txt");
    EXPECT_EQ(file.content_type, "text/plain");
    EXPECT_EQ(file.content, "line one\r\n--not the end");
}

TEST(Upload, MayBeARawBodyWithAName)
{
    request in;
    in.headers.emplace_back("X-File-Name", "raw.bin");
    in.body = std::string{"\0\1\2", 3};

    auto const file = read_upload(in);

    EXPECT_EQ(file.name, "raw.bin");
    EXPECT_EQ(file.content.size(), 3U);
}

TEST(Upload, WithoutANameOrAFileIsRefused)
{
    request raw;
    raw.body = "x";
    request form;
    form.headers.emplace_back("Content-Type", "multipart/form-data; boundary=XX");
    form.body = "--XX--\r\n";

    EXPECT_THROW(read_upload(raw), refusal);
    EXPECT_THROW(read_upload(form), refusal);
}

} // namespace watertight::lab
