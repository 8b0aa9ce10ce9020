// How: what holds of every format that a machine reads, over all of them and over hostile text.

#include "harness/base/text.hpp"
#include "reports/document.hpp"
#include "reports/reports.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace watertight;

static std::vector<reports::output_format> machine_formats()
{
    std::vector<reports::output_format> out;
    for (auto const& f : reports::formats()) {
        bool const is_new = f.name != "json" && f.name != "html" && f.name != "hdr";
        if (is_new) out.push_back(f);
    }
    return out;
}

static bool is_json(std::string_view file)
{
    return file.ends_with(".json") || file.ends_with(".sarif");
}

TEST(Formats, LookAsTheyDid)
{
    for (auto const& f : machine_formats()) {
        expect_golden(std::string{f.file}, f.make(sample_result()));
    }
}

TEST(Formats, HaveNamesAndFilesOfTheirOwn)
{
    std::vector<std::string_view> names, files;
    for (auto const& f : reports::formats()) {
        names.push_back(f.name);
        files.push_back(f.file);
        EXPECT_EQ(reports::find_format(f.name)->file, f.file);
    }
    std::ranges::sort(names);
    std::ranges::sort(files);
    EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
    EXPECT_EQ(std::ranges::adjacent_find(files), files.end());
    EXPECT_EQ(reports::find_format("xml"), nullptr);
}

// Nothing that moves a cursor, turns text round or is no character reaches a reader.
TEST(Formats, HoldNoControlCharacterAndNoBytesThatAreNoText)
{
    for (auto const& text : hostile_texts()) {
        for (auto const& f : machine_formats()) {
            auto const out = f.make(hostile_result(text));
            EXPECT_EQ(reports::visible(out), out) << f.name << ": " << text;
            EXPECT_EQ(out.find("\xe2\x80\xae"), std::string::npos) << f.name;
            EXPECT_TRUE(!is_json(f.file) || nlohmann::json::accept(out)) << f.name << ": " << text;
        }
    }
}

TEST(Formats, AreMadeOfAnEmptyResultToo)
{
    for (auto const& f : machine_formats()) {
        auto const out = f.make({});
        EXPECT_FALSE(out.empty()) << f.name;
        EXPECT_TRUE(!is_json(f.file) || nlohmann::json::accept(out)) << f.name;
    }
}

TEST(Documents, CutTextBetweenCharacters)
{
    EXPECT_EQ(reports::cut("short", 10), "short");
    EXPECT_EQ(reports::cut("0123456789abc", 10), "0123 [cut]");
    EXPECT_EQ(reports::cut("012\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 10), "012 [cut]");
}

TEST(Documents, MakeTheSameUuidOfTheSameText)
{
    auto const id = reports::uuid_of("a");
    EXPECT_EQ(id, reports::uuid_of("a"));
    EXPECT_NE(id, reports::uuid_of("b"));
    ASSERT_EQ(id.size(), 36U);
    EXPECT_EQ(id[14], '8');
    EXPECT_NE(std::string_view{"89ab"}.find(id[19]), std::string_view::npos);
}

TEST(Ctrf, CountsEachCaseOnce)
{
    auto const out = nlohmann::json::parse(reports::ctrf(sample_result()));
    auto const& results = out["results"];
    auto const& sum = results["summary"];
    EXPECT_EQ(sum["tests"], results["tests"].size());
    EXPECT_EQ(sum["failed"], 3);
    EXPECT_EQ(sum["other"], 3);
    EXPECT_EQ(sum["skipped"], 4);
    EXPECT_EQ(
        sum["passed"].get<int>() + sum["failed"].get<int>() + sum["other"].get<int>() +
            sum["skipped"].get<int>(),
        sum["tests"]
    );
    EXPECT_EQ(sum["stop"].get<std::int64_t>() - sum["start"].get<std::int64_t>(), 79'000);
    EXPECT_EQ(out["reportId"], reports::uuid_of("r-2026-03-14-7f3a2026-03-14T09:26:00.000Z"));
}

// Repeated runs are to be told apart case by case.
TEST(Ctrf, NamesEachCaseOnce)
{
    auto r = sample_result();
    r.criteria.push_back(r.criteria[0]);
    r.criteria.push_back(r.criteria[0]);
    r.criteria[0].id = "\xff";
    r.criteria.back().id = "\xfe";
    std::set<std::string> ids;
    auto const out = nlohmann::json::parse(reports::ctrf(r));
    for (auto const& t : out["results"]["tests"]) {
        EXPECT_TRUE(ids.insert(t["testId"].get<std::string>()).second) << t["testId"];
    }
}
