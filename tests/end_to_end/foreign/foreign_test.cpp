// How: ledgerbook.py, a service that has nothing in common with the lab, correct and with one
// defect after another. The correct one must pass every probe that applies; each defect must be
// found for what it is and where it is, and nothing else be reported.

#include "tests/end_to_end/foreign/ledgerbook.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace watertight::test {

static outcome
probe(ledgerbook const& target, std::string const& scenario, std::filesystem::path const& folder)
{
    return run(
        {"watertight", "probe", in_foreign(scenario), "--quiet", "--out", folder.string()},
        {{"LEDGERBOOK_URL", target.url()}}
    );
}

class CorrectLedgerbook : public testing::TestWithParam<char const*> {};

TEST_P(CorrectLedgerbook, PassesEveryProbeThatApplies)
{
    ledgerbook target;
    temp_dir const folder;
    auto const o = probe(target, GetParam(), folder.path());
    EXPECT_EQ(o.code, 0) << o.output;
    auto const r = result_in(folder.path());
    EXPECT_TRUE(r.findings.empty()) << o.output;
    std::size_t passed = 0;
    for (auto const& p : r.probes) passed += p.status == verdict::probe_status::pass ? 1 : 0;
    EXPECT_GE(passed, 17U) << o.output;
    EXPECT_EQ(target.end(), "{\"workspaces\": 0, \"items\": 0}\n");
}

INSTANTIATE_TEST_SUITE_P(
    Foreign,
    CorrectLedgerbook,
    testing::Values("basic.yaml", "cookie.yaml", "form.yaml"),
    [](auto const& of) { return std::string{of.param}.substr(0, std::string{of.param}.find('.')); }
);

TEST(Ledgerbook, PassesIfItFailsToChangeWhatIsNotThere)
{
    ledgerbook const target{{"--absent-fails"}};
    temp_dir const folder;
    auto const o = probe(target, "basic.yaml", folder.path());
    EXPECT_EQ(o.code, 0) << o.output;
}

struct defect {
    char const* name;
    evidence::guarantee kind;
    /// What every finding's channel must begin with.
    char const* channel;
    char const* scenario = "cookie.yaml";
};

static void PrintTo(defect const& d, std::ostream* out)
{
    *out << d.name;
}

class FaultyLedgerbook : public testing::TestWithParam<defect> {};

TEST_P(FaultyLedgerbook, IsFoundOutForWhatItIsAndNothingElse)
{
    auto const& d = GetParam();
    ledgerbook const target{{"--fault", d.name}};
    temp_dir const folder;
    auto const o = probe(target, d.scenario, folder.path());
    EXPECT_EQ(o.code, 1) << o.output;
    auto const r = result_in(folder.path());
    auto found = false;
    for (auto const& f : r.findings) {
        found = found || f.kind == d.kind;
        EXPECT_TRUE(f.channel.starts_with(d.channel)) << f.probe << ": " << f.channel;
        EXPECT_FALSE(f.victim.empty());
        EXPECT_NE(f.victim, f.intruder);
        EXPECT_FALSE(f.reproduction.empty());
    }
    EXPECT_TRUE(found) << o.output;
}

static constexpr auto confidentiality = evidence::guarantee::confidentiality;
static constexpr auto integrity = evidence::guarantee::integrity;
static constexpr auto unobservability = evidence::guarantee::unobservability;

static constexpr defect defects[] = {
    {"read", confidentiality, "GET /w/{tenant.id}/data/items/{id}"},
    {"update", integrity, "PUT /w/{tenant.id}/data/items/{id}"},
    {"delete", integrity, "DELETE /w/{tenant.id}/data/items/{id}"},
    {"note", confidentiality, "GET /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    // Whoever makes a page of the same name is shown the other, too.
    {"wiki", confidentiality, ""},
    {"list", confidentiality, "GET /w/{tenant.id}/data/items"},
    {"create", integrity, "POST /w/{tenant.id}/data/items"},
    {"scope", confidentiality, "GET /w/{tenant.id}/data/items"},
    {"filter", confidentiality, "GET /w/{tenant.id}/data/items"},
    {"bind", integrity, "POST /w/{tenant.id}/data/items"},
    {"move", integrity, "PUT /w/{tenant.id}/data/items/{id}"},
    {"oracle", unobservability, "GET /w/{tenant.id}/data/items/{id}"},
    {"crash", unobservability, "GET /w/{tenant.id}/data/items/{id}"},
    {"cache", confidentiality, "GET /w/{tenant.id}/data/items/{id}"},
    {"header", confidentiality, "identity header X-Workspace-ID"},
    {"report", confidentiality, "POST /w/{tenant.id}/report"},
    {"search", confidentiality, "POST /w/{tenant.id}/search"},
    {"total", unobservability, "GET /w/{tenant.id}/data/items"},
    {"error", confidentiality, "GET /w/{tenant.id}/data/items/{id}"},
    {"stale", integrity, "GET /w/{tenant.id}/data/items/{id}"},
    {"session", integrity, "token of a removed user"},
    {"current", confidentiality, ""},
    // Whatever leads to an item, a note that links to it among them.
    {"merge", confidentiality, "GET /w/{tenant.id}/data/items/"},
    {"bulk", confidentiality, "POST /w/{tenant.id}/notes/fetch"},
    {"room", evidence::guarantee::performance, "POST /w/{tenant.id}/data/items"},
    {"journal", confidentiality, "GET /w/{tenant.id}/journal"},
    {"heir", confidentiality, "GET /w/{tenant.id}/data/items"},
    {"absent", integrity, "GET /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    {"print", confidentiality, "GET /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    {"version", unobservability, "GET /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    {"duplicate", confidentiality, "GET /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    {"settle", integrity, "POST /w/{tenant.id}/data/items/{id}/settle"},
    {"star", integrity, "POST /w/{tenant.id}/notes/star"},
    {"internal", confidentiality, "GET /internal/w/{tenant.id}/data/items/{id}"},
    {"operator", confidentiality, "POST /w/{tenant.id}/search"},
    {"refer", confidentiality, ""},
    {"retry", confidentiality, "POST /w/{tenant.id}/data/items"},
    {"page", confidentiality, "GET /w/{tenant.id}/data/items"},
    {"half", integrity, "POST /w/{tenant.id}/data/items"},
    {"invite", integrity, "POST /w/{tenant.id}/guests/{id}/accept"},
    {"index", integrity, "POST /w/{tenant.id}/search"},
    {"hook", confidentiality, "POST /w/{tenant.id}/hooks"},
    {"proxy", confidentiality, "identity header X-Forwarded-User"},
    {"shy", unobservability, "DELETE /w/{tenant.id}/data/items/{parent.id}/notes/{id}"},
    {"namesake", integrity, "POST /w/{tenant.id}/data/items"},
    {"imprint", integrity, "PUT /w/{tenant.id}/imprint"},
    // Whatever shows an item then.
    {"number", integrity, ""},
    {"sweep", integrity, "DELETE /w/{tenant.id}/data/items/{id}"},
};

// What is found by changing the fields of a body, where that is a form.
static constexpr defect form_defects[] = {
    {"bind", integrity, "POST /w/{tenant.id}/data/items", "form.yaml"},
    {"move", integrity, "PUT /w/{tenant.id}/data/items/{id}", "form.yaml"},
    {"update", integrity, "PUT /w/{tenant.id}/data/items/{id}", "form.yaml"},
    {"bulk", confidentiality, "POST /w/{tenant.id}/notes/fetch", "form.yaml"},
    {"star", integrity, "POST /w/{tenant.id}/notes/star", "form.yaml"},
    {"namesake", integrity, "POST /w/{tenant.id}/data/items", "form.yaml"},
    {"operator", confidentiality, "POST /w/{tenant.id}/search", "form.yaml"},
    {"imprint", integrity, "PUT /w/{tenant.id}/imprint", "form.yaml"},
    {"hidden", integrity, "PUT /w/{tenant.id}/imprint", "form.yaml"},
};

INSTANTIATE_TEST_SUITE_P(Foreign, FaultyLedgerbook, testing::ValuesIn(defects), [](auto const& of) {
    return std::string{of.param.name};
});

INSTANTIATE_TEST_SUITE_P(
    Forms,
    FaultyLedgerbook,
    testing::ValuesIn(form_defects),
    [](auto const& of) { return std::string{of.param.name}; }
);

} // namespace watertight::test
