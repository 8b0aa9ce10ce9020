#include "harness/cli/options.hpp"

#include "harness/cli/commands.hpp"
#include "harness/cli/repeat.hpp"
#include "harness/cli/starting.hpp"
#include "reports/reports.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <thread>

namespace watertight::cli {

static constexpr auto overview =
    R"(Proves, on evidence, that one tenant of a service can't see, change, notice or slow down
another; that its criteria hold under load; that a rollback works within its budget.

Examples:
  watertight run --lab                                 the whole thing on the built-in lab
  watertight run scenarios/mis/scenario.yaml --lab --lab-fault A01
  watertight init --openapi api.yaml -o my-service.yaml     a draft for your own service
  watertight run my-service.yaml --env-file .env       a service of your own
  watertight probe my-service.yaml --only 'api.*'      leakage probes alone
  watertight lint --postgres postgres://audit@db/app   suspicions in a live catalogue, read-only
  watertight validate my-service.yaml --plan           what would be sent, nothing is
  watertight run my-service.yaml --repeat 10m --during 24h    a day of watching

Exit codes: 0 all criteria met, 1 a criterion failed, 2 command line or scenario wrong,
3 could not be carried out, 4 inconclusive, 130 interrupted.)";

static std::string typed(int argc, char** argv)
{
    std::string out = "watertight";
    for (int i = 1; i < argc; ++i) out += fmt::format(" {}", argv[i]);
    return out;
}

static std::vector<std::string> format_names()
{
    std::vector<std::string> out;
    for (auto const& f : reports::formats()) out.emplace_back(f.name);
    return out;
}

static void add_common(CLI::App& c, run_options& o)
{
    c.add_option("scenario", o.scenario, "Scenario file (default: the mis pack, on the lab)");
    c.add_flag("--lab", o.lab, "Start the built-in lab and use it as the target");
    c.add_option("--lab-fault", o.lab_faults, "Switch a fault on in the lab (implies --lab)");
    c.add_option("--out", o.out, "Folder for result.json and the reports")->capture_default_str();
    c.add_option("--format", o.formats, "Further formats to write there: sarif, gitlab, ctrf, ...")
        ->check(CLI::IsMember(format_names()));
    c.add_option(
        "--env-file", o.env_file, "NAME=value lines for ${NAME} in the scenario and its commands"
    );
    c.add_option(
        "--baseline", o.baseline, "Earlier result.json: for baseline.* in criteria, and compared"
    );
    c.add_option("--tenants", o.tenants, "Number of tenants, in place of the scenario's")
        ->check(CLI::Range(1, 16000));
    c.add_option("--users", o.users, "Users per tenant, in place of the scenario's")
        ->check(CLI::Range(1, 100000));
    c.add_option("--seed", o.seed, "Repeats a run's tenants, data, pairs and order");
    auto* const length =
        c.add_option("--for", o.traffic_for, "Length of every traffic phase: 5s, 2m");
    c.add_flag("--full", o.full, "Traffic phases last as long as their `full` says")
        ->excludes(length);
    c.add_option("--cores", o.cores, "Threads that drive traffic")
        ->check(CLI::Range(1U, std::max(1U, std::thread::hardware_concurrency())))
        ->capture_default_str();
    c.add_option(
        "--confirm-host", o.confirmed_hosts, "A host outside loopback that may be touched"
    );
    c.add_flag("--keep", o.keep, "Keep tenants and lab until Enter, to try reproductions");
    c.add_option(
        "--metrics-listen", o.metrics_listen, "Serve live metrics to Prometheus: 9464, 0.0.0.0:9464"
    );
    c.add_option(
        "--otlp", o.otlp, "Push live metrics to an OTLP/HTTP receiver: http://127.0.0.1:4318"
    );
    c.add_flag("-q,--quiet", o.quiet, "No progress, verdict only");
}

static void add_decision(CLI::App& c, run_options& o)
{
    auto* const yes = c.add_flag("--yes", o.yes, "A drill's manual trigger decides at once");
    c.add_option("--decide-by", o.decide_by, "Or when this file appears, in place of Enter")
        ->excludes(yes);
}

static void add_probe_choice(CLI::App& c, run_options& o)
{
    c.add_option("--only", o.only, "Probes to run: api.list, 'cache.*'");
    c.add_option("--skip", o.skip, "Probes to leave out");
}

// A series of runs. Its length is not called --for, which is that of a traffic phase.
static void add_series(CLI::App& c, run_options& o)
{
    auto* const dry = c.add_flag(
        "--dry-run",
        o.dry_run,
        "Send each operation once, as one user of one tenant, show the exchanges, remove what was "
        "made; nothing else"
    );
    auto* const every = c.add_option(
        "--repeat",
        o.repeat,
        "Begin a run every so often (10m), each in a numbered folder of --out, and tell what "
        "changed; ends with the worst run's exit code"
    );
    every->excludes(dry);
    c.add_option("--during", o.during, "For how long --repeat begins runs: 24h (default: Ctrl-C)")
        ->needs(every);
}

static exit_code carry_out(run_options const& o)
{
    return o.repeat.empty() ? execute(o) : repeat(o);
}

struct everything {
    run_options run;
    run_options probe{
        .command = "probe", .what = {.traffic = false, .experiments = false, .drill = false}};
    run_options load{.command = "load", .what = {.probes = false, .drill = false}};
    run_options drill{
        .command = "drill", .what = {.traffic = false, .experiments = false, .probes = false}};
    validate_options validate;
    cleanup_options cleanup;
    lint_options lint;
    probes_options probes;
    lab_options lab;
    score_options score;
    report_options report;
    compare_options compare;
    starting start;
    exit_code code = exit_code::passed;
};

static void add_runs(CLI::App& app, everything& all)
{
    auto* const run = app.add_subcommand("run", "Carry out a whole scenario")
                          ->footer("Example: watertight run scenarios/mis/scenario.yaml --lab");
    add_common(*run, all.run);
    add_probe_choice(*run, all.run);
    run->add_flag("!--no-experiments", all.run.what.experiments, "Leave the experiments out");
    run->add_flag("!--no-drill", all.run.what.drill, "Leave the rollback drill out");
    add_series(*run, all.run);
    add_decision(*run, all.run);
    run->callback([&all] { all.code = carry_out(all.run); });

    auto* const probe = app.add_subcommand("probe", "Run the leakage probes alone")
                            ->footer("Example: watertight probe my.yaml --only api.object_read");
    add_common(*probe, all.probe);
    add_probe_choice(*probe, all.probe);
    add_series(*probe, all.probe);
    probe->callback([&all] { all.code = carry_out(all.probe); });

    auto* const load = app.add_subcommand("load", "Drive the scenario's traffic alone")
                           ->footer("Examples: watertight load my.yaml --tenants 1000 --for 60s\n"
                                    "          watertight load my.yaml --find-capacity --for 10s");
    add_common(*load, all.load);
    auto* const capacity = load->add_flag(
        "--find-capacity",
        all.load.what.capacity,
        "Search the highest rate at which all criteria of load hold; --for is a step's length"
    );
    load->add_option("--max-rate", all.load.max_rate, "The highest rate to try")
        ->needs(capacity)
        ->capture_default_str();
    load->callback([&all] { all.code = execute(all.load); });

    auto* const drill = app.add_subcommand("drill", "Rehearse cutover and rollback under load")
                            ->footer("Example: watertight drill my.yaml --rehearse");
    add_common(*drill, all.drill);
    add_decision(*drill, all.drill);
    auto* const rehearse =
        drill->add_flag("--rehearse", all.drill.rehearse, "Print the plan, run nothing");
    auto* const abort = drill->add_flag(
        "--abort", all.drill.abort, "Bring back the system in which a drill was killed"
    );
    abort->excludes(rehearse);
    drill->add_flag("--resume", all.drill.resume, "Go on with a drill that was killed")
        ->excludes(rehearse)
        ->excludes(abort);
    drill->callback([&all] { all.code = execute(all.drill); });
}

static void add_checks(CLI::App& app, everything& all)
{
    auto* const validate = app.add_subcommand("validate", "Check a scenario, sending nothing")
                               ->footer("Example: watertight validate my.yaml --plan");
    validate->add_option("scenario", all.validate.scenario, "Scenario file");
    validate->add_option("--env-file", all.validate.env_file, "NAME=value lines for ${NAME}");
    validate->add_flag("--plan", all.validate.plan, "Print every request that would be sent");
    validate->add_flag(
        "--metrics", all.validate.metrics, "List the metrics that criteria may name"
    );
    validate->add_flag("--schema", all.validate.schema, "Print the scenario's JSON schema");
    validate->callback([&all] { all.code = cli::validate(all.validate); });

    auto* const cleanup =
        app.add_subcommand("cleanup", "Remove what an interrupted run left behind")
            ->footer("Example: watertight cleanup watertight-report");
    cleanup->add_option("journal", all.cleanup.journal, "Journal, or the folder that holds it")
        ->capture_default_str();
    cleanup->add_option("--env-file", all.cleanup.env_file, "NAME=value lines for ${NAME}");
    cleanup->add_option("--confirm-host", all.cleanup.confirmed_hosts, "A host outside loopback");
    cleanup->callback([&all] { all.code = cli::cleanup(all.cleanup); });

    auto* const probes = app.add_subcommand("probes", "The catalogue of probes")
                             ->footer("Example: watertight probes --format markdown");
    probes->add_option("--format", all.probes.format, "table, markdown or json")
        ->check(CLI::IsMember({"table", "markdown", "json"}))
        ->capture_default_str();
    probes->callback([&all] { all.code = list_probes(all.probes); });
}

static std::string report_footer()
{
    std::string out = "Formats:\n";
    for (auto const& f : reports::formats()) {
        out += fmt::format("  {:<12} {} ({})\n", f.name, f.meaning, f.file);
    }
    return out + "Examples: watertight report watertight-report/result.json\n"
                 "          watertight report result.json --format sarif -o report.sarif\n"
                 "          watertight report result.json --format markdown "
                 ">> $GITHUB_STEP_SUMMARY";
}

static void add_report(CLI::App& app, everything& all)
{
    auto& o = all.report;
    auto* const report =
        app.add_subcommand("report", "Render a result file again")->footer(report_footer());
    report->add_option("result", o.result, "result.json")->required();
    auto* const folder =
        report->add_option("--out", o.out, "Folder for the reports (default: beside it)");
    auto* const format = report->add_option("--format", o.format, "One format alone")
                             ->check(CLI::IsMember(format_names()))
                             ->excludes(folder);
    report->add_option(
        "--baseline", o.baseline, "Earlier result, or the folder of a series, to compare it with"
    );
    report->add_option("-o,--output", o.file, "File for --format (default: standard output)")
        ->needs(format);
    report->callback([&all] { all.code = cli::report(all.report); });
}

static void add_compare(CLI::App& app, everything& all)
{
    auto& o = all.compare;
    auto* const compare =
        app.add_subcommand("compare", "Hold a result against an earlier one")
            ->footer(
                "Each side is a result.json, a folder with one, or the folder of --repeat, whose "
                "runs\ntogether give every metric an interval.\n"
                "Examples: watertight compare main/result.json branch/result.json\n"
                "          watertight compare before after --tolerance 10% --json\n"
                "Exit codes: 0 nothing got worse, 1 something did, 2 a file is no result."
            );
    compare->add_option("before", o.before, "The earlier side")->required();
    compare->add_option("after", o.after, "The later side")->required();
    compare->add_option(
        "--tolerance",
        o.tolerance,
        "A difference up to this share of the earlier value is none (default: 5% between series, "
        "25% where a side is one run)"
    );
    compare->add_flag("--all", o.all, "Also the metrics that show no difference");
    compare->add_flag("--json", o.json, "As JSON");
    compare->callback([&all] { all.code = cli::compare(all.compare); });
}

static void add_lint(CLI::App& app, everything& all)
{
    auto& o = all.lint;
    auto* const lint =
        app.add_subcommand("lint", "Look for weak isolation in the stores alone, read-only")
            ->footer(
                "Examples: watertight lint --postgres postgres://audit@db.example/app\n"
                "          watertight lint --postgres $DB --app-role app --tenant-column org_id\n"
                "          watertight lint --redis redis://cache.example --fail-on medium --json\n"
                "          watertight lint my.yaml --env-file .env\n"
                "Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 command line "
                "wrong, "
                "3 a store\ncan't be reached, 4 a lint could not be carried out."
            );
    lint->add_option("scenario", o.scenario, "Scenario whose stores are looked at");
    lint->add_option("--env-file", o.env_file, "NAME=value lines for ${NAME} in the scenario");
    lint->add_option("--postgres", o.postgres, "postgres://user:password@host:port/database");
    lint->add_option("--redis", o.redis, "redis://user:password@host:port/database");
    lint->add_option("--mongo", o.mongo, "mongodb://user:password@host:port/database");
    lint->add_option(
        "--tenant-column", o.tenant_columns, "What names the tenant: a column, or a,b"
    );
    lint->add_option("--app-role", o.app_roles, "A role that the application connects as");
    lint->add_option(
        "--exclude", o.exclude, "table, schema.table or schema.* without tenants' data"
    );
    lint->add_option("--only", o.only, "Lints to carry out: postgres.rls_off, 'cache.*'");
    lint->add_option("--skip", o.skip, "Lints to leave out");
    lint->add_option("--lints", o.lints, "Folder with lints of your own: NAME/probe.sql");
    lint->add_option("--confirm-host", o.confirmed_hosts, "A scenario's host outside loopback");
    lint->add_option("--format", o.format, "table, markdown or json")
        ->check(CLI::IsMember({"table", "markdown", "json"}))
        ->capture_default_str();
    lint->add_flag("--json", o.json, "The same as --format json");
    lint->add_option("--fail-on", o.fail_on, "Exit code 1 from this severity on")
        ->check(CLI::IsMember({"high", "medium", "never"}))
        ->capture_default_str();
    lint->add_flag("--all", o.all, "List all that was not examined, however long");
    lint->callback([&all] { all.code = cli::lint(all.lint); });
}

static void add_lab(CLI::App& app, everything& all)
{
    auto* const lab = app.add_subcommand("lab", "The reference target")
                          ->footer("Example: watertight lab --fault K01\n"
                                   "         watertight lab score --pack mis --json");
    lab->add_option("--dialect", all.lab.dialect, "Which system it speaks")->capture_default_str();
    lab->add_option("--fault", all.lab.faults, "Fault to switch on");
    lab->add_option("--port", all.lab.port, "Port of the service (default: any free one)");
    lab->add_flag("--list-faults", all.lab.list_faults, "List the faults and end");
    lab->add_flag("--json", all.lab.json, "As JSON");

    auto* const score = lab->add_subcommand("score", "Probes found / faults planted, per layer");
    score->add_option("--pack", all.score.pack, "One dialect alone");
    score->add_option("--layer", all.score.layers, "One layer alone");
    score->add_option("--fault", all.score.faults, "One fault alone");
    score->add_option("-j,--jobs", all.score.jobs, "Runs at a time; what fails is repeated alone")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    score->add_flag("--json", all.score.json, "As JSON");
    score->add_flag("-q,--quiet", all.score.quiet, "No progress");
    score->callback([&all] { all.code = cli::score(all.score); });
    lab->callback([&all, score] {
        if (!score->parsed()) all.code = cli::lab(all.lab);
    });
}

int dispatch(int argc, char** argv)
{
    CLI::App app{overview, "watertight"};
    app.set_version_flag("--version", "watertight " WT_VERSION);
    app.require_subcommand(1);
    everything all;
    for (auto* const o : {&all.run, &all.probe, &all.load, &all.drill}) {
        o->command_line = typed(argc, argv);
    }
    add_runs(app, all);
    add_checks(app, all);
    add_report(app, all);
    add_compare(app, all);
    add_lint(app, all);
    add_lab(app, all);
    add_starting(app, all.start, all.code);
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& e) {
        // --help and --version come as exceptions, too, with code 0.
        return app.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage);
    }
    return static_cast<int>(all.code);
}

} // namespace watertight::cli
