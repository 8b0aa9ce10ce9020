// How: the target is ledgerbook.py; what fails is around it: a store that dies, a certificate that
// is not trusted or for somebody else, tenants that the run did not make.

#include "harness/base/text.hpp"
#include "tests/end_to_end/foreign/ledgerbook.hpp"
#include "tests/support/certificate.hpp"
#include "tests/support/guarded_server.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::test {

using std::chrono::seconds;

// The scenario of ledgerbook with further lines, which may replace the section of that name.
static std::string
scenario_with(temp_dir const& folder, std::string const& target_lines, std::string const& more)
{
    auto text = read_file(in_foreign("basic.yaml")).value();
    text = replace_all(std::move(text), "  health:", target_lines + "  health:");
    auto path = (folder / "scenario.yaml").string();
    write_file(path, text + more).value();
    return path;
}

static verdict::probe_outcome const& outcome_of(verdict::run_result const& r, std::string_view id)
{
    for (auto const& p : r.probes) {
        if (p.id == id) return p;
    }
    throw std::runtime_error{"no such probe"};
}

// Both stores die while the probes of the interface are under way: those have their result, the
// probes of the stores have none, and that is what the run ends with.
TEST(Failures, StoresThatDieInMidRunMakeTheRunInconclusive)
{
    ledgerbook const target;
    postgres_server postgres;
    redis_server redis;
    temp_dir const folder;
    auto const path = scenario_with(
        folder,
        "",
        "stores:\n  postgres: {url: \"${WT_POSTGRES}\", tenant_column: tenant_id}\n"
        "  redis: {url: \"${WT_REDIS}\"}\nprobes: {rate: 1500/s}\n"
    );
    // A criterion of its own would fail for what could not be decided: here it is left to the gate.
    auto text = read_file(path).value();
    text = replace_all(
        std::move(text), "  - {id: decided, require: \"probes.inconclusive == 0\"}\n", ""
    );
    write_file(path, text).value();
    program p{
        {"watertight", "probe", path, "--out", (folder / "out").string()},
        {{"LEDGERBOOK_URL", target.url()},
         {"WT_POSTGRES", postgres.url()},
         {"WT_REDIS", redis.url()}},
    };
    ASSERT_TRUE(p.wait_for("api.existence_oracle:", seconds{60})) << p.output();
    postgres.stop();
    redis.stop();
    EXPECT_EQ(p.wait(seconds{60}), 4) << p.output();
    auto const r = result_in(folder / "out");
    EXPECT_EQ(r.outcome, verdict::overall::inconclusive);
    EXPECT_EQ(outcome_of(r, "api.object_read").status, verdict::probe_status::pass);
    EXPECT_GT(outcome_of(r, "api.object_read").trials, 0U);
    for (auto const* const id : {"cache.foreign_flush", "postgres.row_ownership"}) {
        auto const& blind = outcome_of(r, id);
        EXPECT_EQ(blind.status, verdict::probe_status::inconclusive) << id;
        EXPECT_NE(blind.reason.find("127.0.0.1"), std::string::npos) << blind.reason;
    }
    EXPECT_TRUE(std::filesystem::exists(folder / "out/report.html"));
}

class Https : public testing::Test {
protected:
    // A target whose certificate names `whom`, and a scenario that trusts its maker if `trusts`.
    outcome probe(std::string const& whom, bool trusts)
    {
        auto const made = make_self_signed(whom);
        write_file((folder / "cert.pem").string(), made.certificate).value();
        write_file((folder / "key.pem").string(), made.key).value();
        ledgerbook const target{
            {"--tls", (folder / "cert.pem").string(), (folder / "key.pem").string()}};
        auto const path = scenario_with(folder, trusts ? "  tls: {ca: cert.pem}\n" : "", "");
        return run(
            {"watertight",
             "probe",
             path,
             "--only",
             "api.object_read",
             "--quiet",
             "--out",
             (folder / "out").string()},
            {{"LEDGERBOOK_URL", target.url()}}
        );
    }

    temp_dir const folder;
};

TEST_F(Https, ATargetWithATrustedCertificateIsProbed)
{
    auto const o = probe("IP:127.0.0.1", true);
    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder / "out");
    EXPECT_TRUE(r.target.starts_with("https://")) << r.target;
    EXPECT_GT(outcome_of(r, "api.object_read").trials, 0U);
}

TEST_F(Https, ACertificateForSomebodyElseIsRefusedWithASentence)
{
    auto const o = probe("DNS:elsewhere.example.com", true);
    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_NE(o.output.find("https://127.0.0.1"), std::string::npos) << o.output;
    EXPECT_NE(o.output.find("certificate"), std::string::npos) << o.output;
}

TEST_F(Https, ACertificateThatNobodyVouchesForIsRefusedWithASentence)
{
    auto const o = probe("IP:127.0.0.1", false);
    EXPECT_EQ(o.code, 3) << o.output;
    EXPECT_NE(o.output.find("certificate"), std::string::npos) << o.output;
}

// A target that takes so many requests a second and refuses the rest: the probes go slower, decide
// what can be decided, and say so.
TEST(Failures, ATargetThatThrottlesIsProbedMoreSlowly)
{
    ledgerbook const target{{"--rate", "250"}};
    temp_dir const folder;
    auto const o =
        run({"watertight",
             "probe",
             in_foreign("basic.yaml"),
             "--only",
             "api.object_read",
             "--only",
             "api.list",
             "--only",
             "quota.exact_limit",
             "--quiet",
             "--out",
             folder.path().string()},
            {{"LEDGERBOOK_URL", target.url()}});
    auto const r = result_in(folder.path());
    EXPECT_TRUE(r.findings.empty()) << o.output;
    EXPECT_EQ(outcome_of(r, "api.object_read").status, verdict::probe_status::pass) << o.output;
    auto const says_so = [](std::string const& note) {
        return note.find("the target throttled") != std::string::npos;
    };
    EXPECT_TRUE(std::ranges::any_of(r.notes, says_so)) << o.output;
}

// Tenants that exist stay; what the probes created in them, on whatever way, goes.
TEST(Failures, ExistingTenantsAreLeftAsTheyWere)
{
    ledgerbook target;
    temp_dir const folder;
    nlohmann::json tenants = nlohmann::json::array();
    for (auto const* const name : {"north", "south"}) {
        std::string const login = std::string{"owner@"} + name;
        auto const made = run(
            {"curl",
             "-sS",
             target.url() + "/join",
             "-H",
             "Content-Type: application/json",
             "-d",
             nlohmann::json{{"workspace", name}, {"login", login}, {"secret", "Wt9-secret"}}.dump()}
        );
        auto const number =
            nlohmann::json::parse(made.output).at("result").at("workspace").at("number").dump();
        tenants.push_back(
            {{"slug", name},
             {"id", number},
             {"users", {{{"login", login}, {"secret", "Wt9-secret"}, {"role", "owner"}}}}}
        );
    }
    write_file((folder / "tenants.json").string(), tenants.dump()).value();
    auto text = read_file(in_foreign("basic.yaml")).value();
    auto const begin = text.find("tenants:\n");
    text.replace(begin, text.find("resources:") - begin, "tenants: {file: tenants.json}\n\n");
    // What is promised to tenants that the run makes.
    auto const quotas = text.find("quotas:\n");
    text.erase(quotas, text.find("\n\n", quotas) - quotas);
    write_file((folder / "scenario.yaml").string(), text).value();
    auto const o =
        run({"watertight",
             "probe",
             (folder / "scenario.yaml").string(),
             "--quiet",
             "--out",
             (folder / "out").string()},
            {{"LEDGERBOOK_URL", target.url()}});
    EXPECT_EQ(o.code, 0) << o.output;
    EXPECT_EQ(target.end(), "{\"workspaces\": 2, \"items\": 0}\n") << o.output;
}

} // namespace watertight::test
