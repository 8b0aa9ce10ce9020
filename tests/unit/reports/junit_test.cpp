#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

using namespace watertight;
using reports::junit;

namespace {

// A file that xmllint may read, gone when the test is over.
class temporary_file {
public:
    explicit temporary_file(std::string const& content)
        : path_{(std::filesystem::temp_directory_path() /
                 ("wt-junit-" + std::to_string(::getpid()) + ".xml"))
                    .string()}
    {
        EXPECT_TRUE(write_file(path_, content));
    }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file() { std::filesystem::remove(path_); }
    std::string const& path() const { return path_; }

private:
    std::string path_;
};

} // namespace

static bool is_well_formed(std::string const& xml)
{
    temporary_file const file{xml};
    return std::system(("xmllint --noout " + shell_quote(file.path())).c_str()) == 0;
}

static bool has_xmllint()
{
    return std::system("command -v xmllint >/dev/null") == 0;
}

static std::size_t times(std::string const& text, std::string_view what)
{
    std::size_t n = 0;
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
    return n;
}

TEST(JunitReport, LooksAsItDid)
{
    expect_golden("junit.xml", junit(sample_result()));
}

TEST(JunitReport, HasACaseForEachCriterionAndEachProbe)
{
    auto const r = sample_result();
    auto const xml = junit(r);

    EXPECT_EQ(times(xml, "<testcase "), r.criteria.size() + r.probes.size());
    EXPECT_EQ(times(xml, "<failure "), 3U);
    EXPECT_EQ(times(xml, "<error "), 3U);
    EXPECT_EQ(times(xml, "<skipped "), 4U);
    EXPECT_NE(xml.find(R"(tests="16" failures="3" errors="3" skipped="4")"), std::string::npos);
}

TEST(JunitReport, GivesNoTwoCasesTheSameName)
{
    auto r = sample_result();
    r.criteria.push_back(r.criteria[0]);
    r.criteria.push_back(r.criteria[0]);
    r.criteria.back().id = r.criteria[0].id + " (2)";
    r.probes.push_back(r.probes[0]);
    auto const xml = junit(r);

    std::set<std::string> names;
    std::regex const head{R"x(<testcase classname="([^"]*)" name="([^"]*)")x"};
    for (std::sregex_iterator at{xml.begin(), xml.end(), head}, end; at != end; ++at) {
        EXPECT_TRUE(names.insert((*at)[1].str() + "\n" + (*at)[2].str()).second) << (*at)[0];
    }
    EXPECT_EQ(names.size(), r.criteria.size() + r.probes.size());
}

TEST(JunitReport, ShowsFindingsOfNoProbe)
{
    auto r = sample_result();
    r.findings[0].probe = "traffic";
    EXPECT_NE(junit(r).find(R"(classname="watertight.traffic")"), std::string::npos);
}

TEST(JunitReport, IsWellFormed)
{
    if (!has_xmllint()) GTEST_SKIP() << "xmllint is not installed";
    EXPECT_TRUE(is_well_formed(junit(sample_result())));
    EXPECT_TRUE(is_well_formed(junit({})));
}

TEST(JunitReport, IsWellFormedWhateverTheTargetAnswered)
{
    if (!has_xmllint()) GTEST_SKIP() << "xmllint is not installed";
    auto r = sample_result();
    std::string hostile = "]]><failure>&\"'\xff\xef\xbf\xbe\xef\xbf\xbf\xed\xa0\x80";
    for (char c = 1; c < 0x20; ++c) hostile += c;
    hostile += '\0';
    r.findings[0].title = r.findings[0].detail = r.findings[0].reproduction = hostile;
    r.criteria[0].id = r.criteria[0].note = r.criteria[0].place.file = hostile;
    r.probes[0].layer = r.probes[0].title = r.probes[2].reason = hostile;
    r.environment["host"] = r.scenario_name = r.started_at = hostile;
    EXPECT_TRUE(is_well_formed(junit(r)));
}
