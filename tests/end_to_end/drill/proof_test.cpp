// What a drill proves of what came back: data, catalogue, writes, migrations, sizes, probes.
#include "tests/end_to_end/drill/drill_world.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace watertight::drill {

TEST_F(Drill, AnIndexThatTheRollbackLeavesIsFoundThoughTheDataIsTheSame)
{
    plan_.forward.push_back(sql("index", "create index left_over on items (name)"));

    rehearse_it();

    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].probe, "drill.catalogue");
    EXPECT_EQ(found_[0].channel, "main catalogue");
    EXPECT_NE(found_[0].detail.find("index public.left_over was not there"), std::string::npos)
        << found_[0].detail;
}

TEST_F(Drill, WhatMayDifferIsLeftOut)
{
    plan_.forward.push_back(sql("index", "create index left_over on items (name)"));
    plan_.verify.exclude = {"index public.left_*"};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
}

TEST_F(Drill, ABackfillThatChangesNothingAndSucceedsIsFound)
{
    plan_.forward = {
        sql("add tenants", "alter table items add tenant_id int"),
        sql("backfill", "update items set tenant_id = 1 where false")};

    rehearse_it();

    ASSERT_TRUE(found("drill.ownership")) << all_findings();
    auto const f = std::ranges::find(found_, "drill.ownership", &evidence::finding::probe);
    EXPECT_EQ(f->channel, "main public.items");
    EXPECT_NE(f->detail.find("names nobody in"), std::string::npos) << f->detail;
}

TEST_F(Drill, OldCodeThatWritesRowsWithoutATenantIsFound)
{
    plan_.forward = {
        sql("add tenants",
            "alter table items add tenant_id int; update items set tenant_id = 1;"
            "alter table items alter tenant_id set default null")};
    plan_.inject.clear();
    plan_.when.error_rate.reset();
    plan_.when.after = 2500ms;

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.stray_write", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_NE(f->title.find("has no tenant in the new version"), std::string::npos) << f->title;
}

TEST_F(Drill, WritesThatTheRollbackDoublesAreFoundInTheStore)
{
    plan_.rollback.push_back(
        sql("replay",
            "insert into items (name) select name from items where id > 500 order by id limit 2")
    );

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.stray_write", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_EQ(f->channel, "main public.items");
    EXPECT_EQ(f->count, 2U);
    EXPECT_NE(f->title.find("is there more than once"), std::string::npos) << f->title;
}

TEST_F(Drill, ASoundMigrationIsValidatedRunTwiceAndKilledInTheMiddle)
{
    test::temp_dir const folder;
    auto const trace = (folder.path() / "trace").string();
    step command;
    command.name = "batches";
    command.action =
        command_step{{"sh", "-c", "echo first >> " + trace + "; sleep 0.6; echo last >> " + trace}};
    plan_.forward = {
        sql("add tenants",
            "alter table items add column if not exists tenant_id int not null default 1"),
        command};
    validation asked;
    asked.owned = {"public.items"};
    asked.default_tenant = "1";
    asked.present = {"column public.items.tenant_id"};
    asked.repeat = true;
    asked.interrupt = interruption{"batches", 200ms};
    plan_.validate = asked;
    plan_.rollback.clear();
    plan_.inject.clear();
    plan_.when = {};
    plan_.finally = {sql("as it was", "alter table items drop tenant_id")};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    std::ifstream in{trace};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(text, "first\nfirst\nlast\nfirst\nlast\n");
    EXPECT_NE(out_.note.find("of 1"), std::string::npos) << out_.note;
}

TEST_F(Drill, AMigrationThatLosesARowOrAPromiseIsFound)
{
    plan_.forward.push_back(sql("tidy up", "delete from items where id = 7"));
    validation asked;
    asked.default_tenant = "2";
    asked.present = {"index public.items_by_tenant"};
    plan_.validate = asked;

    rehearse_it();

    auto const text = all_findings();
    EXPECT_NE(text.find("did not keep what was there: public.items"), std::string::npos) << text;
    EXPECT_NE(text.find("1 row lost: (7)"), std::string::npos) << text;
    EXPECT_NE(text.find("not the default tenant's: public.items"), std::string::npos) << text;
    EXPECT_NE(text.find("what is not there: index public.items_by_tenant"), std::string::npos)
        << text;
}

// A table that is split and a column that moves elsewhere are no loss, where that is said.
TEST_F(Drill, WhatIsDroppedOnPurposeIsNoLossAndAllElseIsStillCompared)
{
    query("drop table if exists notes, people; alter table items add owner text default 'o';"
          "create table notes (id int primary key); insert into notes values (1)");
    plan_.fingerprints = {{"main", {"public.items", "public.notes"}, {}}};
    plan_.traffic.clear();
    plan_.inject.clear();
    plan_.when = {};
    plan_.forward = {
        sql("split",
            "create table people as select id, owner from items;"
            "alter table items drop owner; drop table notes")};
    plan_.rollback.clear();
    validation asked;
    asked.dropped = {"public.notes", "public.items.owner"};
    plan_.validate = asked;

    rehearse_it();
    EXPECT_TRUE(out_.succeeded) << all_findings();

    query("alter table items add owner text default 'o'; drop table people;"
          "create table notes (id int primary key)");
    plan_.forward.push_back(sql("tidy up", "update items set name = 'x' where id = 7"));
    book_ = {};
    rehearse_it();
    EXPECT_NE(all_findings().find("1 row changed: (7)"), std::string::npos) << all_findings();

    query("create table notes (id int primary key)");
    asked.dropped = {"public.nots"};
    plan_.validate = asked;
    rehearse_it();
    EXPECT_NE(out_.note.find("names public.nots, which is not there"), std::string::npos)
        << out_.note;
}

TEST_F(Drill, AMigrationThatLeadsARowToAnotherTenantsIsFoundInItsNewTable)
{
    query("drop table if exists parts; create table parts (id int primary key, tenant_id int);"
          "insert into parts select n, 1 + n % 3 from generate_series(1, 30) n");
    plan_.forward = {
        sql("note each part",
            "create table notes (id int, tenant_id int, part_id int references parts);"
            "insert into notes select id, tenant_id, id from parts;"
            "update notes set tenant_id = 3 where id = 7")};
    plan_.rollback.front() = sql("remove", "drop table notes");
    plan_.validate = validation{};

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.ownership", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_EQ(f->channel, "main public.notes");
    query("drop table parts");
}

TEST_F(Drill, ASecondRunThatChangesSomethingIsFound)
{
    plan_.forward = {
        sql("count runs",
            "alter table items add column if not exists runs int not null default 0;"
            "update items set runs = runs + 1")};
    plan_.rollback.front() = sql("remove", "alter table items drop runs");
    validation asked;
    asked.repeat = true;
    plan_.validate = asked;

    rehearse_it();

    auto const text = all_findings();
    EXPECT_NE(text.find("A second run of the migration changes something"), std::string::npos)
        << text;
    EXPECT_NE(text.find("rows changed"), std::string::npos) << text;
}

TEST_F(Drill, SizesAreMeasuredAndContinuedAsAnExtrapolation)
{
    extrapolation larger;
    larger.sizes = {1000, 2000, 4000};
    larger.to = 1'000'000;
    larger.prepare = {
        sql("fill",
            "drop table if exists bulk; create table bulk as select n from"
            " generate_series(1, current_setting('watertight.size')::int) n")};
    plan_.extrapolate = larger;

    rehearse_it();
    query("drop table bulk");

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(
        out_.note.find("an extrapolation, not a measurement: with 1000000 rows execution"),
        std::string::npos
    ) << out_.note;
}

TEST_F(Drill, WhatTheProbesFindOnlyAfterTheRollbackIsTheDrills)
{
    int runs = 0;
    around_.probe = [&runs](std::vector<std::string>) -> asio::awaitable<probe_run> {
        probe_run out;
        auto& before = out.findings.emplace_back();
        before.probe = "api.list";
        before.channel = "GET /items";
        if (++runs == 2) {
            auto& later = out.findings.emplace_back();
            later.probe = "cache.unscoped_key";
            later.channel = "redis item:*";
            later.kind = evidence::guarantee::confidentiality;
        }
        co_return out;
    };
    plan_.verify.probes = {"all"};

    rehearse_it();

    EXPECT_EQ(runs, 2);
    ASSERT_EQ(found_.size(), 1U) << all_findings();
    EXPECT_EQ(found_[0].channel, "redis item:*");
    EXPECT_EQ(found_[0].kind, evidence::guarantee::rollback);
    EXPECT_NE(found_[0].detail.find("confidentiality is violated"), std::string::npos);
}

} // namespace watertight::drill
