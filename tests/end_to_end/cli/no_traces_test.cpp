// How: the correct lab with what looks like a defect and is none, and rows of a tenant that is none
// of the run's between those that the probes write, move and delete in transactions of their own; a
// whole dump of the database before and after.
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <sstream>

namespace watertight::test {

static constexpr auto residents = R"sql(
INSERT INTO "Workspace" (id, name, slug)
    VALUES ('c0000000-0000-4000-8000-000000000001', 'resident', 'resident');
INSERT INTO "WorkspaceQuota" VALUES ('c0000000-0000-4000-8000-000000000001', 9, 9, 9);
INSERT INTO "Journey" (id, "workspaceId", name)
    SELECT gen_random_uuid(), 'c0000000-0000-4000-8000-000000000001', 'journey ' || n
    FROM generate_series(1, 50) n;
INSERT INTO "Segment" (id, "workspaceId", name)
    SELECT gen_random_uuid(), 'c0000000-0000-4000-8000-000000000001', 'segment ' || n
    FROM generate_series(1, 50) n)sql";

// A policy without WITH CHECK, whose USING then checks new rows, too; views and a function that run
// as an owner whom row security binds; a view that runs as its reader; a foreign key with the
// tenant in it; a table that nobody but the owner reads; one without any tenant's data; a function
// whose search path is its own; a channel that tells ids; locks of one tenant each; a role that
// reads everything and has a password of its own.
static constexpr auto look_alikes = R"sql(
SET ROLE dittofeed_owner;
DROP POLICY workspace_only ON "Journey";
CREATE POLICY workspace_only ON "Journey"
    USING ("workspaceId" = nullif(current_setting('app.current_workspace_id', true), '')::uuid);
CREATE VIEW "OwnJourneys" AS SELECT * FROM "Journey";
CREATE VIEW "OwnFigures" AS SELECT status, count(*) FROM "Journey" GROUP BY status;
GRANT SELECT ON "OwnJourneys", "OwnFigures" TO dittofeed_app;
CREATE FUNCTION own_journeys(pattern text) RETURNS SETOF "Journey" LANGUAGE sql STABLE
    SECURITY DEFINER AS 'SELECT * FROM public."Journey" WHERE name LIKE pattern';
ALTER TABLE "Journey" ADD UNIQUE ("workspaceId", id);
ALTER TABLE "MessageTemplate" ADD COLUMN "journeyId" uuid,
    ADD FOREIGN KEY ("workspaceId", "journeyId") REFERENCES "Journey" ("workspaceId", id);
CREATE TABLE "Ledger" ("workspaceId" uuid, name text);
CREATE TABLE "Country" (code text PRIMARY KEY);
INSERT INTO "Country" VALUES ('NZ'), ('UY');
GRANT SELECT ON "Country" TO dittofeed_app;
CREATE TABLE "Membership" (member uuid, workspace uuid);
GRANT SELECT ON "Membership" TO dittofeed_app;
CREATE FUNCTION named_journeys() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS 'SELECT name FROM "Journey"';
CREATE POLICY shared ON "Journey" AS RESTRICTIVE USING (EXISTS (SELECT FROM "Workspace"));
CREATE TABLE "Catalogue" (title text, cost text);
GRANT SELECT (title) ON "Catalogue" TO dittofeed_app;
CREATE FUNCTION tell_id() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_notify(''journey_ids'', NEW.id::text); RETURN NULL; END';
CREATE TRIGGER tell_id AFTER INSERT ON "Journey" FOR EACH ROW EXECUTE FUNCTION tell_id();
CREATE FUNCTION one_by_one() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(hashtext(NEW."workspaceId"::text)); RETURN NEW; END';
CREATE TRIGGER one_by_one BEFORE INSERT ON "Journey" FOR EACH ROW EXECUTE FUNCTION one_by_one();
RESET ROLE;
CREATE ROLE reader LOGIN PASSWORD 'of its own' BYPASSRLS;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
CREATE VIEW "InvokersJourneys" WITH (security_invoker) AS SELECT * FROM "Journey";
GRANT SELECT ON "InvokersJourneys" TO dittofeed_app)sql";

static std::map<std::string, std::string> environment_of(program& lab)
{
    EXPECT_TRUE(lab.wait_for("\n", std::chrono::seconds{60}));
    auto const line = lab.output().substr(0, lab.output().find('\n'));
    auto const ready = nlohmann::json::parse(line);
    return ready.at("environment").get<std::map<std::string, std::string>>();
}

// What the database holds; without the word that pg_dump makes up anew for each of its dumps.
static std::string dump_of(std::string const& url)
{
    std::istringstream lines{run({"/usr/bin/pg_dump", "--data-only", url}).output};
    std::string out;
    for (std::string line; std::getline(lines, line);) {
        if (line.find("restrict ") == std::string::npos) out += line + '\n';
    }
    return out;
}

TEST(StoreProbes, AreNotDeceivedAndLeaveTheDatabaseAsItWas)
{
    temp_dir const folder;
    program lab{{"watertight-lab", "--dialect", "dittofeed", "--with-parent"}};
    auto const environment = environment_of(lab);
    auto const url = environment.at("DITTOFEED_POSTGRES_URL");
    auto const filled = run({"/usr/bin/psql", "-qX", url, "-c", residents});
    ASSERT_EQ(filled.code, 0) << filled.output;
    auto const altered =
        run({"/usr/bin/psql", "-qX", url, "-v", "ON_ERROR_STOP=1", "-c", look_alikes});
    ASSERT_EQ(altered.code, 0) << altered.output;
    // The application may not read from it.
    static constexpr auto slot = "SELECT pg_create_logical_replication_slot('s', 'test_decoding')";
    auto const slotted = run({"/usr/bin/psql", "-qX", url, "-c", slot});
    ASSERT_EQ(slotted.code, 0) << slotted.output;

    auto const before = dump_of(url);
    auto const probed =
        run({"watertight",
             "probe",
             source_root() + "/scenarios/dittofeed/scenario.yaml",
             "--only",
             "postgres.*",
             "--out",
             folder.path()},
            environment);
    auto const after = dump_of(url);

    EXPECT_NE(before.find("journey 50"), std::string::npos) << before;
    EXPECT_NE(probed.output.find("postgres.cross_writes"), std::string::npos) << probed.output;
    EXPECT_EQ(before, after);
    auto const r = result_in(folder.path());
    for (auto const& f : r.findings) ADD_FAILURE() << f.probe << ": " << f.channel;
    EXPECT_GE(r.probes.size(), 8U);
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
        EXPECT_NE(p.status, verdict::probe_status::fail) << p.id << ": " << p.reason;
    }
}

// How: the application's role is given sessions that write nothing, as a pool for readers is.
TEST(StoreProbes, SayWhatAReadOnlySessionCannotDo)
{
    temp_dir const folder;
    program lab{{"watertight-lab", "--dialect", "mis", "--with-parent"}};
    auto environment = environment_of(lab);
    environment["MIS_POSTGRES_APP_URL"] += "?options=-c%20default_transaction_read_only%3Don";

    auto const probed =
        run({"watertight",
             "probe",
             source_root() + "/scenarios/mis/scenario.yaml",
             "--only",
             "postgres.*",
             "--out",
             folder.path()},
            environment);

    auto const r = result_in(folder.path());
    EXPECT_TRUE(r.findings.empty()) << probed.output;
    std::size_t held_back = 0;
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
        held_back += p.reason.find("replica") != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(held_back, 2U) << probed.output;
}

} // namespace watertight::test
