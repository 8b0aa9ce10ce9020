#include "harness/base/text.hpp"
#include "harness/lint/prelude.hpp"
#include "harness/lint/sql_file.hpp"

#include <gtest/gtest.h>

namespace watertight::lint {

static constexpr std::string_view text = R"(-- title: A thing
-- level: medium
-- guarantee: integrity
-- cwe: CWE-1
-- owasp: API1:2023
-- asvs: 8.4.1
-- faults: P01
-- rules: splinter 0001
-- live: postgres.row_security
-- why: Because
--   of that: it is so.
-- fix: Mend it.
with a as (select 1) select 'table' as kind, '' as object, '' as detail from a
)";

TEST(LintSqlFile, ReadsItsFactsAndItsQuery)
{
    auto const unit = parse_sql_file("postgres", "thing", text);
    ASSERT_TRUE(unit.has_value()) << unit.error().message;
    EXPECT_EQ(unit->what.id, "postgres.thing");
    EXPECT_EQ(unit->what.level, evidence::severity::medium);
    EXPECT_EQ(unit->what.rationale, "Because of that: it is so.");
    EXPECT_EQ(unit->what.live, "postgres.row_security");
    EXPECT_TRUE(unit->sql.starts_with("with a as"));
}

TEST(LintSqlFile, NamesWhatIsWrong)
{
    auto const message = [](std::string const& changed) {
        auto const unit = parse_sql_file("postgres", "thing", changed);
        return unit.has_error() ? unit.error().message : "none";
    };
    std::string const whole{text};
    EXPECT_NE(message(replace_all(whole, "medium", "grave")).find("level"), std::string::npos);
    EXPECT_NE(message(replace_all(whole, "-- live", "-- life")).find("life"), std::string::npos);
    EXPECT_NE(
        message(replace_all(whole, "-- title: A thing\n", "")).find("title"), std::string::npos
    );
    EXPECT_NE(message(whole.substr(0, whole.find("with a"))).find("query"), std::string::npos);
}

TEST(LintSqlFile, AQuerysOwnTableExpressionsFollowThePreludes)
{
    auto const sql = with_prelude("with a as (select 1) select 2");
    EXPECT_EQ(sql.find("with a"), std::string::npos);
    EXPECT_NE(sql.find(",\na as (select 1)"), std::string::npos);
}

} // namespace watertight::lint
