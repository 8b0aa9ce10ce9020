#include "scenarios/lab/dittofeed/faults_in_sql.hpp"

#include <array>

namespace watertight::lab::dittofeed {

static constexpr std::array planted{
    by_sql(
        "P02",
        "Journeys have their policy still, and row security was switched off",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(ALTER TABLE "Journey" DISABLE ROW LEVEL SECURITY)sql"
    ),
    by_superuser(by_sql(
        "P03",
        "Row security is not forced, and the application inherits the owner of the tables",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(ALTER TABLE "Journey" NO FORCE ROW LEVEL SECURITY; )sql"
        R"sql(GRANT dittofeed_owner TO dittofeed_app)sql"
    )),
    by_superuser(by_sql(
        "P04",
        "The application's role has BYPASSRLS",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(ALTER ROLE dittofeed_app BYPASSRLS)sql"
    )),
    by_superuser(by_sql(
        "P05",
        "The application's role is a superuser",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(ALTER ROLE dittofeed_app SUPERUSER)sql"
    )),
    by_sql(
        "P07",
        "A second policy for reports admits every journey",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(CREATE POLICY reports ON "Journey" FOR SELECT USING (true))sql"
    ),
    by_sql(
        "P08",
        "The policy of journeys is for another role, and that for all is always true",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" TO dittofeed_owner USING )sql"
        R"sql(("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid); )sql"
        R"sql(CREATE POLICY all_of_them ON "Journey" USING (true) WITH CHECK )sql"
        R"sql(("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid))sql"
    ),
    by_sql(
        "P09",
        "The policy for new journeys checks nothing",
        "integrity",
        R"(^postgres .*Journey INSERT)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY own_read ON "Journey" FOR SELECT USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_new ON "Journey" FOR INSERT WITH CHECK (true); )sql"
        R"sql(CREATE POLICY own_change ON "Journey" FOR UPDATE USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid) WITH )sql"
        R"sql(CHECK ("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_delete ON "Journey" FOR DELETE USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid))sql"
    ),
    by_sql(
        "P10",
        "The policy for changed journeys does not check what they become",
        "integrity",
        R"(^postgres .*Journey UPDATE)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY own_read ON "Journey" FOR SELECT USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_new ON "Journey" FOR INSERT WITH CHECK ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_change ON "Journey" FOR UPDATE USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid) WITH )sql"
        R"sql(CHECK (true); )sql"
        R"sql(CREATE POLICY own_delete ON "Journey" FOR DELETE USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid))sql"
    ),
    by_sql(
        "P11",
        "The policy for deletions admits every journey",
        "integrity",
        R"(^postgres .*Journey DELETE)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY own_read ON "Journey" FOR SELECT USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_new ON "Journey" FOR INSERT WITH CHECK ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_change ON "Journey" FOR UPDATE USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid) WITH )sql"
        R"sql(CHECK ("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid); )sql"
        R"sql(CREATE POLICY own_delete ON "Journey" FOR DELETE USING (true))sql"
    ),
    by_sql(
        "P12",
        "Without a workspace in the setting the policy admits everything",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(CREATE POLICY maintenance ON "Journey" USING )sql"
        R"sql((nullif(current_setting('app.current_workspace_id', true), '') IS NULL))sql"
    ),
    by_sql(
        "P13",
        "Without a workspace in the setting it is the oldest one",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" = )sql"
        R"sql(coalesce(nullif(current_setting('app.current_workspace_id', true), )sql"
        R"sql('')::uuid, (SELECT id FROM "Workspace" ORDER BY "createdAt" LIMIT 1))))sql"
    ),
    by_sql(
        "P19",
        "The function that reads the setting is declared IMMUTABLE",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE FUNCTION current_workspace() RETURNS uuid LANGUAGE sql IMMUTABLE )sql"
        R"sql(AS $$ SELECT nullif(current_setting('app.current_workspace_id', true), )sql"
        R"sql('')::uuid $$; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" = )sql"
        R"sql(current_workspace()))sql"
    ),
    by_sql(
        "P31",
        "A table made later like journeys has no policy",
        "confidentiality",
        R"(^postgres .*JourneyDraft)",
        R"sql(CREATE TABLE "JourneyDraft" (LIKE "Journey" INCLUDING ALL); )sql"
        R"sql(GRANT SELECT, INSERT ON "JourneyDraft" TO dittofeed_app; )sql"
        R"sql(CREATE FUNCTION keep_draft() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN )sql"
        R"sql(INSERT INTO "JourneyDraft" SELECT (NEW).* ON CONFLICT DO NOTHING; )sql"
        R"sql(RETURN NEW; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER keep_draft AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION keep_draft())sql"
    ),
    by_sql(
        "P34",
        "The application may truncate journeys",
        "integrity",
        R"(^postgres .*Journey TRUNCATE)",
        R"sql(GRANT TRUNCATE ON "Journey" TO dittofeed_app)sql"
    ),
    by_sql(
        "P51",
        "The workspace of a journey may be missing, and then it is everybody's",
        "integrity",
        R"(^postgres .*Journey INSERT)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(ALTER TABLE "Journey" ALTER "workspaceId" DROP NOT NULL; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" IS NULL OR )sql"
        R"sql("workspaceId" = nullif(current_setting('app.current_workspace_id', true), )sql"
        R"sql('')::uuid))sql"
    ),
    by_sql(
        "P52",
        "The policy compares the beginning of the workspace's id",
        "confidentiality",
        R"(^postgres .*Journey)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING )sql"
        R"sql((current_setting('app.current_workspace_id', true) <> '' AND )sql"
        R"sql("workspaceId"::text LIKE current_setting('app.current_workspace_id', )sql"
        R"sql(true) || '%'))sql"
    ),
    by_superuser(by_sql(
        "P21",
        "A view for reports belongs to a superuser",
        "confidentiality",
        R"(^postgres .*JourneyReport)",
        R"sql(CREATE VIEW "JourneyReport" AS SELECT name, status FROM "Journey"; )sql"
        R"sql(GRANT SELECT ON "JourneyReport" TO dittofeed_app)sql"
    )),
    by_superuser(by_sql(
        "P22",
        "A materialised view holds the journeys of all",
        "confidentiality",
        R"(^postgres .*JourneyNames)",
        R"sql(CREATE MATERIALIZED VIEW "JourneyNames" AS SELECT name FROM "Journey"; )sql"
        R"sql(GRANT SELECT ON "JourneyNames" TO dittofeed_app; )sql"
        R"sql(CREATE FUNCTION refresh_names() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN REFRESH MATERIALIZED VIEW public."JourneyNames"; )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER refresh_names AFTER INSERT ON "Journey" FOR EACH STATEMENT )sql"
        R"sql(EXECUTE FUNCTION refresh_names())sql"
    )),
    by_superuser(by_sql(
        "P23",
        "A view for figures counts the journeys of all",
        "unobservability",
        R"(^postgres .*JourneyFigures)",
        R"sql(CREATE VIEW "JourneyFigures" AS SELECT status, count(*) FROM "Journey" )sql"
        R"sql(GROUP BY status; )sql"
        R"sql(GRANT SELECT ON "JourneyFigures" TO dittofeed_app)sql"
    )),
    by_sql(
        "P24",
        "The view that filters an index of journeys is no barrier",
        "confidentiality",
        R"(^postgres .*JourneyTitles)",
        R"sql(CREATE TABLE "JourneyIndex" ("workspaceId" uuid NOT NULL, title text); )sql"
        R"sql(CREATE VIEW "JourneyTitles" AS SELECT title FROM "JourneyIndex" WHERE )sql"
        R"sql("workspaceId" = nullif(current_setting('app.current_workspace_id', true), )sql"
        R"sql('')::uuid; )sql"
        R"sql(GRANT SELECT ON "JourneyTitles" TO dittofeed_app; )sql"
        R"sql(CREATE FUNCTION index_journey() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN INSERT INTO public."JourneyIndex" VALUES )sql"
        R"sql((NEW."workspaceId", NEW.name); )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER index_journey AFTER INSERT ON "Journey" FOR EACH ROW )sql"
        R"sql(EXECUTE FUNCTION index_journey())sql"
    ),
    by_superuser(by_sql(
        "P26",
        "A function that finds a journey by its id belongs to a superuser",
        "confidentiality",
        R"(^postgres .*find_journey)",
        R"sql(CREATE FUNCTION find_journey(wanted uuid) RETURNS SETOF "Journey" )sql"
        R"sql(LANGUAGE sql STABLE SECURITY DEFINER AS $$ SELECT * FROM public."Journey" )sql"
        R"sql(WHERE id = wanted $$)sql"
    )),
    by_sql(
        "P28",
        "A trigger copies journeys into a history without row security",
        "confidentiality",
        R"(^postgres .*JourneyHistory)",
        R"sql(CREATE TABLE "JourneyHistory" (at timestamptz DEFAULT now(), what jsonb); )sql"
        R"sql(GRANT SELECT ON "JourneyHistory" TO dittofeed_app; )sql"
        R"sql(CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN INSERT INTO public."JourneyHistory" (what) VALUES )sql"
        R"sql((to_jsonb(NEW)); )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER keep_history AFTER INSERT ON "Journey" FOR EACH ROW )sql"
        R"sql(EXECUTE FUNCTION keep_history())sql"
    ),
    by_sql(
        "P29",
        "A partition of journeys is granted by its own name",
        "confidentiality",
        R"(^postgres .*Journey_all)",
        R"sql(CREATE TABLE journeys_new (LIKE "Journey" INCLUDING DEFAULTS INCLUDING )sql"
        R"sql(CONSTRAINTS) PARTITION BY HASH ("workspaceId"); )sql"
        R"sql(DROP TABLE "Journey"; )sql"
        R"sql(ALTER TABLE journeys_new RENAME TO "Journey"; )sql"
        R"sql(CREATE TABLE "Journey_all" PARTITION OF "Journey" FOR VALUES WITH )sql"
        R"sql((modulus 1, remainder 0); )sql"
        R"sql(ALTER TABLE "Journey" ENABLE ROW LEVEL SECURITY; )sql"
        R"sql(ALTER TABLE "Journey" FORCE ROW LEVEL SECURITY; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid) WITH )sql"
        R"sql(CHECK ("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid); )sql"
        R"sql(GRANT SELECT, INSERT, UPDATE, DELETE ON "Journey" TO dittofeed_app; )sql"
        R"sql(GRANT SELECT ON "Journey_all" TO dittofeed_app)sql"
    ),
    by_superuser(by_sql(
        "P06",
        "The application is a member of the owner, and may switch row security off",
        "confidentiality",
        R"(^postgres .* by DISABLE)",
        R"sql(GRANT dittofeed_owner TO dittofeed_app)sql"
    )),
    by_superuser(by_sql(
        "P18",
        "The application is a member of a role that sees everything",
        "confidentiality",
        R"(^postgres .* by SET ROLE)",
        R"sql(CREATE ROLE dittofeed_support NOLOGIN BYPASSRLS; )sql"
        R"sql(GRANT SELECT ON ALL TABLES IN SCHEMA public TO dittofeed_support; )sql"
        R"sql(GRANT dittofeed_support TO dittofeed_app)sql"
    )),
    by_sql(
        "P35",
        "What a segment is deleted with may be another workspace's journey",
        "integrity",
        R"(^postgres .*Journey key .* cascade)",
        R"sql(ALTER TABLE "Journey" ADD COLUMN "segmentId" uuid REFERENCES "Segment" )sql"
        R"sql((id) ON DELETE CASCADE)sql"
    ),
    by_sql(
        "P36",
        "A template may refer to another workspace's journey",
        "integrity",
        R"(^postgres .*MessageTemplate key)",
        R"sql(ALTER TABLE "MessageTemplate" ADD COLUMN "basedOn" uuid REFERENCES )sql"
        R"sql("Journey" (id))sql"
    ),
    by_sql(
        "P37",
        "The name of a segment is unique across workspaces",
        "unobservability",
        R"(^(postgres .*Segment key|POST .*segments))",
        R"sql(ALTER TABLE "Segment" ADD CONSTRAINT segment_name UNIQUE (name))sql"
    ),
    by_sql(
        "P48",
        "The definition of a journey is kept as a large object, too",
        "confidentiality",
        R"(^postgres large objects)",
        R"sql(CREATE FUNCTION keep_object() RETURNS trigger LANGUAGE plpgsql AS $$ )sql"
        R"sql(BEGIN PERFORM lo_from_bytea(0, convert_to(NEW.definition, 'UTF8')); )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER keep_object AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION keep_object())sql"
    ),
    by_sql(
        "P49",
        "The newest journeys are kept in a temporary table of the pooled session",
        "confidentiality",
        R"(^postgres session: temporary table)",
        R"sql(CREATE FUNCTION keep_newest() RETURNS trigger LANGUAGE plpgsql AS $$ )sql"
        R"sql(BEGIN CREATE TEMP TABLE IF NOT EXISTS newest_journeys (name text); )sql"
        R"sql(INSERT INTO newest_journeys VALUES (NEW.name); )sql"
        R"sql(RETURN NULL; )sql"
        R"sql(END $$; )sql"
        R"sql(CREATE TRIGGER keep_newest AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION keep_newest())sql"
    ),
    by_sql(
        "P57",
        "Whom a workspace shares its journeys with stands in a table that all may write",
        "confidentiality",
        R"(^postgres .*Journey by INSERT)",
        R"sql(DROP POLICY workspace_only ON "Journey"; )sql"
        R"sql(CREATE TABLE "JourneyShare" (owner uuid NOT NULL, reader uuid NOT NULL); )sql"
        R"sql(GRANT SELECT, INSERT ON "JourneyShare" TO dittofeed_app; )sql"
        R"sql(CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid OR )sql"
        R"sql("workspaceId" IN (SELECT owner FROM "JourneyShare" WHERE reader = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid)) )sql"
        R"sql(WITH CHECK ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid))sql"
    ),
};

std::span<sql_fault const> faults_in_sql()
{
    return planted;
}

} // namespace watertight::lab::dittofeed
