#include "harness/base/text.hpp"
#include "harness/drill/comparison.hpp"
#include "harness/drill/folder_fingerprint.hpp"
#include "tests/support/run_async.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace watertight::drill {

namespace fs = std::filesystem;

// How: a folder of uploads of two tenants; each test does one thing to it.
class FolderFingerprint : public testing::Test {
protected:
    void SetUp() override
    {
        for (auto const* const name : {"uploads/17/a.txt", "uploads/17/b.txt", "uploads/23/c.txt"})
        {
            put(name, std::string{"content of "} + name);
        }
        before_ = now();
    }

    void put(std::string const& name, std::string const& text) const
    {
        fs::create_directories((root_ / name).parent_path());
        ASSERT_TRUE(write_file((root_ / name).string(), text).has_value());
    }

    contents now(std::vector<std::string> patterns = {}) const
    {
        folder_fingerprint_options o{root_.path().string(), std::move(patterns), {"17", "23"}, {}};
        return test::run_async(take_contents(std::move(o))).value();
    }

    /// What differs now, in a drill whose traffic wrote.
    std::string difference() const
    {
        auto const seen = compare(before_, now(), 5);
        return seen.size() == 1 && !seen[0].equal ? seen[0].note : std::string{};
    }

    test::temp_dir root_;
    contents before_;
};

TEST_F(FolderFingerprint, FilesAreOfOneFamilyWithTheTenantThatTheirPathNames)
{
    ASSERT_EQ(before_.size(), 1U);
    auto const& family = before_.at("uploads/*");
    EXPECT_EQ(family.whole.all.rows, 3U);
    EXPECT_EQ(family.whole.tenants.at("17").rows, 2U);
    EXPECT_EQ(family.whole.tenants.at("23").rows, 1U);
}

TEST_F(FolderFingerprint, TheSameContentWrittenAgainIsTheSame)
{
    put("uploads/17/a.txt", "content of uploads/17/a.txt");

    EXPECT_EQ(compare(before_, now(), 0).at(0).equal, true);
}

TEST_F(FolderFingerprint, AFileThatIsLostCutShortOrMovedToAnotherTenantIsADifference)
{
    fs::remove(root_ / "uploads/17/b.txt");
    EXPECT_NE(difference().find("1 row lost: uploads/17/b.txt"), std::string::npos) << difference();
    put("uploads/17/b.txt", "content");
    EXPECT_NE(difference().find("1 row changed: uploads/17/b.txt"), std::string::npos);
    fs::rename(root_ / "uploads/17/b.txt", root_ / "uploads/23/b.txt");
    EXPECT_NE(difference().find("17 2 -> 1"), std::string::npos) << difference();
}

TEST_F(FolderFingerprint, AFileThatOthersMayReadNowIsADifference)
{
    fs::permissions(root_ / "uploads/23/c.txt", fs::perms::owner_read);

    EXPECT_NE(difference().find("1 row changed: uploads/23/c.txt"), std::string::npos);
}

TEST_F(FolderFingerprint, ANewFileIsTheTrafficsAndALinkIsWhatItPointsTo)
{
    put("uploads/23/new.txt", "new");
    EXPECT_EQ(difference(), "");
    fs::create_symlink("a.txt", root_ / "uploads/17/current");
    before_ = now();
    fs::remove(root_ / "uploads/17/current");
    fs::create_symlink("b.txt", root_ / "uploads/17/current");
    EXPECT_NE(difference().find("1 row changed: uploads/17/current"), std::string::npos);
}

TEST_F(FolderFingerprint, PatternsChooseAndAFolderThatIsNotThereIsAFailure)
{
    EXPECT_EQ(now({"uploads/17/*"}).at("uploads/*").whole.all.rows, 2U);
    folder_fingerprint_options o{(root_ / "nowhere").string(), {}, {}, {}};
    EXPECT_TRUE(test::run_async(take_contents(std::move(o))).has_error());
}

} // namespace watertight::drill
