#include "scenarios/lab/dittofeed/faults_in_sql.hpp"

#include <array>

namespace watertight::lab::dittofeed {

static constexpr std::array planted_beyond{
    by_superuser(by_sql(
        "P25",
        "A function that ranks names is LEAKPROOF, and says in its error what it was given",
        "confidentiality",
        R"(^postgres .*name_rank)",
        R"sql(CREATE FUNCTION name_rank(name text) RETURNS integer LANGUAGE plpgsql )sql"
        R"sql(IMMUTABLE LEAKPROOF COST 1 AS $$ BEGIN IF name !~ '^[0-9]+$' THEN RAISE )sql"
        R"sql(EXCEPTION 'no rank in %', name; END IF; RETURN name::integer; END $$)sql"
    )),
    by_superuser(by_sql(
        "P27",
        "A function that filters by itself looks its table up wherever the caller says",
        "confidentiality",
        R"(^postgres .*own_names)",
        R"sql(CREATE FUNCTION own_names() RETURNS SETOF text LANGUAGE sql STABLE SECURITY )sql"
        R"sql(DEFINER AS $$ SELECT name FROM "Journey" WHERE "workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid $$)sql"
    )),
    by_sql(
        "P30",
        "A child of the archive of journeys is granted by its own name",
        "confidentiality",
        R"(^postgres .*JourneyArchive_2026)",
        R"sql(CREATE TABLE "JourneyArchive" ("workspaceId" uuid NOT NULL, name text); ALTER )sql"
        R"sql(TABLE "JourneyArchive" ENABLE ROW LEVEL SECURITY; ALTER TABLE "JourneyArchive" )sql"
        R"sql(FORCE ROW LEVEL SECURITY; CREATE POLICY workspace_only ON "JourneyArchive" )sql"
        R"sql(USING ("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid); CREATE TABLE "JourneyArchive_2026" () INHERITS )sql"
        R"sql(("JourneyArchive"); GRANT SELECT ON "JourneyArchive", "JourneyArchive_2026" TO )sql"
        R"sql(dittofeed_app; CREATE FUNCTION keep_archive() RETURNS trigger LANGUAGE plpgsql )sql"
        R"sql(SECURITY DEFINER AS $$ BEGIN INSERT INTO public."JourneyArchive_2026" )sql"
        R"sql(("workspaceId", name) VALUES (NEW."workspaceId", NEW.name); RETURN NULL; END )sql"
        R"sql($$; CREATE TRIGGER keep_archive AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION keep_archive())sql"
    ),
    by_superuser(by_sql(
        "P33",
        "A foreign table reads journeys as a role that sees all of them",
        "confidentiality",
        R"(^postgres .*JourneyElsewhere)",
        R"sql(CREATE EXTENSION postgres_fdw; DO $$ DECLARE secret text := )sql"
        R"sql(md5(random()::text); BEGIN EXECUTE format('CREATE ROLE dittofeed_reporting )sql"
        R"sql(LOGIN BYPASSRLS PASSWORD %L', secret); EXECUTE format('CREATE SERVER reporting )sql"
        R"sql(FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host ''127.0.0.1'', port %L, dbname )sql"
        R"sql(%L)', current_setting('port'), current_database()); EXECUTE format('CREATE )sql"
        R"sql(USER MAPPING FOR dittofeed_app SERVER reporting OPTIONS (user )sql"
        R"sql(''dittofeed_reporting'', password %L)', secret); END $$; GRANT SELECT ON )sql"
        R"sql("Journey" TO dittofeed_reporting; CREATE FOREIGN TABLE "JourneyElsewhere" )sql"
        R"sql((name text, status text) SERVER reporting OPTIONS (schema_name 'public', )sql"
        R"sql(table_name 'Journey'); GRANT SELECT ON "JourneyElsewhere" TO dittofeed_app)sql"
    )),
    by_sql(
        "P38",
        "The name of a segment is unique across workspaces, whatever its case",
        "unobservability",
        R"(^(postgres .*Segment key|POST .*segments))",
        R"sql(CREATE UNIQUE INDEX segment_name ON "Segment" (lower(name)))sql"
    ),
    by_sql(
        "P39",
        "The name of an active template is unique across workspaces",
        "unobservability",
        R"(^(postgres .*MessageTemplate key|POST .*templates))",
        R"sql(CREATE UNIQUE INDEX template_name ON "MessageTemplate" (name) WHERE status = )sql"
        R"sql('active')sql"
    ),
    by_sql(
        "P40",
        "Whoever creates a journey waits for another workspace's open transaction with the same "
        "name",
        "unobservability",
        R"(^(postgres .*Journey key|POST .*journeys))",
        R"sql(ALTER TABLE "Journey" ADD CONSTRAINT journey_name EXCLUDE USING btree (name )sql"
        R"sql(WITH =))sql"
    ),
    by_superuser(by_sql(
        "P41",
        "A function for the pages of lists estimates how many journeys any workspace has",
        "unobservability",
        R"(^postgres .*journey_estimate)",
        R"sql(CREATE FUNCTION journey_estimate(wanted uuid) RETURNS bigint LANGUAGE plpgsql )sql"
        R"sql(SECURITY DEFINER AS $$ DECLARE plan json; BEGIN EXECUTE format('EXPLAIN )sql"
        R"sql((FORMAT JSON) SELECT FROM public."Journey" WHERE "workspaceId" = %L', wanted) )sql"
        R"sql(INTO plan; RETURN (plan->0->'Plan'->>'Plan Rows')::bigint; END $$; CREATE )sql"
        R"sql(FUNCTION refresh_statistics() RETURNS trigger LANGUAGE plpgsql SECURITY )sql"
        R"sql(DEFINER AS $$ BEGIN ANALYZE public."Journey"; RETURN NULL; END $$; CREATE )sql"
        R"sql(TRIGGER refresh_statistics AFTER INSERT ON "Journey" FOR EACH STATEMENT )sql"
        R"sql(EXECUTE FUNCTION refresh_statistics())sql"
    )),
    by_superuser(by_sql(
        "P42",
        "A function for slow searches shows how many rows the filter left out",
        "unobservability",
        R"(^postgres .*search_plan)",
        R"sql(CREATE FUNCTION search_plan(pattern text) RETURNS SETOF text LANGUAGE plpgsql )sql"
        R"sql(SECURITY DEFINER AS $$ BEGIN RETURN QUERY EXECUTE format('EXPLAIN (ANALYZE) )sql"
        R"sql(SELECT FROM public."Journey" WHERE definition LIKE %L AND status = ''none'' ', )sql"
        R"sql(pattern); END $$)sql"
    )),
    by_sql(
        "P44",
        "Segments of all workspaces are numbered by one sequence",
        "unobservability",
        R"(^POST .*segments)",
        R"sql(CREATE SEQUENCE segment_number; )sql"
        R"sql(ALTER TABLE "Segment" ADD COLUMN number bigint NOT NULL DEFAULT )sql"
        R"sql(nextval('segment_number'); )sql"
        R"sql(GRANT USAGE ON SEQUENCE segment_number TO dittofeed_app)sql"
    ),
    by_sql(
        "P46",
        "All workspaces' journeys are written under one advisory lock",
        "performance",
        R"(^postgres advisory lock)",
        R"sql(CREATE FUNCTION one_at_a_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN )sql"
        R"sql(PERFORM pg_advisory_xact_lock(hashtext('journeys')); RETURN NEW; END $$; )sql"
        R"sql(CREATE TRIGGER one_at_a_time BEFORE INSERT OR UPDATE ON "Journey" FOR EACH ROW )sql"
        R"sql(EXECUTE FUNCTION one_at_a_time())sql"
    ),
    by_sql(
        "P47",
        "New journeys are told to whoever listens",
        "confidentiality",
        R"(^postgres channel)",
        R"sql(CREATE FUNCTION tell_journey() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN )sql"
        R"sql(PERFORM pg_notify('journeys', json_build_object('workspace', )sql"
        R"sql(NEW."workspaceId", 'name', NEW.name)::text); RETURN NULL; END $$; CREATE )sql"
        R"sql(TRIGGER tell_journey AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE FUNCTION )sql"
        R"sql(tell_journey())sql"
    ),
    by_superuser(by_sql(
        "P50",
        "The application may read the changes of all from a replication slot",
        "confidentiality",
        R"(^postgres slot)",
        R"sql(SELECT pg_create_logical_replication_slot('changes', 'test_decoding'); )sql"
        R"sql(ALTER ROLE dittofeed_app REPLICATION)sql"
    )),
    by_sql(
        "P53",
        "The policy of notes folds the case of the workspace's id",
        "confidentiality",
        R"(^postgres .*JourneyNote)",
        R"sql(CREATE TABLE "JourneyNote" ("workspaceId" text NOT NULL, note text); ALTER )sql"
        R"sql(TABLE "JourneyNote" ENABLE ROW LEVEL SECURITY; ALTER TABLE "JourneyNote" FORCE )sql"
        R"sql(ROW LEVEL SECURITY; CREATE POLICY workspace_only ON "JourneyNote" USING )sql"
        R"sql((lower("workspaceId") = )sql"
        R"sql(lower(nullif(current_setting('app.current_workspace_id', true), ''))); GRANT )sql"
        R"sql(SELECT, INSERT ON "JourneyNote" TO dittofeed_app; CREATE FUNCTION keep_note() )sql"
        R"sql(RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public."JourneyNote" )sql"
        R"sql(("workspaceId", note) VALUES (NEW."workspaceId"::text, NEW.name); RETURN NULL; )sql"
        R"sql(END $$; CREATE TRIGGER keep_note AFTER INSERT ON "Journey" FOR EACH ROW )sql"
        R"sql(EXECUTE FUNCTION keep_note())sql"
    ),
    by_sql(
        "P56",
        "The policy takes a workspace to be a member of one group",
        "service",
        R"(^postgres .*Journey by a second membership)",
        R"sql(CREATE TABLE "WorkspaceGroup" (member uuid NOT NULL, workspace uuid NOT NULL); )sql"
        R"sql(GRANT SELECT ON "WorkspaceGroup" TO dittofeed_app; CREATE FUNCTION )sql"
        R"sql(join_group() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN )sql"
        R"sql(INSERT INTO public."WorkspaceGroup" VALUES (NEW.id, NEW.id); RETURN NULL; END )sql"
        R"sql($$; CREATE TRIGGER join_group AFTER INSERT ON "Workspace" FOR EACH ROW EXECUTE )sql"
        R"sql(FUNCTION join_group(); DROP POLICY workspace_only ON "Journey"; CREATE POLICY )sql"
        R"sql(workspace_only ON "Journey" USING ("workspaceId" = (SELECT workspace FROM )sql"
        R"sql("WorkspaceGroup" WHERE member = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid)) WITH )sql"
        R"sql(CHECK ("workspaceId" = nullif(current_setting('app.current_workspace_id', )sql"
        R"sql(true), '')::uuid))sql"
    ),
    by_sql(
        "P58",
        "The policy believes a preference that each workspace writes itself",
        "confidentiality",
        R"(^postgres .*Journey by UPDATE)",
        R"sql(CREATE TABLE "WorkspacePreference" (workspace uuid PRIMARY KEY, data jsonb NOT )sql"
        R"sql(NULL DEFAULT '{}'); ALTER TABLE "WorkspacePreference" ENABLE ROW LEVEL )sql"
        R"sql(SECURITY; CREATE POLICY own_only ON "WorkspacePreference" USING (workspace = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid); GRANT )sql"
        R"sql(SELECT, UPDATE ON "WorkspacePreference" TO dittofeed_app; CREATE FUNCTION )sql"
        R"sql(begin_preference() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ )sql"
        R"sql(BEGIN INSERT INTO public."WorkspacePreference" VALUES (NEW.id); RETURN NULL; )sql"
        R"sql(END $$; CREATE TRIGGER begin_preference AFTER INSERT ON "Workspace" FOR EACH )sql"
        R"sql(ROW EXECUTE FUNCTION begin_preference(); DROP POLICY workspace_only ON )sql"
        R"sql("Journey"; CREATE POLICY workspace_only ON "Journey" USING ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid OR )sql"
        R"sql("workspaceId"::text = (SELECT data->>'viewAs' FROM "WorkspacePreference" WHERE )sql"
        R"sql(workspace = nullif(current_setting('app.current_workspace_id', true), )sql"
        R"sql('')::uuid)) WITH CHECK ("workspaceId" = )sql"
        R"sql(nullif(current_setting('app.current_workspace_id', true), '')::uuid))sql"
    ),
    by_sql(
        "P59",
        "A grant on the whole gallery makes the grant on one of its columns void",
        "confidentiality",
        R"(^postgres .*JourneyGallery)",
        R"sql(CREATE TABLE "JourneyGallery" (status text, title text); GRANT SELECT (status) )sql"
        R"sql(ON "JourneyGallery" TO dittofeed_app; GRANT SELECT ON "JourneyGallery" TO )sql"
        R"sql(dittofeed_app; CREATE FUNCTION keep_gallery() RETURNS trigger LANGUAGE plpgsql )sql"
        R"sql(SECURITY DEFINER AS $$ BEGIN INSERT INTO public."JourneyGallery" (status, )sql"
        R"sql(title) VALUES (NEW.status, NEW.name); RETURN NULL; END $$; CREATE TRIGGER )sql"
        R"sql(keep_gallery AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE FUNCTION )sql"
        R"sql(keep_gallery())sql"
    ),
    by_superuser(by_sql(
        "P64",
        "The role of the backups has the application's password",
        "confidentiality",
        R"(^postgres .*by logging in)",
        R"sql(DO $$ DECLARE secret text; BEGIN SELECT rolpassword INTO secret FROM pg_authid )sql"
        R"sql(WHERE rolname = 'dittofeed_app'; EXECUTE format('CREATE ROLE dittofeed_backup )sql"
        R"sql(LOGIN BYPASSRLS PASSWORD %L', secret); END $$; GRANT SELECT ON ALL TABLES IN )sql"
        R"sql(SCHEMA public TO dittofeed_backup)sql"
    )),
    by_sql(
        "P65",
        "A policy has the right name and admits everything, on a table whose column has another",
        "confidentiality",
        R"(^postgres .*JourneyLabel)",
        R"sql(CREATE TABLE "JourneyLabel" ("ownedBy" uuid NOT NULL, label text); ALTER TABLE )sql"
        R"sql("JourneyLabel" ENABLE ROW LEVEL SECURITY; ALTER TABLE "JourneyLabel" FORCE ROW )sql"
        R"sql(LEVEL SECURITY; CREATE POLICY workspace_only ON "JourneyLabel" USING (true); )sql"
        R"sql(GRANT SELECT, INSERT ON "JourneyLabel" TO dittofeed_app; CREATE FUNCTION )sql"
        R"sql(keep_label() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO )sql"
        R"sql(public."JourneyLabel" ("ownedBy", label) VALUES (NEW."workspaceId", NEW.name); )sql"
        R"sql(RETURN NULL; END $$; CREATE TRIGGER keep_label AFTER INSERT ON "Journey" FOR )sql"
        R"sql(EACH ROW EXECUTE FUNCTION keep_label())sql"
    ),
};

std::span<sql_fault const> faults_beyond_policies()
{
    return planted_beyond;
}

} // namespace watertight::lab::dittofeed
