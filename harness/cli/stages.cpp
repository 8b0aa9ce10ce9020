#include "harness/cli/stages.hpp"

#include "harness/base/fatal.hpp"
#include "harness/base/text.hpp"
#include "harness/cli/load.hpp"
#include "harness/probe/runner.hpp"
#include "probes/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace watertight::cli {

static constexpr std::size_t control_connections_max = 32;

evidence::sharing_rule
sharing_rules(std::vector<target::sharing> rules, target::population const& made)
{
    if (rules.empty()) return {};
    return [rules = std::move(rules),
            &made](evidence::context const& where, evidence::sighting const& seen) {
        return std::ranges::any_of(rules, [&](target::sharing const& rule) {
            if (!rule.role.empty() && rule.role != where.role) return false;
            auto const is_resource = rule.resource.empty() || seen.resource == rule.resource ||
                                     where.resource == rule.resource;
            if (!is_resource) return false;
            if (rule.pairs.empty()) return true;
            auto const pair = std::pair{made.at(seen.who.tenant).slug, made.at(where.tenant).slug};
            return std::ranges::count(rule.pairs, pair) != 0;
        });
    };
}

tenants::journal new_journal(run_state const& s)
{
    std::error_code error;
    std::filesystem::create_directories(s.options.out, error);
    if (error) throw run_error{s.options.out + " can't be made: " + error.message()};
    return tenants::journal::create(
        fmt::format("{}/{}.journal", s.options.out, s.made.run_id),
        s.made.run_id,
        s.plan.file,
        s.plan.target.base.origin()
    );
}

void open_shop(run_state& s, tenants::journal log)
{
    auto const& m = s.plan.target;
    s.client = std::make_unique<net::http_client>(
        s.loop.get_executor(), m.base, m.connection, control_connections_max
    );
    s.eye = std::make_unique<evidence::observer>(
        s.mint, s.identifiers, sharing_rules(m.shared, s.made)
    );
    s.log = std::move(log);
    s.shop = std::make_unique<tenants::workshop>(tenants::workshop{
        .model = m,
        .how = s.plan.tenants,
        .client = *s.client,
        .store_urls = s.plan.store_urls,
        .mint = s.mint,
        .secrets = s.secrets,
        .log = *s.log,
        .display = s.display,
        .seed = s.result.seed,
        .made = s.made,
        .history = s.history,
        .identifiers = s.identifiers,
    });
}

// Times a stage and enters it into the result even if it is left by an exception.
class stage {
public:
    stage(run_state& s, std::string kind) : state_{s}, begun_{steady::now()}
    {
        outcome_.name = kind;
        outcome_.kind = std::move(kind);
        outcome_.started_s = seconds(begun_ - s.began);
    }
    stage(stage const&) = delete;
    stage& operator=(stage const&) = delete;
    ~stage()
    {
        outcome_.duration_s = seconds(steady::now() - begun_);
        state_.result.phases.push_back(std::move(outcome_));
    }

    void note(std::string text) { outcome_.note = std::move(text); }

private:
    run_state& state_;
    steady::time_point begun_;
    verdict::phase_outcome outcome_;
};

static std::string describe(tenants::provisioning_failure const& f)
{
    return fmt::format("{}: {}\n{}\n{}", f.tenant, f.what, f.request, f.response);
}

// Where the scenario goes on without what failed, that is a remark; its criteria decide.
static void note_failures(run_state& s, std::vector<tenants::provisioning_failure> const& failures)
{
    auto const stops = s.plan.tenants.failure_policy == tenants::on_failure::stop;
    auto& into = stops ? s.result.errors : s.result.notes;
    for (auto const& f : failures) into.push_back(describe(f));
}

// What fails when many are made at a time may succeed alone: without two tenants nothing at all
// could be seen. Those that failed count as failed all the same.
static asio::awaitable<void> make_up(run_state& s)
{
    auto const missing = static_cast<std::size_t>(
        std::ranges::count(s.made.tenants, target::tenant_state::failed, &target::tenant::state)
    );
    if (missing == 0) co_return;
    for (std::size_t i = 0; i < missing; ++i) {
        auto const made = co_await tenants::provision_extra(*s.shop);
        if (made.has_error()) {
            s.display.note("nor can another be made, alone: " + made.error().message);
            co_return;
        }
    }
    s.display.note(plural(missing, "further tenant") + " made in their place, one at a time");
}

static asio::awaitable<void> make_tenants(run_state& s)
{
    stage now{s, "provision"};
    auto const failures = co_await tenants::provision(*s.shop);
    if (failures.empty()) co_return;
    note_failures(s, failures);
    for (auto const& f : failures) s.tenants_failed.insert(f.tenant);
    auto const first = describe(failures.front());
    now.note(plural(failures.size(), "failure"));
    if (s.plan.tenants.failure_policy == tenants::on_failure::stop) {
        throw run_error{"provisioning failed: " + first};
    }
    s.display.note("provisioning goes on without " + first);
    co_await make_up(s);
}

static asio::awaitable<void> make_objects(run_state& s)
{
    stage now{s, "populate"};
    auto const failures = co_await tenants::populate(*s.shop);
    if (failures.empty()) co_return;
    note_failures(s, failures);
    now.note(plural(failures.size(), "failure"));
    if (s.plan.tenants.failure_policy == tenants::on_failure::stop) {
        throw run_error{"an object could not be made: " + describe(failures.front())};
    }
    s.display.note("population goes on without " + describe(failures.front()));
}

static asio::awaitable<void> compare_arms(run_state& s)
{
    stage const now{s, "experiments"};
    co_await run_experiments(s);
}

static std::vector<std::string>
or_else(std::vector<std::string> const& a, std::vector<std::string> const& b)
{
    return a.empty() ? b : a;
}

static void expect_coverage(target::model const& m, probe::coverage& covered)
{
    auto const expect = [&](std::optional<target::operation> const& op) {
        if (op && m.find_credential(op->as) == nullptr) covered.expect("endpoint", op->channel());
    };
    for (auto const& r : m.resources) {
        for (auto const* op : {&r.create, &r.read, &r.list, &r.update, &r.remove}) expect(*op);
        for (auto const& op : r.others) expect(op);
    }
    for (auto const& op : m.operations) expect(op);
    for (auto const& stream : m.streams) expect(stream.open);
}

static void note_pairs(run_state& s, std::size_t examined)
{
    auto const n = s.plan.tenants.count;
    auto const all = n * (n - 1);
    s.pairs_examined = examined;
    if (all == 0) return;
    s.result.metrics["coverage.pairs_pct"] =
        100.0 * static_cast<double>(examined) / static_cast<double>(all);
    if (examined >= all || examined == 0) return;
    s.result.notes.push_back(fmt::format(
        "{} of {} ordered tenant pairs were examined, each tenant as victim and as intruder; with "
        "no finding among them, at most {:.2g} % of all pairs leak, at 95 % confidence (rule of "
        "three)",
        examined,
        all,
        300.0 / static_cast<double>(examined)
    ));
}

static probe::context::parts probe_parts(run_state& s)
{
    return {
        .shop = *s.shop,
        .promised = &s.plan.promised,
        .eye = *s.eye,
        .postgres = s.plan.target.postgres,
        .redis = s.plan.target.redis,
        .mongo = s.plan.target.mongo,
        .files_root = s.plan.files_root,
        .variables = s.variables,
        .pairs_max = s.plan.probes.pairs_max,
        .concurrency = s.plan.probes.concurrency,
        .rate_per_s = s.plan.probes.rate_per_s,
    };
}

// @throws usage_error: none is chosen, or a pattern of the command line chooses none.
static std::vector<probe::unit> chosen_probes(run_state const& s)
{
    static auto const all = probes::catalogue();
    auto exclude = s.plan.probes.exclude;
    exclude.insert(exclude.end(), s.options.skip.begin(), s.options.skip.end());
    for (auto const& pattern : s.options.only) {
        if (!probe::select(all, {pattern}, {}).empty()) continue;
        std::vector<std::string> ids;
        for (auto const& u : all) ids.emplace_back(u.what->id);
        auto const near = nearest(pattern, ids);
        throw usage_error{fmt::format(
            "--only {}: there is no such probe; {}`watertight probes` lists them",
            pattern,
            near ? "did you mean " + *near + "? " : ""
        )};
    }
    auto out = probe::select(all, or_else(s.options.only, s.plan.probes.include), exclude);
    if (out.empty()) throw usage_error{"no probe is chosen; `watertight probes` lists them"};
    return out;
}

static asio::awaitable<void> run_probes(run_state& s)
{
    stage const now{s, "probes"};
    probe::context ctx{s.loop.get_executor(), probe_parts(s)};
    expect_coverage(s.plan.target, ctx.covered());
    auto const units = chosen_probes(s);
    auto& r = s.result;
    std::exception_ptr stopped;
    std::function<void(verdict::probe_outcome const&)> tell = [&s](auto const& outcome) {
        if (!s.live) return;
        s.live->concluded(outcome);
        for (auto const& f : s.findings.sorted()) s.live->found(f);
    };
    try {
        co_await probe::run_all(ctx, units, r, s.findings, tell);
    } catch (...) {
        stopped = std::current_exception();
    }
    s.covered = ctx.covered();
    note_pairs(s, ctx.pairs().size());
    if (ctx.throttled() > 0) {
        r.notes.push_back(fmt::format(
            "the target throttled {} of the probes' {} requests; they were repeated more slowly, "
            "at {:.3g}/s at worst, and {} of them stayed throttled",
            ctx.throttled(),
            ctx.requests_sent(),
            ctx.slowest_per_s(),
            ctx.given_up()
        ));
    }
    if (stopped) std::rethrow_exception(stopped);
    co_await suspect(s, or_else(s.options.only, s.plan.probes.include));
}

drill::surroundings
steps_of(run_state const& s, std::map<std::string, std::string> const& environment)
{
    return {
        .model = s.plan.target,
        .tenants = s.made,
        .store_urls = s.plan.store_urls,
        .environment = environment,
        .secrets = s.secrets,
        .display = s.display,
        .run_start = s.began,
        .seed = s.result.seed,
    };
}

asio::awaitable<drill::probe_run> probe_again(run_state& s, std::vector<std::string> patterns)
{
    probe::context ctx{s.loop.get_executor(), probe_parts(s)};
    auto const all = probes::catalogue();
    auto units = probe::select(all, patterns, s.plan.probes.exclude);
    verdict::run_result r;
    evidence::finding_book book;
    co_await probe::run_all(ctx, units, r, book);
    drill::probe_run out;
    out.findings = book.sorted();
    for (auto const& p : r.probes) {
        if (p.status != verdict::probe_status::inconclusive) continue;
        out.undecided.push_back(p.id + ": " + p.reason);
    }
    co_return out;
}

// A drill whose requests are all sent as the operator needs no tenants.
static bool drill_needs_tenants(run_state const& s)
{
    if (!s.options.what.drill || s.plan.drill.empty()) return false;
    if (!s.plan.drill.verify.probes.empty()) return true;
    return std::ranges::any_of(s.plan.drill.traffic, [](target::operation const& op) {
        return op.as.empty();
    });
}

static asio::awaitable<void> drill_stage(run_state& s)
{
    stage const now{s, "drill"};
    co_await rehearse_rollback(s);
}

asio::awaitable<void> carry_out(run_state& s)
{
    // Before anything is made.
    if (s.options.what.probes) chosen_probes(s);
    if (s.options.what.capacity) check_capacity(s);
    co_await preflight(s);
    if (s.earlier) {
        co_await drill_stage(s);
        co_return;
    }
    auto const needs_tenants =
        s.options.what.traffic || s.options.what.probes || drill_needs_tenants(s);
    if (needs_tenants) {
        co_await make_tenants(s);
        co_await make_objects(s);
    }
    if (s.options.what.capacity) {
        co_await find_capacity(s);
        co_return;
    }
    if (s.options.what.traffic && !s.plan.phases.empty()) co_await drive_traffic(s);
    if (s.options.what.experiments && !s.plan.experiments.empty()) co_await compare_arms(s);
    if (s.options.what.probes) co_await run_probes(s);
    if (s.options.what.drill && !s.plan.drill.empty()) co_await drill_stage(s);
}

asio::awaitable<void> clean_up(run_state& s)
{
    stage now{s, "cleanup"};
    auto const left = co_await tenants::remove_all(*s.shop);
    if (left.empty()) {
        s.log->finish();
        co_return;
    }
    now.note(plural(left.size(), "thing") + " could not be removed");
    for (auto const& f : left) s.result.errors.push_back(describe(f));
    s.display.note(fmt::format(
        "{} could not be removed; `watertight cleanup {}` tries again",
        plural(left.size(), "thing"),
        s.log->path()
    ));
}

} // namespace watertight::cli
