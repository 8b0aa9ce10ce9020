#include "harness/drill/report.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/steps.hpp"
#include "harness/drill/stores.hpp"
#include "harness/evidence/reproduction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace watertight::drill {

static constexpr std::size_t exchange_shown_max = 4000;
static constexpr std::size_t tenants_named_max = 10;

static std::string in_words(double duration_s)
{
    auto const d = std::chrono::duration<double>(duration_s);
    return human(std::chrono::duration_cast<std::chrono::nanoseconds>(d));
}

evidence::finding make_finding(std::string probe, evidence::severity level, std::string channel)
{
    evidence::finding out;
    out.probe = std::move(probe);
    out.kind = evidence::guarantee::rollback;
    out.level = level;
    out.channel = std::move(channel);
    out.first = wall::now();
    out.last = out.first;
    return out;
}

static evidence::finding over_budget(verdict::drill_phase const& phase)
{
    auto f = make_finding("drill.budget", evidence::severity::high, "drill " + phase.name);
    f.title = "Rollback drill: " + phase.name + " exceeded its budget";
    f.detail = fmt::format(
        "{} took {}; its budget is {}.",
        phase.name,
        in_words(phase.duration_s),
        in_words(*phase.budget_s)
    );
    if (!phase.note.empty()) f.detail += " " + phase.note + ".";
    f.remedy = "Find the slowest step in the drill's timeline; make it faster, prepare it ahead of "
               "the cutover, or agree on a larger budget.";
    return f;
}

static step const* find_step(plan const& p, std::string const& name)
{
    std::vector<std::vector<step> const*> all{&p.forward, &p.inject, &p.rollback, &p.finally};
    for (auto const& stage : p.stages) all.push_back(&stage.steps);
    for (auto const* steps : all) {
        auto const it = std::ranges::find(*steps, name, &step::name);
        if (it != steps->end()) return &*it;
    }
    return nullptr;
}

static evidence::finding
failed_step(plan const& p, surroundings const& s, verdict::drill_step const& failed)
{
    auto const is_way_back =
        failed.phase == "execution" || failed.phase == "again" || failed.phase == "finally";
    auto const level = is_way_back ? evidence::severity::critical : evidence::severity::high;
    auto f =
        make_finding("drill.step", level, fmt::format("drill {}: {}", failed.phase, failed.name));
    f.title = fmt::format("Rollback drill: step \"{}\" failed", failed.name);
    auto const* const what = find_step(p, failed.name);
    f.detail = fmt::format(
        "The {} step failed after {}: {}", failed.phase, in_words(failed.duration_s), failed.output
    );
    if (what != nullptr)
        f.exchanges.push_back({failed.name, s.secrets.redact(describe(*what)), failed.output});
    f.remedy = "Mend the step in the runbook and rehearse again: in an emergency nobody will.";
    return f;
}

// The command that shows what stands in the table, collection or family of keys now.
static std::string
look_at(surroundings const& s, std::string const& store, std::string const& object)
{
    auto variable = store;
    std::ranges::transform(variable, variable.begin(), [](unsigned char c) {
        return static_cast<char>(std::isalnum(c) ? std::toupper(c) : '_');
    });
    variable += "_URL";
    auto const url = s.store_urls.find(store);
    auto const kind = url == s.store_urls.end() ? store_kind::postgres : kind_of_url(url->second);
    if (kind == store_kind::postgres) {
        return evidence::psql_command(variable, "select * from " + object);
    }
    if (kind == store_kind::files) {
        auto const folder = folder_of_url(url->second) + "/" + object.substr(0, object.find('*'));
        return "ls -lR " + shell_quote(folder);
    }
    if (kind == store_kind::redis) {
        auto const pattern = object.substr(0, object.find(' '));
        return fmt::format(
            "redis-cli -u \"${}\" --scan --pattern {}", variable, shell_quote(pattern)
        );
    }
    auto const dot = object.find('.');
    auto const script = fmt::format(
        "db.getSiblingDB(\"{}\").getCollection(\"{}\").find()",
        object.substr(0, dot),
        object.substr(dot + 1)
    );
    return evidence::mongo_command(variable, script);
}

static evidence::finding
changed_table(surroundings const& s, verdict::drill_fingerprint const& print)
{
    auto f = make_finding(
        "drill.fingerprint",
        evidence::severity::critical,
        fmt::format("{} {}", print.store, print.object)
    );
    f.title = "The rollback did not bring back what was there: " + print.object;
    f.cwe = "CWE-459";
    f.detail = fmt::format(
        "{} rows before the drill, {} after it: {}.",
        print.rows_before,
        print.rows_after,
        print.note
    );
    f.reproduction = look_at(s, print.store, print.object);
    f.remedy = "Make each rollback step the exact inverse of its forward step, or restore from a "
               "backup that is taken right before the cutover.";
    return f;
}

static std::string cut(std::string text)
{
    if (text.size() > exchange_shown_max) text.resize(exchange_shown_max);
    return text;
}

static evidence::finding lost(surroundings const& s, lost_write const& l)
{
    auto const& o = *l.object;
    auto f =
        make_finding("drill.lost_write", evidence::severity::critical, o.made_by->op->channel());
    f.title = "An acknowledged write did not survive the rollback";
    f.victim = o.owner->slug();
    f.detail = fmt::format(
        "{} was acknowledged during the drill; after the rollback, {} shows that the object {}.",
        o.made_by->op->channel(),
        o.made_by->twin->channel(),
        l.how
    );
    f.token = o.what.canary;
    f.exchanges.push_back(
        {o.made_by->twin->channel() + " after the rollback", cut(l.request), cut(l.response)}
    );
    if (!l.request.empty()) {
        auto const request = evidence::from_wire(s.model.base.origin(), l.request);
        f.reproduction = evidence::curl_command(request);
    }
    f.remedy =
        "Carry the rows that were written in the new version over in the rollback, or refuse "
        "writes while the system is switched over.";
    return f;
}

static evidence::finding simple(std::string probe, std::string const& phase, std::string title)
{
    auto f = make_finding(std::move(probe), evidence::severity::high, "drill " + phase);
    f.title = std::move(title);
    return f;
}

static evidence::finding slow_step(verdict::drill_step const& s)
{
    auto f = make_finding(
        "drill.budget", evidence::severity::high, fmt::format("drill {}: {}", s.phase, s.name)
    );
    f.title = fmt::format("Rollback drill: step \"{}\" exceeded its budget", s.name);
    f.detail = fmt::format(
        "The {} step took {}; its budget is {}.",
        s.phase,
        in_words(s.duration_s),
        in_words(*s.budget_s)
    );
    f.remedy = "Leave out of the rollback what was for the way forward (an analysis, a rebuild), "
               "or prepare it ahead of the cutover.";
    return f;
}

static evidence::finding broken(broken_invariant const& b)
{
    auto f = make_finding(
        "drill.invariant", evidence::severity::critical, "drill verification: " + b.name
    );
    f.title = "After the rollback, " + b.name + " is not what it was";
    f.cwe = "CWE-459";
    f.detail = fmt::format("Before the drill: \"{}\". After it: \"{}\".", b.before, b.now);
    f.remedy = "Restore what the new version spoilt, not only what the migration changed.";
    return f;
}

static evidence::finding changed_again(verdict::drill_fingerprint const& print)
{
    auto f =
        make_finding("drill.idempotence", evidence::severity::high, "drill again: " + print.object);
    f.title = "Carrying the rollback out a second time changed " + print.object;
    f.detail = fmt::format(
        "{} rows after the first rollback, {} after the second: {}.",
        print.rows_before,
        print.rows_after,
        print.note
    );
    f.remedy = "Make each rollback step look whether it is done already: whoever is not sure that "
               "the first rollback worked will run it again.";
    return f;
}

static std::string named_tenants(verdict::drill_outcome const& out)
{
    std::vector<std::string> names;
    for (auto const& t : out.tenants) {
        if (t.new_after_rollback == 0) continue;
        if (names.size() == tenants_named_max) {
            names.emplace_back("and others");
            break;
        }
        names.push_back(t.slug);
    }
    return names.empty() ? std::string{} : " Tenants: " + join(names, ", ") + ".";
}

static evidence::finding still_new(verdict::drill_outcome const& out)
{
    auto f = make_finding("drill.version", evidence::severity::high, "drill execution");
    f.title = "After the rollback the new version still answers";
    f.detail = fmt::format(
        "{} to requests sent after the last rollback step came from the new version.{}",
        plural(*out.new_after_rollback, "answer"),
        named_tenants(out)
    );
    f.remedy = "Let the rollback end with `wait: {version: old}`, and look for what it leaves "
               "behind: workers, caches, a load balancer's old list, a flag set for some tenants.";
    return f;
}

static void add_steps(
    plan const& p,
    surroundings const& s,
    verdict::drill_outcome const& out,
    std::vector<evidence::finding>& all
)
{
    for (auto const& done : out.steps) {
        // That is no fault of the step's.
        if (!done.ok && done.output != interrupted_output) all.push_back(failed_step(p, s, done));
        if (done.budget_s && done.duration_s > *done.budget_s) all.push_back(slow_step(done));
    }
}

static void add_unmet(lessons const& l, std::vector<evidence::finding>& out)
{
    if (!l.undetected.empty()) {
        auto f = simple("drill.detection", "detection", "An injected failure went unnoticed");
        f.detail = l.undetected;
        f.remedy = "Lower the trigger's thresholds, or watch what the failure does change.";
        out.push_back(std::move(f));
    }
    if (!l.not_recovered.empty()) {
        auto f =
            simple("drill.recovery", "recovery", "The service did not recover after the rollback");
        f.level = evidence::severity::critical;
        f.detail = l.not_recovered;
        f.remedy = "Check what the rollback leaves behind: caches, connections, old processes.";
        out.push_back(std::move(f));
    }
}

evidence::finding unverified(std::string const& store, std::string why)
{
    auto f = simple("drill.fingerprint", {}, "The store cannot be verified after the rollback");
    f.channel = store;
    f.detail = std::move(why);
    f.remedy = "Bring the store back, and compare its data with the last backup.";
    return f;
}

evidence::finding
unowned(std::string const& store, std::string const& table, ownership const& whose)
{
    auto f = make_finding("drill.ownership", evidence::severity::critical, store + " " + table);
    f.title = "The migration left rows without a tenant: " + table;
    f.cwe = "CWE-284";
    f.detail = fmt::format(
        "The forward steps succeeded and {} has a {} now, yet it names nobody in {} of {} rows.",
        table,
        whose.tenant_by,
        whose.without_tenant,
        whose.rows
    );
    f.remedy = "Check the number of rows that the backfill changed: under FORCE ROW LEVEL SECURITY "
               "an UPDATE by the owner changes none and succeeds. Then forbid NULL.";
    return f;
}

std::vector<evidence::finding> findings_of(
    plan const& p, surroundings const& s, verdict::drill_outcome const& out, lessons const& l
)
{
    std::vector<evidence::finding> all;
    for (auto const& phase : out.phases) {
        auto const said_otherwise = (phase.name == "detection" && !l.undetected.empty()) ||
                                    (phase.name == "recovery" && !l.not_recovered.empty());
        if (!phase.within_budget && !said_otherwise) all.push_back(over_budget(phase));
    }
    add_steps(p, s, out, all);
    for (auto const& b : l.broken) all.push_back(broken(b));
    for (auto const& print : l.changed_again) all.push_back(changed_again(print));
    if (out.new_after_rollback.value_or(0) > 0) all.push_back(still_new(out));
    for (auto const& print : out.fingerprints) {
        if (!print.equal) all.push_back(changed_table(s, print));
    }
    for (auto const& write : l.lost) all.push_back(lost(s, write));
    add_unmet(l, all);
    return all;
}

} // namespace watertight::drill
