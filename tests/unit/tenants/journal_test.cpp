#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/tenants/journal.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace watertight::tenants {
namespace {

namespace fs = std::filesystem;

class Journal : public testing::Test {
protected:
    Journal()
    {
        std::string pattern = fs::temp_directory_path() / "watertight-journal-XXXXXX";
        folder = ::mkdtemp(pattern.data());
        path = folder / "journal.jsonl";
    }
    ~Journal() override { fs::remove_all(folder); }

    journal fresh() const { return journal::create(path, "run-1", "/s.yaml", "http://t"); }

    void append(std::string_view text) const { std::ofstream{path, std::ios::app} << text; }

    fs::path folder;
    fs::path path;
};

TEST_F(Journal, TellsWhatWasMadeAndNotRemoved)
{
    auto log = fresh();
    log.intend({"tenant", "a", {{"slug", "a"}}});
    log.made({"tenant", "a", {{"slug", "a"}, {"id", "7"}}});
    log.intend({"tenant", "b", {{"slug", "b"}}});
    log.intend({"tenant", "c", {{"slug", "c"}}});
    log.removed("tenant", "c");

    auto const left = journal::read(path).value();

    EXPECT_EQ(left.run_id, "run-1");
    EXPECT_EQ(left.scenario_path, "/s.yaml");
    EXPECT_EQ(left.target, "http://t");
    ASSERT_EQ(left.entries.size(), 2U);
    EXPECT_EQ(left.entries[0].key, "b") << "youngest first";
    using attributes = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(left.entries[1].attributes, (attributes{{"slug", "a"}, {"id", "7"}}));
}

TEST_F(Journal, TornLastLineNeverHappened)
{
    fresh().intend({"tenant", "a", {}});
    append(R"({"do":"intend","kind":"tenant","key":"to)");

    auto const left = journal::read(path).value();

    ASSERT_EQ(left.entries.size(), 1U);
    EXPECT_EQ(left.entries[0].key, "a");
}

TEST_F(Journal, ReopenedAfterATornLineGoesOnCleanly)
{
    fresh().intend({"tenant", "a", {}});
    append(R"({"do":"intend","ki)");

    journal::reopen(path).removed("tenant", "a");

    EXPECT_TRUE(journal::read(path).value().entries.empty());
}

TEST_F(Journal, DamageBeforeTheLastLineIsNotIgnored)
{
    fresh().intend({"tenant", "a", {}});
    append("rubbish\n");
    append("{\"do\":\"removed\",\"kind\":\"tenant\",\"key\":\"a\"}\n");

    auto const left = journal::read(path);

    ASSERT_FALSE(left);
    EXPECT_NE(left.error().message.find(":3: not a JSON object"), std::string::npos)
        << left.error().message;
}

TEST_F(Journal, IsReadableByItsOwnerAlone)
{
    auto const log = fresh();
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Journal, OfAnEarlierRunIsNotOverwritten)
{
    fresh().intend({"tenant", "a", {}});
    EXPECT_THROW(fresh(), run_error);
    EXPECT_EQ(journal::read(path).value().entries.size(), 1U);
}

TEST_F(Journal, IsGoneWhenNothingIsLeft)
{
    auto log = fresh();
    log.finish();
    log.finish();
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(Journal, KeepsTextThatIsNoUtf8Readable)
{
    fresh().intend({"tenant", "a\xff", {{"n\n", "v\"\xc3"}}});
    EXPECT_EQ(journal::read(path).value().entries.size(), 1U);
}

TEST_F(Journal, OtherFilesAreRefused)
{
    append("hello\n");
    EXPECT_FALSE(journal::read(path));
    EXPECT_FALSE(journal::read(folder / "absent"));
}

} // namespace
} // namespace watertight::tenants
