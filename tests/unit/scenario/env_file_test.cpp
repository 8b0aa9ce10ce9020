#include "tests/unit/scenario/documents.hpp"

#include <unistd.h>

#include <filesystem>

namespace watertight::scenario {

static result<std::map<std::string, std::string>> read_text(std::string_view text)
{
    auto const path =
        std::filesystem::temp_directory_path() / fmt::format("watertight-env-{}", ::getpid());
    write_file(path.string(), text).value();
    auto out = read_env_file(path.string());
    std::filesystem::remove(path);
    return out;
}

TEST(EnvFile, ReadsWhatShellsAndDotenvWrite)
{
    auto const out = read_text("# a comment\n"
                               "\n"
                               "PLAIN=one two # with a comment\n"
                               "export EXPORTED=x#y\r\n"
                               "SINGLE='a \"b\" \\n'\n"
                               "DOUBLE=\"a \\\"b\\\" \\$HOME\\n\" # more\n"
                               "EMPTY=\n"
                               "URL=postgres://u:p@h/d?x=1\n");
    ASSERT_TRUE(out);
    EXPECT_EQ(out->at("PLAIN"), "one two");
    EXPECT_EQ(out->at("EXPORTED"), "x#y");
    EXPECT_EQ(out->at("SINGLE"), "a \"b\" \\n");
    EXPECT_EQ(out->at("DOUBLE"), "a \"b\" $HOME\n");
    EXPECT_EQ(out->at("EMPTY"), "");
    EXPECT_EQ(out->at("URL"), "postgres://u:p@h/d?x=1");
    EXPECT_EQ(out->size(), 6U);
}

TEST(EnvFile, BadLineIsNamedButNotShown)
{
    for (auto const* const bad : {"s3cret\n", "1A=s3cret\n", "A=\"s3cret\n", "A='s3cret' x\n"}) {
        auto const out = read_text(std::string{"OK=1\n"} + bad);
        ASSERT_TRUE(out.has_error()) << bad;
        EXPECT_NE(
            out.error().message.find(":2:1: this line is not of the form NAME=value"),
            std::string::npos
        );
        EXPECT_EQ(out.error().message.find("s3cret"), std::string::npos);
    }
}

TEST(EnvFile, MissingFileIsAFailure)
{
    auto const out = read_env_file("/nonexistent/.env");
    ASSERT_TRUE(out.has_error());
    EXPECT_NE(out.error().message.find("/nonexistent/.env"), std::string::npos);
}

} // namespace watertight::scenario
