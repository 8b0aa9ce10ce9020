#include "tests/unit/reports/sample.hpp"

#include "harness/verdict/criteria.hpp"

#include <chrono>
#include <utility>

using namespace watertight;
using namespace watertight::verdict;

static wall::time_point second_of(int n)
{
    auto const day = std::chrono::sys_days{std::chrono::year{2026} / 3 / 14};
    return day + 9h + 26min + std::chrono::seconds{n};
}

static evidence::finding foreign_object()
{
    evidence::finding f;
    f.probe = "api.object_read";
    f.kind = evidence::guarantee::confidentiality;
    f.level = evidence::severity::critical;
    f.title = "An object of another tenant can be read by its id";
    f.cwe = "CWE-639";
    f.owasp = "API1:2023";
    f.asvs = "V4.2.1";
    f.victim = "acme";
    f.intruder = "globex";
    f.channel = "GET /api/v1/users/{id}";
    f.detail = "A user of globex asked for a user of acme by id and got the record, with acme's "
               "canary in the name. The same request by acme's own user shows the same record.";
    f.token = "zq7k01a2b3c4d5e6f7g8h9jkmnpq";
    f.position = "response body, byte 31";
    f.exchanges = {
        {"GET /api/v1/users/7 as globex user 0",
         "GET /api/v1/users/7 HTTP/1.1\nHost: 127.0.0.1:8080\nX-Tenant-ID: globex\n"
         "Authorization: Bearer [redacted]",
         "HTTP/1.1 200 OK\nContent-Type: application/json\n\n"
         R"({"id": 7, "name": "zq7k01a2b3c4d5e6f7g8h9jkmnpq", "tenant": "acme"})"},
        {"GET /api/v1/users/7 as acme user 0 (the control)",
         "GET /api/v1/users/7 HTTP/1.1\nHost: 127.0.0.1:8080\nX-Tenant-ID: acme",
         "HTTP/1.1 200 OK\n\n"
         R"({"id": 7, "name": "zq7k01a2b3c4d5e6f7g8h9jkmnpq"})"}};
    f.reproduction =
        R"(curl -sS -H 'X-Tenant-ID: globex' -H "Authorization: Bearer $GLOBEX_TOKEN" )"
        R"(http://127.0.0.1:8080/api/v1/users/7)";
    f.remedy = "Look objects up by tenant and id together, never by id alone.";
    f.first = second_of(3);
    f.last = second_of(41);
    f.count = 1234;
    f.pairs = {{"acme", "globex"}, {"globex", "acme"}, {"acme", "initech"}};
    return f;
}

static evidence::finding waived_finding()
{
    evidence::finding f;
    f.probe = "postgres.rls_not_forced";
    f.kind = evidence::guarantee::confidentiality;
    f.level = evidence::severity::medium;
    f.title = "Row-level security does not bind the table's owner";
    f.cwe = "CWE-863";
    f.channel = "postgres public.plans";
    f.detail = "The table has policies but not FORCE ROW LEVEL SECURITY.";
    f.reproduction = "psql \"$MIS_PG\" -c '\\d+ public.plans'";
    f.remedy = "ALTER TABLE public.plans FORCE ROW LEVEL SECURITY;";
    f.first = f.last = second_of(12);
    return f;
}

static probe_outcome probe(std::string id, probe_status status, std::string reason)
{
    probe_outcome p;
    p.layer = id.substr(0, id.find('.'));
    p.id = std::move(id);
    p.kind = evidence::guarantee::confidentiality;
    p.status = status;
    p.reason = std::move(reason);
    p.trials = 90;
    p.controls = 90;
    p.seconds = 0.42;
    return p;
}

static void add_probes(run_result& r)
{
    auto read = probe("api.object_read", probe_status::fail, "3 of 90 foreign reads succeeded");
    read.title = "Objects by id";
    read.cwe = "CWE-639";
    read.rationale = "Ids travel in URLs; the tenant must be part of the look-up.";
    read.remedy = "Look objects up by tenant and id together.";
    auto list =
        probe("api.list_scope", probe_status::pass, "18 lists held their owner's rows only");
    list.title = "Lists show the tenant's own objects";
    auto cache = probe(
        "cache.key_prefix",
        probe_status::inconclusive,
        "no request met a cached answer, so that "
        "a shared key could not have shown"
    );
    cache.title = "Cache keys carry the tenant";
    cache.controls = 0;
    auto rls = probe("postgres.rls_not_forced", probe_status::fail, "1 of 9 tables");
    rls.title = "Row-level security binds the owner";
    auto mongo = probe("mongo.database_scope", probe_status::not_applicable, "no MongoDB is named");
    mongo.trials = mongo.controls = 0;
    r.probes = {read, list, cache, rls, mongo};
}

static void add_tables(run_result& r)
{
    r.tables = {
        {"identity.precedence",
         "Which channel names the tenant",
         {"channel", "agrees", "alone", "in conflict with the token"},
         {{"header X-Tenant-ID", "own data", "own data", "victim's data"},
          {"host", "own data", "refused (403)", "refused (403)"}}},
        {"api.role_matrix",
         "Which role may do what",
         {"operation", "owner", "anonymous"},
         {{"users.list", "served", "refused (401)"}}}};
}

static histogram_summary latencies(std::uint64_t n, std::uint64_t unit_us)
{
    return {
        .n = n,
        .mean_us = static_cast<double>(unit_us) * 1.3,
        .p50_us = unit_us,
        .p90_us = unit_us * 2,
        .p95_us = unit_us * 3,
        .p99_us = unit_us * 9,
        .p999_us = unit_us * 20,
        .max_us = unit_us * 31,
        .hdr = {}};
}

static void add_load(run_result& r)
{
    r.latency = latencies(29'400, 4'100);
    r.operations = {
        {"users.create",
         4'900,
         {{"status_5xx", 3}, {"throttled", 12}},
         latencies(4'915, 6'200),
         {}},
        {"users.read", 24'485, {}, latencies(24'485, 3'900), latencies(24'485, 3'700)}};
    r.tenants = {
        {"acme", "premium", 9'000, 3, 0, latencies(9'003, 4'000)},
        {"globex", "basic", 10'200, 0, 12, latencies(10'212, 4'300)},
        {"initech", "enterprise", 10'185, 0, 0, latencies(10'185, 3'800)}};
    r.phases = {
        {"provision", "provision", 0, 2.1, 0, 0, 0, 0, "3 tenants, 30 users"},
        {"steady",
         "traffic",
         2.1,
         60,
         500,
         489.8,
         18,
         2'300,
         "",
         3,
         29'385,
         {{"status_5xx", 3}, {"throttled", 12}},
         latencies(29'400, 4'100)},
        {"rollout",
         "traffic",
         62.1,
         0,
         0,
         0,
         0,
         0,
         "not driven: what phase steady was to show did not hold"}};
    for (std::uint32_t s = 2; s < 62; ++s) {
        std::uint64_t const wave = (s * 37) % 11;
        r.series.push_back(
            {s,
             485 + wave,
             s == 40 ? 3U : 0U,
             3'900 + wave * 60,
             11'000 + wave * 300,
             30'000 + wave * (s > 38 && s < 43 ? 6'000 : 500),
             90'000}
        );
    }
    r.coverage = {
        {"endpoint", "GET /api/v1/users/{id}", true, "api.object_read"},
        {"endpoint", "GET /api/v1/users", true, "api.list_scope"},
        {"endpoint",
         "POST /api/v1/tenants/{id}/export",
         false,
         "the scenario does not describe it"},
        {"table", "public.users", true, "postgres.rls_not_forced"},
        {"pair", "acme, globex", true, "api.object_read"}};
}

static void add_drill(run_result& r)
{
    auto& d = r.drill;
    d.ran = true;
    d.succeeded = false;
    d.phases = {
        {"forward", 63, 4.2, std::nullopt, true, ""},
        {"detection", 67.2, 1.4, 300.0, true, "5xx rate passed 5%"},
        {"execution", 68.6, 7.5, 5.0, false, ""},
        {"verification", 76.1, 2.2, 3600.0, true, ""}};
    d.steps = {
        {"add tenant_id", "sql", "forward", 63, 3.1, true, "ALTER TABLE"},
        {"drop tenant_id", "sql", "execution", 68.6, 6.9, true, "ALTER TABLE"},
        {"restart", "command", "execution", 75.5, 0.6, false, "exit code 1"}};
    d.fingerprints = {
        {"public.users", 300, 300, true, ""}, {"public.files", 120, 119, false, "1 row is gone"}};
    d.requests_during = 4'100;
    d.failed_during = 16;
    d.writes_acknowledged = 700;
    d.writes_lost = 1;
    d.rto_s = 8.3;
    d.rpo_s = 2.5;
    d.new_after_rollback = 4;
    d.tenants.resize(2);
    d.tenants[0].slug = "globex";
    d.tenants[0].requests = 90;
    d.tenants[0].failed = 9;
    d.tenants[0].new_after_rollback = 4;
    d.tenants[1].slug = "acme";
    d.tenants[1].requests = 88;
    d.tenants[1].last_bad_s = 0.4;
    d.tenants[1].recovered_s = 0.5;
    d.series = {{63, 50, 0, 4'000}, {64, 48, 0, 4'200}, {65, 0, 50, 0}, {66, 50, 1, 9'000}};
}

static void add_experiments(run_result& r)
{
    experiment_outcome cache{.name = "cache", .statistic = "median", .started_s = 60};
    cache.duration_s = 3;
    cache.arms = {
        {"a", {1000, 1020, 990, 1010}, {4, 4, 4, 4}, 4'000, 0},
        {"b", {400, 410, 390, 420}, {0.5, 0.4, 0.6, 0.5}, 9'000, 3}};
    cache.latency = experiment_change{-0.597, -0.618, -0.575};
    cache.queries = experiment_change{-0.875, -0.91, -0.84};
    experiment_outcome index{.name = "index", .statistic = "mean"};
    index.arms = {{"a", {800}, {}, 100, 0}, {"b", {}, {}, 0, 0}};
    index.note = "the step \"Drop the index\" failed: permission denied";
    index.not_restored = {"Make the index: permission denied"};
    r.experiments = {cache, index};
}

// The baseline: without the leak, with one that is mended since, and with more failures.
static run_result week_before(run_result r)
{
    r.run_id = "r-2026-03-07-51c2";
    r.started_at = "2026-03-07T09:26:00.000Z";
    r.outcome = overall::failed;
    auto& f = r.findings.front();
    f.title = "A list shows what others own";
    f.probe = "api.list";
    f.channel = "GET /api/v1/users";
    r.findings.resize(1);
    r.operations[0].errors = {{"status_5xx", 310}};
    r.probes[0].status = probe_status::pass;
    r.metrics.clear();
    r.metrics = derive_metrics(r);
    r.metrics["latency.p95"] = 11'900;
    auto& c = r.criteria.emplace_back();
    c.id = "isolation";
    c.status = criterion_status::met;
    c.measured = "findings.confidentiality = 0";
    return r;
}

static void add_criteria(run_result& r)
{
    auto const measured = [](char const* id, char const* text, char const* answers) {
        criterion c;
        c.id = id;
        c.require = *requirement::compile(text);
        c.answers = answers;
        c.place = {"scenario.yaml", 88, 5};
        return c;
    };
    std::vector<criterion> all{
        measured("isolation", "findings.confidentiality == 0", "U16"),
        measured("p95", "latency.p95 < 500ms", "U14"),
        measured("availability", "availability >= 99.9%", "U15"),
        measured("cache", "redis.hit_rate >= 70%", "D12"),
        measured("no-regression", "latency.p95 <= 1.1 * baseline.latency.p95", "U18"),
        measured("fewer-queries", "experiment.cache.queries_change <= -30%", "D13"),
        measured("faster", "experiment.cache.latency_change <= -60%", ""),
        measured("rollback", "drill.execution.seconds < 30m and drill.writes_lost == 0", "U21")};
    criterion runbook;
    runbook.id = "runbook";
    runbook.attest = "Rollback procedures are documented";
    runbook.attested_by = "R. Vasquez";
    runbook.attested_on = "2026-03-01";
    all.push_back(runbook);
    criterion training;
    training.id = "training";
    training.attest = "The support team is trained";
    all.push_back(training);
    std::vector<waiver> const waivers{
        {"postgres.rls_not_forced", "plans", "plans are public", "2027-01-31", {}}};
    judge(r, all, waivers, {}, week_before(r), "2026-03-14");
}

run_result sample_result()
{
    run_result r;
    r.tool_version = "0.1.0";
    r.command = "run";
    r.run_id = "r-2026-03-14-7f3a";
    r.seed = 42;
    r.scenario_name = "mis";
    r.scenario_file = "scenarios/mis/scenario.yaml";
    r.scenario_sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    r.places = {
        {"GET /api/v1/users/{id}", {"scenarios/mis/scenario.yaml", 123, 5}},
        {"postgres", {"scenarios/mis/scenario.yaml", 250, 3}},
        {"resources", {"scenarios/mis/scenario.yaml", 100, 1}}};
    r.target = "http://127.0.0.1:8080";
    r.started_at = "2026-03-14T09:26:00.000Z";
    r.finished_at = "2026-03-14T09:27:19.000Z";
    r.duration_s = 79;
    r.command_line = "watertight run scenarios/mis/scenario.yaml --seed 42";
    r.environment = {{"host", "runner-3"}, {"cores", "2"}, {"postgres", "15.20"}};
    r.findings = {foreign_object(), waived_finding()};
    r.notes = {"6 of 6 ordered tenant pairs were tried; zero findings in 90 trials bound the rate "
               "of violations below 3.3% with 95% confidence"};
    add_probes(r);
    add_tables(r);
    add_load(r);
    add_experiments(r);
    add_drill(r);
    add_criteria(r);
    return r;
}
