#include "harness/drill/run.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/watch.hpp"

#include <fmt/format.h>

#include <string>

namespace watertight::drill {

// A runbook for people: what would be done, in order, with deadlines and budgets.
class runbook {
public:
    explicit runbook(evidence::redactor const& secrets) : secrets_{secrets} {}

    void title(std::string_view text) { out_ += fmt::format("{}\n", text); }
    void line(std::string_view text) { out_ += fmt::format("  {}\n", secrets_.redact(text)); }

    void section(std::string_view name, std::vector<step> const& steps)
    {
        if (steps.empty()) return;
        title(name);
        for (auto const& s : steps) add(s);
    }

    std::string text() && { return std::move(out_); }

private:
    void add(step const& s)
    {
        auto how = "within " + human(s.deadline);
        if (s.retries > 0) how += fmt::format(", {} more tries", s.retries);
        if (s.budget) how += ", budget " + human(*s.budget);
        if (s.idempotent && !std::holds_alternative<wait_step>(s.action)) how += ", idempotent";
        line(fmt::format("{:2}. {} ({})", ++number_, s.name, how));
        line("    " + describe(s));
    }

    evidence::redactor const& secrets_;
    std::size_t number_ = 0;
    std::string out_;
};

static void describe_before(runbook& book, plan const& p)
{
    book.title("Before");
    for (auto const& site : p.fingerprints) {
        auto const which = site.objects.empty() ? std::string{"all that it holds"}
                                                : fmt::format("{}", fmt::join(site.objects, ", "));
        book.line(fmt::format("Fingerprint of {}: {}.", site.store, which));
    }
    if (p.traffic.empty()) {
        book.line("No live traffic.");
        return;
    }
    book.line(fmt::format(
        "Traffic of {:g} requests/s until recovery; {} of it as the baseline.",
        p.rate_per_s,
        human(p.baseline_for)
    ));
    for (auto const& op : p.traffic) book.line("- " + op.channel());
}

static void describe_trigger(runbook& book, trigger const& when)
{
    book.title("Roll back when");
    if (when.error_rate) {
        book.line(fmt::format("more than {:g} % of the requests fail", *when.error_rate * 100));
    }
    if (when.p95_times_baseline) {
        book.line(fmt::format("p95 is above {:g} times the baseline's", *when.p95_times_baseline));
    }
    if (when.affected) {
        book.line(fmt::format("more than {:g} % of the users are affected", *when.affected * 100));
    }
    if (when.leak) book.line("an answer holds another tenant's data");
    for (auto const& i : when.invariants) {
        book.line(fmt::format("{} is not what it was (asked every {})", i.name, human(i.every)));
    }
    if (when.after) book.line(human(*when.after) + " have passed in the new version");
    if (!has_threshold(when) && !when.after && !when.manual) book.line("at once");
    if (when.manual) book.line("and a person has decided (Enter, --yes or --decide-by)");
    book.line("a forward step fails, or the drill is interrupted");
}

static void describe_validation(runbook& book, validation const& v)
{
    book.title("Validate the migrated data");
    book.line("Every row of before is there with what it held.");
    if (!v.dropped.empty()) {
        book.line(fmt::format("Gone on purpose: {}.", fmt::join(v.dropped, ", ")));
    }
    if (!v.owned.empty()) {
        book.line(fmt::format("Every row names a tenant: {}.", fmt::join(v.owned, ", ")));
    }
    if (!v.present.empty()) book.line(fmt::format("There is {}.", fmt::join(v.present, ", ")));
    if (v.interrupt) {
        book.line(fmt::format(
            "\"{}\" is killed after {} and run again.", v.interrupt->step, human(v.interrupt->after)
        ));
    }
    if (v.repeat) book.line("The forward steps run a second time and change nothing.");
}

static void describe_stages(runbook& book, plan const& p)
{
    for (auto const& stage : p.stages) {
        book.section("Stage " + stage.name, stage.steps);
        book.line("then watched for " + human(stage.dwell));
    }
}

// What the steps and the comparison reach besides the target.
static void describe_reach(runbook& book, plan const& p, surroundings const& s)
{
    book.title("Touches");
    if (!s.model.base.host.empty()) book.line("target: " + s.model.base.origin());
    for (auto const& store : stores_changed(p)) book.line("store: " + store);
    for (auto const* steps : {&p.forward, &p.inject, &p.rollback, &p.finally}) {
        for (auto const& one : *steps) {
            if (kind_of(one) == "command") book.line("program: " + describe(one));
        }
    }
    for (auto const& host : s.unconfirmed) {
        book.line("not on this machine, needs --confirm-host " + host);
    }
}

static void describe_after(runbook& book, plan const& p)
{
    book.title("Then");
    if (!p.traffic.empty()) {
        book.line(fmt::format("Recovered after {} good answers in a row.", p.recovered_after));
        book.line("Every acknowledged write is read back.");
    }
    if (p.version) {
        book.line(fmt::format("No answer is of version {} any more.", p.version->new_version));
    }
    if (p.rollback_twice) {
        book.line("The rollback is carried out once more, and must neither fail nor change a row.");
    }
    for (auto const& i : p.when.invariants) book.line(i.name + " is what it was.");
    if (!p.fingerprints.empty()) book.line("Every row of before is there, unchanged.");
    if (p.verify.catalogue) {
        book.line("Schemas, policies, privileges, indexes and accounts are those of before.");
    }
    if (!p.verify.probes.empty()) {
        book.line(fmt::format("These find nothing new: {}.", fmt::join(p.verify.probes, ", ")));
    }
}

static void describe_budgets(runbook& book, budgets const& limits)
{
    book.title("Budgets");
    auto const add = [&](std::string_view name, auto const& limit) {
        book.line(fmt::format("{:<13} {}", name, limit ? human(*limit) : "none"));
    };
    add("detection", limits.detection);
    add("decision", limits.decision);
    add("execution", limits.execution);
    if (limits.restore) add("restore", limits.restore);
    add("recovery", limits.recovery);
    add("verification", limits.verification);
}

std::string rehearse(plan const& p, surroundings const& s)
{
    if (p.empty()) return "The scenario has no rollback steps.\n";
    runbook book{s.secrets};
    describe_before(book, p);
    book.section("Forward", p.forward);
    if (p.validate) describe_validation(book, *p.validate);
    describe_stages(book, p);
    book.section("Inject the failure", p.inject);
    describe_trigger(book, p.when);
    book.section("Rollback", p.rollback);
    book.section("Finally, whatever happened", p.finally);
    describe_after(book, p);
    describe_budgets(book, p.limits);
    describe_reach(book, p, s);
    return std::move(book).text();
}

} // namespace watertight::drill
