// Each fault that SQL plants shows its defect to the application's own role, and the correct schema
// shows none of them.

#include "harness/base/text.hpp"
#include "tests/end_to_end/lab/lab_process.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace watertight::test {

namespace {

// SQL in the context of workspace {a}, through the pooler: it shows the defect if it brings a row
// or changes one. {b} is another workspace, {journey} one of its journeys.
struct schema_case {
    char const* id;
    char const* sql;
    bool has_context = true;
};

constexpr auto reads_foreign = R"(SELECT 1 FROM "Journey" WHERE "workspaceId" = '{b}')";

constexpr schema_case cases[] = {
    {"P02", reads_foreign},
    {"P03", reads_foreign},
    {"P04", reads_foreign},
    {"P05", reads_foreign},
    {"P06", R"(ALTER TABLE "Journey" DISABLE ROW LEVEL SECURITY;
               SELECT 1 FROM "Journey" WHERE "workspaceId" = '{b}')"},
    {"P07", reads_foreign},
    {"P08", reads_foreign},
    {"P09", R"(INSERT INTO "Journey" (id, "workspaceId", name)
               VALUES (gen_random_uuid(), '{b}', 'x'))"},
    {"P10", R"(UPDATE "Journey" SET "workspaceId" = '{b}')"},
    {"P11", R"(DELETE FROM "Journey"; SELECT set_config('app.current_workspace_id', '{b}', true);
               SELECT 1 WHERE NOT EXISTS (SELECT FROM "Journey"))"},
    {"P12", reads_foreign, false},
    {"P13", R"(SELECT 1 FROM "Journey")", false},
    {"P18", R"(SET LOCAL ROLE dittofeed_support; SELECT 1 FROM "Journey"
               WHERE "workspaceId" = '{b}')"},
    {"P21", R"(SELECT 1 FROM "JourneyReport" WHERE name = 'journey of b')"},
    {"P22", R"(SELECT 1 FROM "JourneyNames" WHERE name = 'journey of b')"},
    {"P23", R"(SELECT 1 FROM "JourneyFigures" WHERE count > 1)"},
    {"P26", R"(SELECT 1 FROM find_journey('{journey}'))"},
    {"P28", R"(SELECT 1 FROM "JourneyHistory" WHERE what->>'name' = 'journey of b')"},
    {"P29", R"(SELECT 1 FROM "Journey_all" WHERE name = 'journey of b')"},
    {"P31", R"(SELECT 1 FROM "JourneyDraft" WHERE name = 'journey of b')"},
    {"P34", R"(TRUNCATE "Journey"; SELECT set_config('app.current_workspace_id', '{b}', true);
               SELECT 1 WHERE NOT EXISTS (SELECT FROM "Journey"))"},
    {"P35", R"(UPDATE "Journey" SET "segmentId" = '{segment}')"},
    {"P36", R"(INSERT INTO "MessageTemplate" (id, "workspaceId", name, "basedOn")
               VALUES (gen_random_uuid(), '{a}', 'x', '{journey}'))"},
    {"P48", R"(SELECT 1 FROM pg_largeobject_metadata WHERE lo_get(oid) = 'about b')"},
    {"P51", R"(INSERT INTO "Journey" (id, name) VALUES (gen_random_uuid(), 'x'))"},
    {"P52", R"(SELECT set_config('app.current_workspace_id', left('{b}', 8), true);
               SELECT 1 FROM "Journey" WHERE "workspaceId" = '{b}')"},
    {"P25", R"(CREATE OR REPLACE FUNCTION pg_temp.heard() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
               PERFORM 1 FROM "Journey" WHERE "workspaceId" <> '{a}' AND name_rank(name) > 0;
               RETURN ''; EXCEPTION WHEN others THEN RETURN SQLERRM; END $$;
               SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off;
               SELECT 1 WHERE pg_temp.heard() LIKE '%journey of b%')"},
    {"P27", R"(CREATE TEMP TABLE "Journey" ("workspaceId" uuid, name text) ON COMMIT DROP;
               INSERT INTO pg_temp."Journey" VALUES ('{a}', 'shadow');
               SELECT 1 FROM own_names() n WHERE n = 'shadow')"},
    {"P30", R"(SELECT 1 FROM "JourneyArchive_2026" WHERE name = 'journey of b')"},
    {"P33", R"(SELECT 1 FROM "JourneyElsewhere" WHERE name = 'journey of b')"},
    {"P38", R"(WITH new AS (INSERT INTO "Segment" (id, "workspaceId", name)
               VALUES (gen_random_uuid(), '{a}', 'SEGMENT of b') ON CONFLICT DO NOTHING RETURNING 1)
               SELECT 1 WHERE NOT EXISTS (SELECT FROM new))"},
    {"P40", R"(WITH new AS (INSERT INTO "Journey" (id, "workspaceId", name)
               VALUES (gen_random_uuid(), '{a}', 'journey of b') ON CONFLICT DO NOTHING RETURNING 1)
               SELECT 1 WHERE NOT EXISTS (SELECT FROM new))"},
    {"P39", R"(INSERT INTO "MessageTemplate" (id, "workspaceId", name)
               VALUES (gen_random_uuid(), '{a}', 'twice');
               SELECT set_config('app.current_workspace_id', '{b}', true);
               WITH new AS (INSERT INTO "MessageTemplate" (id, "workspaceId", name)
               VALUES (gen_random_uuid(), '{b}', 'twice') ON CONFLICT DO NOTHING RETURNING 1)
               SELECT 1 WHERE NOT EXISTS (SELECT FROM new))"},
    {"P44", R"(SELECT 1 WHERE nextval('segment_number') > 1)"},
    {"P41", R"(SELECT 1 WHERE journey_estimate('{b}') > 0)"},
    {"P42", R"(SELECT 1 FROM search_plan('%') p WHERE p LIKE '%Rows Removed by Filter: 2%')"},
    {"P46", R"(UPDATE "Journey" SET name = name;
               SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"},
    // What is committed is decoded once it is on the disk.
    {"P50", R"(SELECT pg_sleep(1); SELECT 1 FROM pg_logical_slot_peek_changes('changes', NULL, 1000)
               WHERE data LIKE '%journey of b%')"},
    {"P53", R"(SELECT set_config('app.current_workspace_id', upper('{b}'), true);
               SELECT 1 FROM "JourneyNote" WHERE note = 'journey of b')"},
    {"P58", R"(UPDATE "WorkspacePreference" SET data = jsonb_build_object('viewAs', '{b}');
               SELECT 1 FROM "Journey" WHERE "workspaceId" = '{b}')"},
    {"P59", R"(SELECT 1 FROM "JourneyGallery" WHERE title = 'journey of b')"},
    {"P65", R"(SELECT 1 FROM "JourneyLabel" WHERE label = 'journey of b')"},
    {"P57", R"(INSERT INTO "JourneyShare" VALUES ('{b}', '{a}');
               SELECT 1 FROM "Journey" WHERE "workspaceId" = '{b}')"},
};

class schema_world {
public:
    explicit schema_world(std::vector<std::string> arguments)
        : lab_(std::move(arguments), "DITTOFEED")
    {
        a_ = make_workspace("a");
        b_ = make_workspace("b");
        make(a_, "journeys", "journey of a", "about a");
        journey_ = make(b_, "journeys", "journey of b", "about b");
        segment_ = make(b_, "segments", "segment of b", "");
    }

    bool shows(schema_case const& c)
    {
        std::string sql = c.sql;
        sql = replace_all(replace_all(sql, "{a}", a_.id), "{b}", b_.id);
        sql = replace_all(replace_all(sql, "{journey}", journey_), "{segment}", segment_);
        auto const of = c.has_context ? a_.id : "";
        auto const enter =
            fmt::format("SELECT set_config('app.current_workspace_id', '{}', true); ", of);
        try {
            return lab_.sql("DITTOFEED_POOLER_URL", enter + sql).affected > 0;
        } catch (std::exception const&) {
            return false;
        }
    }

private:
    struct workspace {
        std::string id;
        std::string token;
    };

    workspace make_workspace(std::string const& slug)
    {
        json const admin{{"email", slug + "@example.org"}, {"password", good_password}};
        json const body{{"name", slug}, {"slug", slug}, {"admin", admin}};
        auto const made = lab_.send(
            {.method = "POST",
             .target = "/api/admin/workspaces",
             .token = lab_.admin_token(),
             .body = body}
        );
        workspace out{made.body["id"], {}};
        auto const session = lab_.send(
            {.method = "POST",
             .target = "/api/session",
             .body = admin,
             .extra = {{"X-Workspace-Id", out.id}}}
        );
        out.token = session.body["token"];
        return out;
    }

    std::string make(workspace const& of, char const* what, char const* name, char const* text)
    {
        auto const made = lab_.send(
            {.method = "POST",
             .target = std::string{"/api/"} + what,
             .token = of.token,
             .body = {{"name", name}, {"definition", text}},
             .extra = {{"X-Workspace-Id", of.id}}}
        );
        EXPECT_EQ(made.status, 201) << made.text;
        return made.body["data"]["id"];
    }

    lab_process lab_;
    workspace a_;
    workspace b_;
    std::string journey_;
    std::string segment_;
};

} // namespace

class SchemaFault : public testing::TestWithParam<schema_case> {};

TEST_P(SchemaFault, ShowsItsDefect)
{
    schema_world w{{"--dialect", "dittofeed", "--fault", GetParam().id}};
    EXPECT_TRUE(w.shows(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(, SchemaFault, testing::ValuesIn(cases), [](auto const& one) {
    return one.param.id;
});

TEST(SchemaWithoutFaults, ShowsNoneOfTheDefects)
{
    schema_world w{{"--dialect", "dittofeed"}};
    for (auto const& c : cases) EXPECT_FALSE(w.shows(c)) << c.id;
}

} // namespace watertight::test
