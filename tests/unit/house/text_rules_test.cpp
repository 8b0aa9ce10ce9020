#include "tests/unit/house/text_rules.hpp"

#include <gtest/gtest.h>

namespace watertight::house {

static constexpr auto engine = "harness/net/a.cpp";

static std::string repeated(std::string const& line, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) out += line;
    return out;
}

// The first fault as a compiler would print it; empty if there is none.
static std::string first(faults const& found)
{
    if (found.empty()) return {};
    return found[0].path + ":" + std::to_string(found[0].line) + ": " + found[0].what;
}

TEST(HouseText, TidyTextPasses)
{
    EXPECT_EQ(first(check_text(engine, "int a;\nint b;\n")), "");
    EXPECT_EQ(
        first(check_text(
            engine,
            "mkdtemp(\"/tmp/a.XX"
            "XXXX\");\n"
        )),
        ""
    );
}

TEST(HouseText, SeesTabsTrailingBlanksAndNotesToOneself)
{
    EXPECT_EQ(first(check_text(engine, "a;\n\tb;\n")), "harness/net/a.cpp:2: a tab: use spaces");
    EXPECT_EQ(check_text(engine, "a; \n").size(), 1U);
    EXPECT_EQ(check_text(engine, "a;\r\n").size(), 1U);
    EXPECT_EQ(
        check_text(
            engine,
            "// TO"
            "DO: later\n"
        )
            .size(),
        1U
    );
    EXPECT_EQ(
        check_text(
            engine,
            "// FIX"
            "ME\n"
        )
            .size(),
        1U
    );
    EXPECT_EQ(check_text(engine, "a;").size(), 1U);
}

TEST(HouseText, AHundredColumnsFitAndNoMore)
{
    EXPECT_TRUE(check_columns(engine, std::string(100, 'x') + "\n").empty());
    EXPECT_EQ(
        first(check_columns(engine, std::string(101, 'x') + "\n")),
        "harness/net/a.cpp:1: 101 columns: break the line at 100"
    );
}

TEST(HouseText, AColumnIsACharacterNotAByte)
{
    EXPECT_TRUE(check_columns(engine, repeated("\u00e9", 100)).empty());
    EXPECT_FALSE(check_columns(engine, repeated("\u00e9", 101)).empty());
}

TEST(HouseWords, EachBannedCallIsSeen)
{
    static constexpr char const* table[] = {
        "co_spawn(io, f(), asio::detached);",
        "std::this_thread::sleep_for(1s);",
        "this_thread::sleep_until(t);",
        "system(\"ls\");",
        "auto r = std::system(command);",
        "FILE* f = popen(c, \"r\");",
        "std::printf(\"x\");",
        "snprintf(b, 3, \"x\");",
        "std::cerr << 1;",
        "fmt::print(\"x\");",
        "const auto x = 1;",
        "const std::string& s = t;",
        "void f(const char* s);",
        "for (auto const& [k, v] : spec.value(\"key\", json::object()).items()) {",
        "for (auto const& [k, v] : json::parse(text).items()) {",
    };
    for (auto const* const line : table) {
        EXPECT_EQ(check_words(engine, line).size(), 1U) << line;
    }
}

TEST(HouseWords, WhatOnlyLooksLikeThemPasses)
{
    static constexpr char const* table[] = {
        "auto const x = 1;",
        "std::string const& s = t;",
        "void f() const;",
        "// never use system() or asio::detached",
        "auto s = \"printf(const auto\";",
        "model.system(3);",
        "file_system(path);",
        "fmt::format(\"x\");",
        "boost::system::error_code e;",
        "void sprint(int);",
        "bool const long_enough = n > 3;",
        "for (auto const& [k, v] : spec.at(\"key\").items()) {",
        "for (auto const& [k, v] : spec.items()) {",
    };
    for (auto const* const line : table) {
        EXPECT_EQ(first(check_words(engine, line)), "") << line;
    }
}

TEST(HouseWords, SomePlacesMayDoWhatOthersMayNot)
{
    EXPECT_TRUE(check_words("harness/cli/main.cpp", "asio::detached").empty());
    EXPECT_FALSE(check_words("harness/cli/run.cpp", "asio::detached").empty());
    EXPECT_TRUE(check_words("harness/cli/display.cpp", "std::cout << 1;").empty());
    EXPECT_TRUE(check_words("harness/base/assert.cpp", "std::fprintf(stderr, 0);").empty());
    EXPECT_FALSE(check_words("harness/base/text.cpp", "std::fprintf(stderr, 0);").empty());
    EXPECT_TRUE(check_words("tests/unit/a_test.cpp", "popen(c, r);").empty());
    EXPECT_TRUE(check_words("tests/end_to_end/a.cpp", "this_thread::sleep_for(1s);").empty());
    EXPECT_FALSE(check_words("tests/unit/net/a_test.cpp", "this_thread::sleep_for(1s);").empty());
}

TEST(HouseLengths, FilesHaveALimitAndTestsALargerOne)
{
    EXPECT_TRUE(check_lengths(engine, repeated("int a;\n", 400)).empty());
    EXPECT_FALSE(check_lengths(engine, repeated("int a;\n", 401)).empty());
    EXPECT_TRUE(check_lengths("tests/unit/a_test.cpp", repeated("int a;\n", 600)).empty());
    EXPECT_FALSE(check_lengths("tests/unit/a_test.cpp", repeated("int a;\n", 601)).empty());
    EXPECT_TRUE(check_lengths("probes/api/x/probe_test.cpp", repeated("int a;\n", 600)).empty());
}

// A function whose braces lie on lines of their own, with so many lines between them.
static std::string function(std::string const& head, int lines)
{
    return head + "\n{\n" + repeated("    f();\n", lines) + "}\n";
}

TEST(HouseLengths, AFunctionOfSeventyLinesFits)
{
    EXPECT_TRUE(check_lengths(engine, function("void f()", 68)).empty());
    EXPECT_EQ(
        first(check_lengths(engine, "int a;\n" + function("void f()", 69))),
        "harness/net/a.cpp:3: a function of 71 lines: split it, 70 at most"
    );
}

TEST(HouseLengths, FindsLongFunctionsWhereverTheyStand)
{
    static constexpr char const* table[] = {
        "namespace a {\nstatic auto f(int x) -> int\n",
        "class a {\npublic:\n    int f() const noexcept override",
        "struct a : b<int> {\n    explicit a(int n)\n        : n_{n}, m_(2)",
        "TEST_F(Suite, Name)",
        "template <class T>\n    requires std::integral<T>\nT f(T x)",
    };
    for (auto const* const head : table) {
        EXPECT_EQ(check_lengths(engine, function(head, 69)).size(), 1U) << head;
        EXPECT_EQ(check_lengths(engine, function(head, 60)).size(), 0U) << head;
    }
}

TEST(HouseLengths, LongTablesAndClassesAreNoFunctions)
{
    auto const table = "static constexpr int a[] = {\n" + repeated("    {f(1), 2},\n", 90) + "};\n";
    auto const calls = "auto x = f(\n" + repeated("    row{1, g(2)},\n", 90) + "    3);\n";
    auto const members = "struct a {\n" + repeated("    int f();\n", 90) + "};\n";
    auto const scope = "namespace a {\n" + repeated("void f() { g(); }\n", 90) + "}\n";

    EXPECT_EQ(first(check_lengths(engine, table)), "");
    EXPECT_EQ(first(check_lengths(engine, calls)), "");
    EXPECT_EQ(first(check_lengths(engine, members)), "");
    EXPECT_EQ(first(check_lengths(engine, scope)), "");
}

TEST(HouseGuard, HeadersBeginWithPragmaOnce)
{
    EXPECT_TRUE(check_guard("harness/net/a.hpp", "#pragma once\n\nint a;\n").empty());
    EXPECT_EQ(check_guard("harness/net/a.hpp", "// #pragma once\nint a;\n").size(), 1U);
}

} // namespace watertight::house
