// How: schemas, each in a private database. Tenants are made by SQL, with rows that carry a
// canary; there is no service, so that what is found is found in the store. Each round of a file of
// faults plants several that have nothing to do with each other.
#include "harness/base/text.hpp"
#include "tests/end_to_end/cli/program.hpp"
#include "tests/end_to_end/cli/result_in.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

namespace watertight::test {

struct fault_round {
    std::string title{};
    /// "probe channel".
    std::vector<std::string> finds{};
    /// "lint object": what is suspected, at medium severity or more.
    std::vector<std::string> lints{};
    std::string sql{};
};

static std::vector<fault_round> rounds_in(std::string const& path)
{
    static constexpr std::string_view round = "-- round: ";
    static constexpr std::string_view finds = "-- finds: ";
    static constexpr std::string_view lints = "-- lints: ";
    std::vector<fault_round> out;
    auto const text = read_file(path).value();
    for (auto const line : split(text, '\n')) {
        if (line.starts_with(round)) {
            out.push_back({.title = std::string{line.substr(round.size())}});
        } else if (line.starts_with(finds)) {
            out.back().finds.emplace_back(line.substr(finds.size()));
        } else if (line.starts_with(lints)) {
            out.back().lints.emplace_back(line.substr(lints.size()));
        } else if (!out.empty()) {
            out.back().sql += fmt::format("{}\n", line);
        }
    }
    return out;
}

class Schemas : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        server = std::make_unique<postgres_server>();
        feed("postgres", read_file(folder() + "/roles.sql").value());
    }
    static void TearDownTestSuite() { server.reset(); }

    static std::string folder() { return source_root() + "/tests/end_to_end/schemas"; }

    static std::string url(std::string const& database)
    {
        auto const all = server->url();
        return all.substr(0, all.rfind('/') + 1) + database;
    }

    static void feed(std::string const& database, std::string const& sql)
    {
        auto const done =
            run({"/usr/bin/psql", "-qX", "-v", "ON_ERROR_STOP=1", url(database), "-c", sql});
        ASSERT_EQ(done.code, 0) << done.output << sql;
    }

    static void make(std::string const& schema, std::string const& faults)
    {
        feed("postgres", "drop database if exists " + schema);
        feed("postgres", "create database " + schema);
        feed(schema, read_file(folder() + "/" + schema + ".sql").value());
        if (!faults.empty()) feed(schema, faults);
    }

    /// Probes a new database of this schema with `faults` in it.
    static verdict::run_result
    probe(std::string const& schema, std::string const& user, std::string const& faults)
    {
        make(schema, faults);
        return probe_at(schema, user, server->port());
    }

    static verdict::run_result
    probe_at(std::string const& schema, std::string const& user, std::uint16_t port)
    {
        temp_dir const out;
        auto const at = fmt::format("127.0.0.1:{}/{}", port, schema);
        auto const done =
            run({"watertight",
                 "probe",
                 folder() + "/" + schema + ".yaml",
                 "--only",
                 "postgres.*",
                 "--out",
                 out.path()},
                {{"DB", url(schema)}, {"APP_DB", fmt::format("postgres://{}@{}", user, at)}});
        EXPECT_TRUE(done.code == 0 || done.code == 1 || done.code == 4) << done.output;
        return result_in(out.path());
    }

    /// What the lints suspect of the schema that was probed last.
    static std::vector<std::string> suspected_in(std::string const& schema, std::string const& role)
    {
        auto const done =
            run({"watertight", "lint", "--postgres", url(schema), "--app-role", role, "--json"});
        std::vector<std::string> out;
        auto const all = nlohmann::json::parse(done.output, nullptr, false);
        EXPECT_TRUE(all.is_array()) << done.output;
        if (!all.is_array()) return out;
        for (auto const& s : all[0].at("suspicions")) {
            auto const severity = s.at("severity").get<std::string>();
            if (severity == "low" || severity == "info") continue;
            out.push_back(
                s.at("lint").get<std::string>() + " " + s.at("object").get<std::string>()
            );
        }
        return out;
    }

    /// @param passed_min  probes that have something to try here.
    static void expect_nothing(verdict::run_result const& r, std::size_t passed_min = 6)
    {
        for (auto const& f : r.findings) ADD_FAILURE() << f.probe << " " << f.channel << f.detail;
        std::size_t passed = 0;
        for (auto const& p : r.probes) {
            passed += p.status == verdict::probe_status::pass ? 1U : 0U;
            EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
        }
        EXPECT_GE(passed, passed_min);
    }

    static void expect_round(verdict::run_result const& r, fault_round const& planted)
    {
        std::vector<std::string> found;
        for (auto const& f : r.findings) found.push_back(f.probe + " " + f.channel);
        for (auto const& wanted : planted.finds) {
            auto const is_it = [&](std::string const& one) { return one.starts_with(wanted); };
            EXPECT_TRUE(std::ranges::any_of(found, is_it))
                << planted.title << " lacks " << wanted
                << "; found: " << fmt::format("{}", fmt::join(found, "; "));
        }
    }

    /// @param user  as which the application connects, with a password. @param role  the one that
    /// does the work. @param passed_min  as of `expect_nothing`.
    static void expect_all(
        std::string const& schema,
        std::string const& user,
        std::string const& role,
        std::size_t passed_min = 6
    )
    {
        expect_nothing(probe(schema, user, ""), passed_min);
        for (auto const& one : suspected_in(schema, role)) ADD_FAILURE() << schema << ": " << one;
        auto const rounds = rounds_in(folder() + "/" + schema + ".faults.sql");
        EXPECT_GE(rounds.size(), 2U);
        for (auto const& planted : rounds) {
            expect_round(probe(schema, user, planted.sql), planted);
            auto const suspected = suspected_in(schema, role);
            for (auto const& wanted : planted.lints) {
                EXPECT_EQ(std::ranges::count(suspected, wanted), 1)
                    << planted.title << " is not suspected: " << wanted
                    << "; suspected: " << fmt::format("{}", fmt::join(suspected, "; "));
            }
        }
    }

    static std::unique_ptr<postgres_server> server;
};

std::unique_ptr<postgres_server> Schemas::server;

TEST_F(Schemas, MembershipDecidesAndPartsNameTheirParentAlone)
{
    expect_all("boards", "atlas_app:atlas", "atlas_app");
}

TEST_F(Schemas, ClaimsOfATokenDecideAndNamesAreQuoted)
{
    expect_all("invoices", "ledger_login:ledger", "ledger_login");
}

TEST_F(Schemas, TheCurrentRoleDecidesAndKeysHaveSeveralColumns)
{
    expect_all("stations", "net_pool:net", "net_all");
}

TEST_F(Schemas, AGatewayHandsClaimsOnAndHelpersRunAsAnother)
{
    expect_all("portal", "portal_gate:portal", "portal_gate");
}

TEST_F(Schemas, KeysBeginWithTheTenantAndTablesHaveParts)
{
    expect_all("fleet", "fleet_app:fleet", "fleet_app");
}

TEST_F(Schemas, AccountsAreATreeAndFormsAreViewsWithTriggers)
{
    expect_all("hosting", "hosting_app:hosting", "hosting_app");
}

TEST_F(Schemas, ViewsAndFunctionsAreAllThatIsSeen)
{
    expect_all("studio", "studio_web:studio", "studio_member", 5);
}

TEST_F(Schemas, EachTenantHasASchemaAndARole)
{
    auto const* const schema = "clinics";
    auto const* const user = "clinic_pool:clinic";
    expect_nothing(probe(schema, user, ""), 5);
    for (auto const& planted : rounds_in(folder() + "/clinics.faults.sql")) {
        expect_round(probe(schema, user, planted.sql), planted);
    }
}

// How: what the service calls a tenant stands in no row, so that the database's own numbers have to
// be learnt from rows with canaries.
TEST_F(Schemas, TheApplicationAloneKeepsTenantsApartAndRowsCallThemOtherwise)
{
    auto const* const schema = "crm";
    auto const sound = probe(schema, "crm_app:crm", "");
    expect_nothing(sound, 1);
    auto const tells = [](std::string const& note) { return note.starts_with("public.crm_note "); };
    EXPECT_TRUE(std::ranges::any_of(sound.notes, tells));
    for (auto const& planted : rounds_in(folder() + "/crm.faults.sql")) {
        expect_round(probe(schema, "crm_app:crm", planted.sql), planted);
    }
}

TEST_F(Schemas, TwoTenantsTakeTurnsOnOneSessionOfThePoolers)
{
    make("boards", "");
    pooler_server const pooler{*server, "boards", "atlas_app", "atlas"};
    auto const r = probe_at("boards", "atlas_app:atlas", pooler.port());
    expect_nothing(r);
    auto const tells = [](std::string const& note) {
        return note.find("one session of the server") != std::string::npos;
    };
    EXPECT_TRUE(std::ranges::any_of(r.notes, tells));
}

// How: tenants are made on a primary that waits until the replica shows them; everything else goes
// to the replica.
TEST(SchemasOnAReplica, WhatReadsIsDoneAndTheRestIsSaidToBeUndone)
{
    postgres_server const primary;
    auto const feed = [&](std::vector<std::string> const& statements) {
        std::vector<std::string> words{
            "/usr/bin/psql", "-qX", "-v", "ON_ERROR_STOP=1", primary.url()};
        for (auto const& one : statements) words.insert(words.end(), {"-c", one});
        auto const done = run(words);
        ASSERT_EQ(done.code, 0) << done.output;
    };
    auto const folder = source_root() + "/tests/end_to_end/schemas";
    feed({read_file(folder + "/roles.sql").value(), read_file(folder + "/boards.sql").value()});
    postgres_standby const replica{primary};
    feed(
        {"alter role postgres set synchronous_commit = remote_apply",
         "alter system set synchronous_standby_names = '*'",
         "select pg_reload_conf()"}
    );
    std::map<std::string, std::string> const urls{
        {"PRIMARY", primary.url()},
        {"DB", replica.url()},
        {"APP_DB",
         fmt::format("postgres://atlas_app:atlas@127.0.0.1:{}/postgres", replica.port())}};
    temp_dir const out;
    std::vector<std::string> const words{
        "watertight",
        "probe",
        folder + "/boards-replica.yaml",
        "--only",
        "postgres.*",
        "--out",
        out.path()};

    auto const sound = run(words, urls);
    auto const r = result_in(out.path());
    std::size_t held_back = 0;
    for (auto const& p : r.probes) {
        EXPECT_NE(p.status, verdict::probe_status::inconclusive) << p.id << ": " << p.reason;
        held_back += p.reason.find("replica") != std::string::npos ? 1U : 0U;
    }
    EXPECT_TRUE(r.findings.empty()) << sound.output;
    EXPECT_GE(held_back, 2U) << sound.output;

    feed({"create policy support on atlas.remarks for select using (true)"});
    auto const leaking = run(words, urls);
    auto const found = result_in(out.path()).findings;
    ASSERT_FALSE(found.empty()) << leaking.output;
    EXPECT_EQ(found.front().probe, "postgres.row_security");

    auto const lint = run({"watertight", "lint", "--postgres", replica.url()});
    EXPECT_NE(lint.output.find("a standby"), std::string::npos) << lint.output;
    EXPECT_NE(lint.output.find("support on atlas.remarks"), std::string::npos) << lint.output;
    EXPECT_EQ(lint.output.find("could not"), std::string::npos) << lint.output;
    feed({"alter system reset synchronous_standby_names", "select pg_reload_conf()"});
}

} // namespace watertight::test
