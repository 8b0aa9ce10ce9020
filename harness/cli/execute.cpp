#include "harness/base/random.hpp"
#include "harness/base/text.hpp"
#include "harness/base/units.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/display.hpp"
#include "harness/cli/dry_run.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/interrupt.hpp"
#include "harness/cli/live.hpp"
#include "harness/cli/outcome.hpp"
#include "harness/cli/person.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <random>

namespace watertight::cli {

static std::uint64_t fresh_seed()
{
    std::random_device device;
    // Short enough to be typed again.
    return device();
}

// Letters and digits, so that it fits into slugs and host names.
// As long as makes a word of 16 characters of "wt-<run>-0", which the observer then knows again.
static std::string fresh_run_id(std::uint64_t seed)
{
    auto const now = static_cast<std::uint64_t>(wall::now().time_since_epoch().count());
    rng random{mix(seed, now), static_cast<std::uint64_t>(::getpid())};
    static constexpr std::string_view letters = "abcdefghijkmnpqrstuvwxyz";
    std::string out = "r";
    for (int i = 0; i < 10; ++i) out += letters[random.below(letters.size())];
    return out;
}

static scenario::load_options load_options_of(run_options const& o)
{
    auto out = loading_from(o.env_file);
    out.tenants = o.tenants;
    out.users_per_tenant = o.users;
    out.full = o.full;
    return out;
}

// The lab must run before the scenario can be read in earnest: its addresses fill the ${NAME}s.
static std::unique_ptr<lab_process>
start_lab(run_options const& o, scenario::load_options& loading, progress& display)
{
    auto tolerant = loading;
    tolerant.tolerate_unset = true;
    auto const glance = scenario::load(o.scenario, tolerant);
    if (glance.value.lab.empty()) {
        throw usage_error{o.scenario + " names no lab (target.lab), so --lab can't serve it"};
    }
    display.begin("lab", 0);
    auto lab = std::make_unique<lab_process>(glance.value.lab, o.lab_faults);
    give_to_commands(lab->environment());
    for (auto const& [name, value] : lab->environment()) loading.variables[name] = value;
    display.end(fmt::format("{} is ready", glance.value.lab));
    return lab;
}

static bool may_be_secret(std::string_view name, std::string_view value)
{
    static constexpr std::string_view words[] = {
        "SECRET", "TOKEN", "KEY", "PASS", "PWD", "CREDENTIAL", "AUTH", "DSN", "URL", "URI"};
    auto const is_in = [&](auto const word) { return name.find(word) != std::string_view::npos; };
    return std::ranges::any_of(words, is_in) || value.find("://") != std::string_view::npos;
}

// A command may print what it was given. Of what the scenario does not name, not all is a secret:
// to blot out "staging" wherever it stands would leave little to read.
static void take_unnamed(std::map<std::string, std::string> const& given, run_state& s)
{
    for (auto const& [name, value] : given) {
        auto const is_named =
            std::ranges::any_of(s.variables, [&](auto const& used) { return used.first == name; });
        if (is_named) continue;
        s.unnamed_variables.emplace(name, value);
        if (may_be_secret(name, value)) s.secrets.add_secret(value, name);
    }
}

static void shorten_phases(scenario::scenario& plan, std::string const& length)
{
    if (length.empty()) return;
    auto const duration = parse_duration(length);
    if (duration.has_error()) throw usage_error{"--for: " + duration.error().message};
    for (auto& phase : plan.phases) phase.duration = *duration;
}

// Which part of a run a metric comes from; findings and the like come from any.
static bool is_measured_by(parts const& what, std::string_view metric)
{
    static constexpr std::string_view of_traffic[] = {
        "latency.",
        "availability",
        "errors.",
        "throughput.",
        "schedule.",
        "tenants.worst",
        "tenants.fairness",
        "control.",
        "redis.",
        "postgres.",
        "mongo.",
        "phase.",
        "server.",
        "baseline.latency.",
        "baseline.phase.",
    };
    static constexpr std::string_view of_probes[] = {"probes.", "coverage."};
    static constexpr std::string_view of_drill[] = {"drill.", "findings.rollback"};
    auto const begins = [&](std::string_view prefix) { return metric.starts_with(prefix); };
    if (metric.starts_with("experiment.")) return what.experiments && !what.capacity;
    if (metric.starts_with("capacity.")) return what.capacity;
    if (std::ranges::any_of(of_traffic, begins)) return what.traffic;
    if (std::ranges::any_of(of_probes, begins)) return what.probes;
    if (std::ranges::any_of(of_drill, begins)) return what.drill;
    // Load alone proves nothing of the guarantees that only probes provoke.
    static constexpr std::string_view of_either[] = {
        "tenants.", "findings.confidentiality", "findings.total"};
    if (std::ranges::any_of(of_either, begins)) return what.traffic || what.probes;
    if (metric.starts_with("findings.")) return what.probes;
    return true;
}

// Of some probes alone only those guarantees can be asked that one of them examines.
static bool is_examined(run_state const& s, std::string_view metric)
{
    static constexpr std::string_view prefix = "findings.";
    evidence::guarantee kind{};
    if (s.options.only.empty()) return true;
    if (metric.starts_with("coverage.")) return false;
    if (!metric.starts_with(prefix)) return true;
    if (!evidence::parse(metric.substr(prefix.size()), kind)) return true;
    auto const is_it = [&](auto const& one) { return one.kind == kind; };
    // A probe may find what violates another guarantee than its own.
    return std::ranges::any_of(s.result.probes, is_it) ||
           std::ranges::any_of(s.result.findings, is_it);
}

// `probe`, `load` and `drill` answer for their own part: the other criteria are not asked.
static void keep_measured_criteria(run_state& s)
{
    auto const values = s.options.what.capacity ? verdict::derive_metrics(s.result)
                                                : std::map<std::string, double>{};
    std::erase_if(s.plan.criteria, [&](verdict::criterion const& c) {
        if (!c.require) return s.options.command != "run";
        auto const metrics = c.require->metrics_named();
        return !std::ranges::all_of(metrics, [&](std::string const& metric) {
            // A search drives one of the phases alone and reads no counters of the stores.
            auto const is_there = !s.options.what.capacity || values.contains(metric);
            return is_there && is_measured_by(s.options.what, metric) && is_examined(s, metric);
        });
    });
}

// Result, reports, verdict on the terminal.
static exit_code conclude(run_state& s)
{
    assemble(s);
    keep_measured_criteria(s);
    auto const today = rfc3339(wall::now()).substr(0, 10);
    auto const baseline = read_baseline(s.options.baseline);
    verdict::judge(s.result, s.plan.criteria, s.plan.waivers, s.plan.gate, baseline, today);
    auto const written = reports::write_all(s.result, s.options.out, s.options.formats);
    auto const looks = look_at_terminal(STDOUT_FILENO);
    fmt::print("{}", reports::terminal(s.result, {.colour = looks.colour, .width = looks.width}));
    if (written.has_error()) throw run_error{written.error().message};
    for (auto const& file : *written) fmt::print("{:<8} {}\n", file.format, file.path);
    return verdict::exit_code_of(s.result.outcome);
}

static asio::awaitable<void> clean_up_within(run_state& s, std::chrono::seconds budget)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer alarm{s.loop, budget};
    auto const first = co_await (clean_up(s) || alarm.async_wait(asio::use_awaitable));
    if (first.index() == 1) {
        s.display.note(fmt::format(
            "time is up with tenants left; `watertight cleanup {}` removes them", s.log->path()
        ));
    }
}

static void wait_for_enter(run_state& s)
{
    auto const where = s.options.lab ? "The lab and its tenants stay" : "The tenants stay";
    fmt::print("\n{} until you press Enter.\n", where);
    for (auto const& [name, value] : s.variables) {
        fmt::print("export {}={}\n", name, shell_quote(value));
    }
    std::fflush(stdout);
    char c = 0;
    while (::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') {
    }
}

static void finish_tenants(run_state& s, bool interrupted)
{
    if (s.made.tenants.empty()) {
        s.log->finish();
        return;
    }
    // Ctrl-C promises an end within five seconds; the journal keeps what takes longer.
    auto const budget = interrupted ? std::chrono::seconds{3} : std::chrono::seconds{600};
    run_interruptibly(s.loop, [&s, budget] { return clean_up_within(s, budget); });
}

static exit_code go(run_state& s)
{
    std::exception_ptr failed;
    bool whole = false;
    try {
        whole = run_interruptibly(s.loop, [&s] { return carry_out(s); });
    } catch (usage_error const&) {
        finish_tenants(s, true);
        throw;
    } catch (std::exception const& e) {
        s.result.errors.emplace_back(e.what());
        s.result.outcome = verdict::overall::not_run;
        failed = std::current_exception();
    }
    // Clean-up changes what became of them.
    count_tenants(s);
    if (!failed && !whole) s.result.outcome = verdict::overall::interrupted;
    auto const keeps = s.options.keep && whole;
    if (!keeps) finish_tenants(s, !whole);
    auto const code = conclude(s);
    if (keeps) {
        wait_for_enter(s);
        finish_tenants(s, false);
    }
    if (failed) std::rethrow_exception(failed);
    return code;
}

exit_code execute(run_options o)
{
    auto const person = make_display(o.quiet);
    telemetry::told_progress shown{*person};
    if (o.scenario.empty()) o.scenario = pack_scenario("mis");
    auto loading = load_options_of(o);
    o.lab = o.lab || !o.lab_faults.empty();
    auto const lab = o.lab ? start_lab(o, loading, shown) : nullptr;
    auto read = scenario::load(o.scenario, loading);
    shorten_phases(read.value, o.traffic_for);
    if (o.dry_run) reduce_to_one(read.value);
    for (auto const& warning : read.warnings) shown.note("warning: " + warning);

    check_person(o, read.value.drill);
    auto earlier = find_earlier(o, read.value);
    auto const seed = earlier ? earlier->past.head.seed : o.seed.value_or(fresh_seed());
    auto const run_id = earlier ? earlier->past.head.run_id : fresh_run_id(seed);
    evidence::canary_mint const mint{evidence::derive_key(seed, run_id)};
    run_state s{
        .options = std::move(o),
        .plan = std::move(read.value),
        .variables = std::move(read.variables_used),
        .display = shown,
        .mint = mint,
    };
    for (auto const& [name, value] : s.variables) s.secrets.add_secret(value, name);
    take_unnamed(loading.variables, s);
    s.made.run_id = run_id;
    s.result.seed = seed;
    s.earlier = std::move(earlier);
    describe_run(s);
    live_metrics const live{s, shown};
    if (s.options.rehearse) {
        std::map<std::string, std::string> const environment;
        drill::surroundings around{
            s.plan.target, s.made, s.plan.store_urls, environment, s.secrets, s.display};
        around.unconfirmed = unconfirmed_hosts(s);
        fmt::print("{}", drill::rehearse(s.plan.drill, around));
        return exit_code::passed;
    }
    if (s.earlier) {
        open_shop_again(s);
        return s.options.abort ? abort_drill(s) : go(s);
    }
    open_shop(s, new_journal(s));
    return s.options.dry_run ? dry_run(s) : go(s);
}

} // namespace watertight::cli
