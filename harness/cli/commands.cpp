#include "harness/cli/commands.hpp"

#include "harness/base/text.hpp"
#include "harness/cli/files.hpp"
#include "harness/cli/init.hpp"
#include "harness/cli/lab_process.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/scenario/scenario.hpp"
#include "probes/catalogue.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace watertight::cli {

static exit_code print_metrics()
{
    for (auto const& m : verdict::metric_catalogue()) fmt::print("{:<34} {}\n", m.name, m.meaning);
    return exit_code::passed;
}

// What comes from variables may be a secret. Where requests go to must be seen nevertheless.
static evidence::redactor secrets_of(scenario::loaded const& read)
{
    evidence::redactor out;
    auto const target = read.value.target.base.origin();
    for (auto const& [name, value] : read.variables_used) {
        if (!value.starts_with(target)) out.add_secret(value, name);
    }
    return out;
}

exit_code validate(validate_options const& o)
{
    if (o.metrics) return print_metrics();
    if (o.schema) {
        fmt::print("{}\n", scenario::schema());
        return exit_code::passed;
    }
    auto const loading = loading_from(o.env_file);
    auto const path = o.scenario.empty() ? pack_scenario("mis") : o.scenario;
    auto tolerant = loading;
    tolerant.tolerate_unset = true;
    // With a lab to fill them in, unset variables are no mistake of the scenario's.
    auto const for_lab = !scenario::load(path, tolerant).value.lab.empty();
    auto const read = scenario::load(path, for_lab ? tolerant : loading);
    for (auto const& warning : read.warnings) fmt::print("warning: {}\n", warning);
    auto const text = o.plan ? scenario::plan_text(read.value) : scenario::describe(read.value);
    fmt::print("{}", secrets_of(read).redact(text));
    auto const left = places_to_fill(path, read.value.tenants.from_file);
    if (!left.empty()) fmt::print("\nstill to fill in:\n{}", left);
    return exit_code::passed;
}

// What a probe and a lint say of themselves alike.
template <class Spec>
static nlohmann::json facts_of(Spec const& s)
{
    return {
        {"id", s.id},
        {"title", s.title},
        {"layer", probe::to_string(s.where)},
        {"guarantee", evidence::to_string(s.kind)},
        {"severity", evidence::to_string(s.level)},
        {"cwe", s.cwe},
        {"owasp", s.owasp},
        {"asvs", s.asvs},
        {"faults", s.faults},
        {"rationale", s.rationale},
        {"remedy", s.remedy},
    };
}

static nlohmann::json as_json(probe::spec const& s)
{
    return facts_of(s);
}

static nlohmann::json as_json(lint::spec const& s)
{
    auto out = facts_of(s);
    out["rules"] = s.rules;
    out["decided_by"] = s.live;
    out["lint"] = true;
    return out;
}

template <class Spec>
static void print_entry(Spec const& s, std::string_view kind, std::string_view more)
{
    fmt::print("## {}\n\n**{}.** {}\n\n*Fix:* {}\n\n", s.id, s.title, s.rationale, s.remedy);
    fmt::print(
        "{}{}, {} | {} | OWASP {} | ASVS {} | finds {}{}\n\n",
        kind,
        evidence::to_string(s.kind),
        evidence::to_string(s.level),
        s.cwe,
        s.owasp,
        s.asvs,
        s.faults,
        more
    );
}

static void print_markdown(probe::spec const& s)
{
    print_entry(s, "", "");
}

static void print_markdown(lint::spec const& s)
{
    std::string more;
    if (!s.rules.empty()) more += " | elsewhere: " + s.rules;
    if (!s.live.empty()) more += " | decided by `" + s.live + "`";
    print_entry(s, "lint, ", more);
}

static std::vector<lint::spec> lint_specs()
{
    std::vector<lint::spec> out;
    for (auto& u : probes::postgres_lints()) out.push_back(std::move(u.what));
    for (auto& u : probes::redis_lints()) out.push_back(std::move(u.what));
    for (auto& u : probes::mongo_lints()) out.push_back(std::move(u.what));
    return out;
}

exit_code list_probes(probes_options const& o)
{
    auto const all = probes::catalogue();
    auto const lints = lint_specs();
    if (o.format == "json") {
        auto json = nlohmann::json::array();
        for (auto const& u : all) json.push_back(as_json(*u.what));
        for (auto const& what : lints) json.push_back(as_json(what));
        fmt::print("{}\n", json.dump(2));
        return exit_code::passed;
    }
    if (o.format == "markdown") fmt::print("# Probes\n\n");
    for (auto const& u : all) {
        if (o.format == "markdown")
            print_markdown(*u.what);
        else
            fmt::print("{:<30} {}\n", u.what->id, u.what->title);
    }
    if (o.format == "markdown") fmt::print("# Lints\n\n");
    if (o.format == "table") fmt::print("\nLints (`watertight lint`):\n");
    for (auto const& what : lints) {
        if (o.format == "markdown")
            print_markdown(what);
        else
            fmt::print("{:<30} {}\n", what.id, what.title);
    }
    return exit_code::passed;
}

exit_code lab(lab_options const& o)
{
    std::vector<std::string> arguments{lab_program(), "--dialect", o.dialect};
    for (auto const& fault : o.faults) {
        arguments.emplace_back("--fault");
        arguments.push_back(fault);
    }
    if (o.port != 0) {
        arguments.emplace_back("--port");
        arguments.push_back(std::to_string(o.port));
    }
    if (o.list_faults) arguments.emplace_back("--list-faults");
    if (o.json) arguments.emplace_back("--json");
    std::vector<char*> argv;
    for (auto& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    throw run_error{arguments[0] + " can't be run"};
}

} // namespace watertight::cli
