// How: the reports of a sample, of an empty result and of results full of hostile text are read by
// programs and validated against schemas that others wrote (requirements.txt, install_readers).
// GitLab's schemas are in no registry: tests/unit/reports/gitlab_test.cpp spells them out.

#include "harness/base/text.hpp"
#include "reports/reports.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/unit/reports/hostile.hpp"
#include "tests/unit/reports/sample.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace watertight::test {

class ReportReaders : public testing::Test {
protected:
    void SetUp() override
    {
        auto const o =
            run({source_root() + "/tests/end_to_end/reports/install_readers", WT_READERS_FOLDER});
        if (o.code != 0) {
            GTEST_SKIP() << "THE REPORTS WERE NOT READ: the readers cannot be installed\n"
                         << o.output;
        }
    }

    outcome read(std::vector<std::string> const& folders) const
    {
        std::vector<std::string> arguments{
            std::string{WT_READERS_FOLDER} + "/env/bin/python",
            source_root() + "/tests/end_to_end/reports/read_reports.py",
            WT_READERS_FOLDER};
        arguments.insert(arguments.end(), folders.begin(), folders.end());
        return run(arguments);
    }

    std::string write(verdict::run_result const& r, std::string const& name) const
    {
        auto const folder = (root_ / name).string();
        std::vector<std::string> all;
        for (auto const& f : reports::formats()) all.emplace_back(f.name);
        auto const done = reports::write_all(r, folder, all);
        EXPECT_TRUE(done) << done.error().message;
        return folder;
    }

    temp_dir root_{"readers"};
};

TEST_F(ReportReaders, ReadWhatIsWritten)
{
    std::vector<std::string> folders{write(sample_result(), "sample"), write({}, "empty")};
    for (std::size_t i = 0; i < hostile_texts().size(); ++i) {
        folders.push_back(write(hostile_result(hostile_texts()[i]), "hostile-" + std::to_string(i))
        );
    }
    auto const o = read(folders);
    EXPECT_EQ(o.code, 0) << o.output;
    RecordProperty("readers", o.output);
}

// A reader that reads anything would prove nothing.
TEST_F(ReportReaders, RefuseWhatIsBroken)
{
    for (auto const& [file, from, to] : std::vector<std::array<std::string, 3>>{
             {"report.sarif", "\"version\": \"2.1.0\"", "\"version\": \"2.0.0\""},
             {"ctrf-report.json", "\"status\": \"failed\"", "\"status\": \"broken\""},
             {"metrics.txt", "# EOF", ""},
             {"summary.md", "### Findings", "<script>"}})
    {
        auto const folder = write(sample_result(), "broken-" + file);
        auto const path = folder + "/" + file;
        auto text = *read_file(path);
        ASSERT_NE(text.find(from), std::string::npos) << file;
        ASSERT_TRUE(write_file(path, replace_all(std::move(text), from, to)));
        auto const o = read({folder});
        bool const has_no_schema = o.output.find("NOT READ: " + file) != std::string::npos;
        // Told of that file, not of a reader that does not work.
        bool const is_refused = o.code == 1 && o.output.starts_with(path + ": ");
        EXPECT_TRUE(is_refused || has_no_schema) << file << ": " << o.output;
    }
}

} // namespace watertight::test
