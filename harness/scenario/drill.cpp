#include "harness/base/text.hpp"
#include "harness/drill/watch.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace watertight::scenario {

namespace {

drill::invariant compile_invariant(compiler& c, node const& from)
{
    drill::invariant out;
    out.name = text_of(from, "name");
    out.every = duration_of(from, "every").value_or(out.every);
    if (from.find("sql") != nullptr) {
        out.ask = compile_sql(c, from);
    } else {
        out.ask = compile_call(c, from, "drill." + out.name);
    }
    return out;
}

void compile_trigger(compiler& c, node const& from)
{
    auto const* const trigger = from.find("trigger");
    if (trigger == nullptr) return;
    auto& out = c.out.drill.when;
    if (auto const* const rate = trigger->find("error_rate")) out.error_rate = share_of(c, *rate);
    if (trigger->find("p95_times_baseline") != nullptr) {
        out.p95_times_baseline = number_of(*trigger, "p95_times_baseline", 2);
    }
    out.after = duration_of(*trigger, "after");
    if (auto const* const share = trigger->find("affected")) out.affected = share_of(c, *share);
    out.leak = flag_of(*trigger, "leak");
    out.manual = flag_of(*trigger, "manual");
    auto const* const invariants = trigger->find("invariants");
    if (invariants == nullptr) return;
    name_register names{c, "invariant"};
    for (auto const& item : invariants->items) {
        if (item.is_bad) continue;
        names.enter(item, text_of(item, "name"));
        out.invariants.push_back(compile_invariant(c, item));
    }
}

void compile_stages(compiler& c, node const& from)
{
    auto const* const stages = from.find("stages");
    if (stages == nullptr) return;
    name_register names{c, "stage"};
    for (auto const& item : stages->items) {
        if (item.is_bad) continue;
        drill::stage out;
        out.name = text_of(item, "name");
        names.enter(item, out.name);
        out.steps = compile_steps(c, item, "steps");
        out.dwell = duration_of(item, "dwell").value_or(out.dwell);
        c.out.drill.stages.push_back(std::move(out));
    }
}

/// Steps that wait for a version that nothing tells would wait in vain.
bool waits_for_version(std::vector<drill::step> const& steps)
{
    return std::ranges::any_of(steps, [](drill::step const& s) {
        auto const* const wait = std::get_if<drill::wait_step>(&s.action);
        return wait && std::holds_alternative<drill::version_question>(wait->ask);
    });
}

void compile_version(compiler& c, node const& from)
{
    auto& out = c.out.drill;
    if (auto const* const version = from.find("version")) {
        out.version = drill::version_echo{
            text_of(*version, "header"),
            text_of(*version, "pointer"),
            text_of(*version, "old"),
            text_of(*version, "new")};
        if (out.version->old_version == out.version->new_version) {
            c.fault(*version, "drill.version: old and new are the same");
        }
    }
    auto const waits = waits_for_version(out.forward) || waits_for_version(out.rollback) ||
                       waits_for_version(out.finally) ||
                       std::ranges::any_of(out.stages, [](drill::stage const& s) {
                           return waits_for_version(s.steps);
                       });
    if (waits && (!out.version || out.traffic.empty())) {
        c.fault(
            from,
            "drill: a step waits for a version, but there is no `version` that says how an answer "
            "tells it, or no traffic that is answered"
        );
    }
}

void compile_budgets(node const& from, drill::budgets& out)
{
    // What all of the systems that this was made for grant themselves.
    out.decision = std::chrono::minutes{15};
    out.execution = std::chrono::minutes{30};
    out.verification = std::chrono::hours{1};
    auto const* const budgets = from.find("budgets");
    if (budgets == nullptr) return;
    auto const read = [&](std::string_view key, auto& into) {
        if (auto const given = duration_of(*budgets, key)) into = given;
    };
    read("detection", out.detection);
    read("decision", out.decision);
    read("execution", out.execution);
    read("restore", out.restore);
    read("recovery", out.recovery);
    read("verification", out.verification);
}

void compile_drill_traffic(compiler& c, node const& from)
{
    auto const* const traffic = from.find("traffic");
    if (traffic == nullptr) return;
    auto& out = c.out.drill;
    out.rate_per_s = rate_of(*traffic, "rate").value_or(out.rate_per_s);
    auto const* const requests = traffic->find("requests");
    if (requests == nullptr) return;
    for (auto const& m : requests->members) {
        if (!m.value.is_bad) out.traffic.push_back(compile_call(c, m.value, "drill." + m.key).call);
    }
}

/// All that stands in a part of the scenario, and in the files that it names.
void collect_texts(compiler& c, node const& from, std::string& out)
{
    out += fmt::format("{}:{}\n", from.pointer, from.text);
    auto const names_file =
        from.is_scalar() && !from.is_unset && from.text.find('/') != from.text.npos;
    if (names_file) {
        auto const file = c.resolve(from.text);
        std::error_code error;
        if (std::filesystem::is_regular_file(file, error)) {
            auto const content = read_file(file);
            if (content.has_value()) out += *content;
        }
    }
    for (auto const& m : from.members) collect_texts(c, m.value, out);
    for (auto const& item : from.items) collect_texts(c, item, out);
}

void compile_site(compiler& c, node const& from)
{
    auto const* const store = from.find("store");
    drill::fingerprint_site site{text_of(from, "store", "postgres")};
    site.objects = texts_of(from, "tables");
    site.tenant = text_of(from, "tenant");
    c.stores.push_back({site.store, store == nullptr ? &from : store});
    c.out.drill.fingerprints.push_back(std::move(site));
}

/// One store or a list of them.
void compile_fingerprint(compiler& c, node const& from)
{
    auto const* const fingerprint = from.find("fingerprint");
    if (fingerprint == nullptr) return;
    if (fingerprint->items.empty()) return compile_site(c, *fingerprint);
    for (auto const& item : fingerprint->items) {
        if (!item.is_bad) compile_site(c, item);
    }
}

void compile_verify(node const& from, drill::verification& out)
{
    auto const* const verify = from.find("verify");
    if (verify == nullptr) return;
    out.catalogue = flag_of(*verify, "catalogue", true);
    out.exclude = texts_of(*verify, "exclude");
    out.probes = texts_of(*verify, "probes");
}

/// Names a step of `from`, or is told with its place.
void check_step_name(compiler& c, node const& at, std::vector<drill::step> const& steps)
{
    std::vector<std::string> names;
    for (auto const& s : steps) names.push_back(s.name);
    check_name(c, at, at.text, names, "forward step");
}

void compile_interruption(compiler& c, node const& from, drill::validation& out)
{
    auto const* const interrupt = from.find("interrupt");
    if (interrupt == nullptr) return;
    drill::interruption what;
    what.after = duration_of(*interrupt, "after").value_or(std::chrono::milliseconds{100});
    if (auto const* const step = interrupt->find("step")) {
        what.step = step->text;
        check_step_name(c, *step, c.out.drill.forward);
        for (auto const& s : c.out.drill.forward) {
            if (s.name != what.step || std::holds_alternative<drill::command_step>(s.action))
                continue;
            c.fault(*step, fmt::format("{} runs no command that could be killed", what.step));
        }
    }
    out.interrupt = std::move(what);
}

void compile_validate(compiler& c, node const& from)
{
    auto const* const validate = from.find("validate");
    if (validate == nullptr) return;
    drill::validation out;
    out.owned = texts_of(*validate, "owned");
    out.default_tenant = text_of(*validate, "default_tenant");
    out.present = texts_of(*validate, "present");
    out.dropped = texts_of(*validate, "dropped");
    out.repeat = flag_of(*validate, "repeat");
    if (auto const* const renamed = validate->find("renamed")) {
        for (auto const& m : renamed->members) out.renamed.emplace(m.key, m.value.text);
    }
    compile_interruption(c, *validate, out);
    if (c.out.drill.fingerprints.empty()) {
        c.fault(*validate, "drill.validate needs drill.fingerprint, which says what is looked at");
    }
    c.out.drill.validate = std::move(out);
}

/// The names below all keys of this kind: of backups that are made, or brought back.
void collect_names(node const& from, std::string_view key, std::vector<node const*>& out)
{
    for (auto const& m : from.members) {
        auto const* const name = m.key == key ? m.value.find("name") : nullptr;
        if (name != nullptr) out.push_back(name);
        collect_names(m.value, key, out);
    }
    for (auto const& item : from.items) collect_names(item, key, out);
}

/// A restore names a backup that is made; two backups have two names.
void check_backups(compiler& c, node const& from)
{
    std::vector<node const*> backups;
    std::vector<node const*> restores;
    collect_names(from, "backup", backups);
    collect_names(from, "restore", restores);
    std::vector<std::string> made;
    for (auto const* const name : backups) {
        if (std::ranges::find(made, name->text) != made.end()) {
            c.fault(*name, fmt::format("{}: another backup is called so", dotted(name->pointer)));
        }
        made.push_back(name->text);
    }
    for (auto const* const name : restores) check_name(c, *name, name->text, made, "backup");
}

void compile_extrapolate(compiler& c, node const& from)
{
    auto const* const at = from.find("extrapolate");
    if (at == nullptr) return;
    drill::extrapolation out;
    if (auto const* const sizes = at->find("sizes")) {
        for (auto const& item : sizes->items) {
            std::uint64_t size = 0;
            std::from_chars(item.text.data(), item.text.data() + item.text.size(), size);
            auto const grows = out.sizes.empty() || size > out.sizes.back();
            if (!grows) c.fault(item, "drill.extrapolate.sizes must grow");
            out.sizes.push_back(size);
        }
    }
    out.to = count_of(*at, "to", 0);
    out.prepare = compile_steps(c, *at, "prepare");
    c.out.drill.extrapolate = std::move(out);
}

} // namespace

void compile_drill(compiler& c, node const& from)
{
    auto& out = c.out.drill;
    out.place = c.place(from);
    std::string everything;
    collect_texts(c, from, everything);
    out.digest = sha256_hex(everything);
    out.forward = compile_steps(c, from, "forward");
    out.inject = compile_steps(c, from, "inject");
    out.rollback = compile_steps(c, from, "rollback");
    out.finally = compile_steps(c, from, "finally");
    out.rollback_twice = flag_of(from, "rollback_twice");
    compile_stages(c, from);
    check_backups(c, from);
    compile_trigger(c, from);
    compile_budgets(from, out.limits);
    compile_drill_traffic(c, from);
    compile_fingerprint(c, from);
    compile_version(c, from);
    // Without a failure to notice there is nothing to time; a trip by schedule is none.
    if (!out.limits.detection && !out.inject.empty())
        out.limits.detection = std::chrono::minutes{5};
    compile_verify(from, out.verify);
    compile_validate(c, from);
    compile_extrapolate(c, from);
    out.baseline_for = duration_of(from, "baseline").value_or(out.baseline_for);
    out.recovered_after = count_of(from, "recovered_after", out.recovered_after);
    auto const& when = out.when;
    if (out.rollback.empty() && !out.validate) {
        c.fault(from, "drill has neither rollback steps nor anything to validate");
    }
    if (!out.forward.empty() && !out.rollback.empty() && !drill::has_threshold(when) &&
        !when.after && from.find("trigger") == nullptr)
    {
        c.fault(
            from,
            "drill lacks a trigger (error_rate, p95_times_baseline, affected, leak, invariants, "
            "manual "
            "or after): nothing would start the rollback"
        );
    }
}

} // namespace watertight::scenario
