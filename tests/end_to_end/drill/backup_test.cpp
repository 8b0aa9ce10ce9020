// How: what a drill backs up is restored, beside the database or in place, by the harness or by the
// scenario's own commands; each test spoils one of the two.
#include "tests/end_to_end/drill/drill_world.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace watertight::drill {

class DrillBackup : public Drill {
protected:
    void SetUp() override
    {
        Drill::SetUp();
        query("drop table if exists parts;"
              "create table parts (id int primary key, tenant_id int not null, name text not null,"
              " unique (tenant_id, name));"
              "insert into parts select n, 1 + n % 3, 'part ' || n from generate_series(1, 90) n");
        query("drop database if exists beside with (force)");
        stores_["beside"] = beside();
        environment_ = {{"MAIN", server_->url()}, {"BESIDE", beside()}};
        environment_["WATERTIGHT_FILES"] = around_.files = folder_.path().string();
        plan_.inject.clear();
        plan_.when = {};
        plan_.when.after = 100ms;
    }
    void TearDown() override
    {
        query("drop database if exists beside with (force)");
        query("drop table if exists parts");
    }

    static std::string beside()
    {
        auto url = server_->url();
        return url.replace(url.rfind('/'), std::string::npos, "/beside");
    }

    static step keeping(safekeeping::deed what, std::string store, std::string name = "before")
    {
        step out;
        out.name = what == safekeeping::deed::backup ? "back up" : "bring back";
        out.action = copy_step{};
        out.keeps = safekeeping{what, std::move(name), {std::move(store), {}, {}}};
        out.deadline = 30s;
        return out;
    }
    static step backup() { return keeping(safekeeping::deed::backup, "main"); }
    static step restore(std::string store)
    {
        return keeping(safekeeping::deed::restore, std::move(store));
    }
    static step by_command(step s, std::string script)
    {
        s.action = command_step{{"sh", "-c", std::move(script)}};
        return s;
    }

    verdict::drill_phase const* phase(std::string_view name) const
    {
        auto const at = std::ranges::find(out_.phases, name, &verdict::drill_phase::name);
        return at == out_.phases.end() ? nullptr : &*at;
    }
    std::string output_of(std::string_view name) const
    {
        auto const at = std::ranges::find(out_.steps, name, &verdict::drill_step::name);
        return at == out_.steps.end() ? std::string{} : at->output;
    }

    test::temp_dir folder_{"backup"};
};

constexpr auto dump = "pg_dump -Fc -f $WATERTIGHT_FILES/own $OPTIONS $MAIN";
constexpr auto undump = "psql -qc 'create database beside' $MAIN && "
                        "pg_restore --exit-on-error -d $BESIDE $WATERTIGHT_FILES/own";

TEST_F(DrillBackup, IsRestoredBesideUnderTrafficAndIsWhatWasBackedUp)
{
    plan_.forward.insert(plan_.forward.begin(), {backup(), restore("beside")});
    plan_.limits.restore = 20s;

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    ASSERT_NE(phase("backup"), nullptr);
    ASSERT_NE(phase("restore"), nullptr);
    EXPECT_EQ(phase("restore")->budget_s, 20);
    EXPECT_NE(
        output_of("bring back").find("as they were backed up, with the same shape"),
        std::string::npos
    ) << output_of("bring back");
    EXPECT_EQ(test::sql(beside(), "select count(*) from parts"), "90");
}

TEST_F(DrillBackup, BroughtBackOverWhatTheMigrationMadeIsWhatWasBackedUp)
{
    plan_.traffic.clear();
    plan_.forward.insert(plan_.forward.begin(), backup());
    plan_.forward.push_back(sql("spoil", "delete from parts where id > 10"));
    plan_.rollback = {restore("main")};

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_EQ(query("select count(*) from parts"), "90");
    EXPECT_FALSE(phase("execution")->note.empty());
}

TEST_F(DrillBackup, ThatLacksATableIsFound)
{
    plan_.forward.insert(
        plan_.forward.begin(),
        {by_command(backup(), "OPTIONS=--exclude-table-data=parts; " + std::string{dump}),
         by_command(restore("beside"), undump)}
    );

    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.restore", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_EQ(f->channel, "beside public.parts");
    EXPECT_NE(f->detail.find("90 rows lost"), std::string::npos) << f->detail;
}

TEST_F(DrillBackup, ThatLacksWhatGuardsTheRowsIsFound)
{
    query("alter table parts enable row level security;"
          "create policy own on parts using (tenant_id = 1)");
    plan_.forward.insert(
        plan_.forward.begin(),
        {by_command(backup(), "OPTIONS='--section=pre-data --section=data'; " + std::string{dump}),
         by_command(restore("beside"), undump)}
    );

    rehearse_it();

    auto const f = std::ranges::find(found_, "beside catalogue", &evidence::finding::channel);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_NE(f->detail.find("policy public.parts.own is gone"), std::string::npos) << f->detail;
}

TEST_F(DrillBackup, OfOneTenantThatBringsBackAnothersRowsIsFound)
{
    auto put_aside =
        sql("back up",
            "drop table if exists aside;"
            "create table aside as select * from parts");
    put_aside.keeps = backup().keeps;
    put_aside.keeps->site.objects = {"public.parts"};
    put_aside.keeps->of = "1";
    auto bring_back =
        sql("bring back",
            "delete from parts where tenant_id = 1;"
            "insert into parts select * from aside where tenant_id = 1");
    bring_back.keeps = restore("main").keeps;
    plan_.forward.insert(plan_.forward.begin(), {put_aside, bring_back});
    plan_.finally = {sql("tidy up", "drop table aside")};
    rehearse_it();
    EXPECT_TRUE(out_.succeeded) << all_findings();

    book_ = {};
    plan_.forward[1].action = sql_step{
        "main",
        "",
        "delete from parts where tenant_id < 3; insert into parts select id, tenant_id,"
        " replace(name, '31', 'of another') from aside where tenant_id < 3"};
    rehearse_it();

    auto const f = std::ranges::find(found_, "drill.restore", &evidence::finding::probe);
    ASSERT_NE(f, found_.end()) << all_findings();
    EXPECT_NE(f->title.find("changed rows of other tenants in public.parts"), std::string::npos)
        << f->title;
}

TEST_F(DrillBackup, OfNothingShowsNothing)
{
    query("truncate parts");
    plan_.forward.insert(plan_.forward.begin(), {backup(), restore("beside")});
    for (auto& s : plan_.forward) {
        if (s.keeps) s.keeps->site.objects = {"public.parts"};
    }

    rehearse_it();

    EXPECT_TRUE(found("drill.restore")) << all_findings();
    EXPECT_NE(all_findings().find("there was no row to back up"), std::string::npos);
}

// To restore what is not there may destroy what is.
TEST_F(DrillBackup, ThatWasNotMadeIsNotRestored)
{
    plan_.traffic.clear();
    plan_.forward = {sql("stumble", "select 1 / 0"), backup()};
    auto back = sql("bring back", "delete from parts");
    back.keeps = restore("main").keeps;
    plan_.rollback = {back};

    rehearse_it();

    EXPECT_EQ(query("select count(*) from parts"), "90");
    EXPECT_TRUE(out_.restored) << all_findings();
    EXPECT_NE(output_of("bring back").find("was not made"), std::string::npos);
}

TEST_F(DrillBackup, ThatIsNeverRestoredIsTold)
{
    plan_.forward.insert(plan_.forward.begin(), backup());

    rehearse_it();

    EXPECT_TRUE(out_.succeeded) << all_findings();
    EXPECT_NE(out_.note.find("nothing shows that it can be"), std::string::npos) << out_.note;
}

} // namespace watertight::drill
