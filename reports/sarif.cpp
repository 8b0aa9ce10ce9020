// SARIF 2.1.0 as GitHub's code scanning takes it: a result without a file and a line rejects the
// whole upload, so that each is anchored to the scenario. What was sent and answered is in
// webRequest and webResponse.

#include "harness/base/text.hpp"
#include "harness/verdict/criteria.hpp"
#include "reports/anchor.hpp"
#include "reports/document.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace watertight::reports {

namespace {

// What the platform takes: more are dropped, or reject the file.
constexpr std::size_t results_max = 25'000;
constexpr std::size_t body_bytes_max = 8192;

/// Facts of a rule, from the probe and from the severest finding of it.
struct rule {
    std::string title{};
    std::string rationale{};
    std::string remedy{};
    std::string cwe{};
    std::string owasp{};
    std::string asvs{};
    std::string guarantee{};
    std::optional<evidence::severity> level{};
};

using rule_map = std::map<std::string, rule>;

} // namespace

// Braces begin a placeholder and a bracket before a parenthesis a link, in SARIF's messages.
static document sarif_message(std::string_view text)
{
    auto out = visible(text);
    std::ranges::replace(out, '{', '<');
    std::ranges::replace(out, '}', '>');
    if (out.empty()) out = "-";
    return {{"text", replace_all(std::move(out), "](", "] (")}};
}

// The scale on which GitHub sorts: above 9 critical, from 7 on high, from 4 on medium.
static char const* score_of(evidence::severity s)
{
    switch (s) {
    case evidence::severity::critical:
        return "9.5";
    case evidence::severity::high:
        return "8.0";
    case evidence::severity::medium:
        return "5.5";
    case evidence::severity::low:
        return "2.5";
    case evidence::severity::info:
        break;
    }
    return "0.0";
}

static char const* sarif_level(evidence::severity s)
{
    if (s >= evidence::severity::high) return "error";
    return s == evidence::severity::medium ? "warning" : "note";
}

static rule_map rules_of(verdict::run_result const& r)
{
    rule_map out;
    for (auto const& p : r.probes) {
        auto const kind = std::string{to_string(p.kind)};
        out[visible(p.id)] = {p.title, p.rationale, p.remedy, p.cwe, p.owasp, p.asvs, kind, {}};
    }
    for (auto const& f : r.findings) {
        auto& known = out[visible(f.probe)];
        if (known.title.empty()) known.title = f.title;
        if (known.remedy.empty()) known.remedy = f.remedy;
        if (known.cwe.empty()) known.cwe = f.cwe;
        if (known.owasp.empty()) known.owasp = f.owasp;
        if (known.asvs.empty()) known.asvs = f.asvs;
        if (known.guarantee.empty()) known.guarantee = to_string(f.kind);
        known.level = std::max(known.level.value_or(f.level), f.level);
    }
    for (auto const& c : r.criteria) {
        if (c.status != verdict::criterion_status::not_met) continue;
        auto& known = out["criterion/" + visible(c.id)];
        known.title = "Criterion " + c.id;
        known.rationale = c.statement;
    }
    return out;
}

static document tags_of(rule const& about)
{
    document out = document::array();
    if (!about.guarantee.empty()) out.push_back("security");
    if (!about.guarantee.empty()) out.push_back(about.guarantee);
    auto const cwe = cwe_number(about.cwe);
    if (!cwe.empty()) out.push_back(fmt::format("external/cwe/cwe-{:0>3}", cwe));
    if (!about.owasp.empty()) out.push_back("owasp/" + visible(about.owasp));
    if (!about.asvs.empty()) out.push_back("asvs/" + visible(about.asvs));
    return out;
}

static document rule_document(std::string const& id, rule const& about)
{
    document out{{"id", id}};
    out["shortDescription"] = sarif_message(about.title.empty() ? id : about.title);
    if (!about.rationale.empty()) out["fullDescription"] = sarif_message(about.rationale);
    if (!about.remedy.empty()) out["help"] = sarif_message(about.remedy);
    auto const level = about.level ? sarif_level(*about.level) : "error";
    out["defaultConfiguration"] = {{"level", level}};
    document properties{{"tags", tags_of(about)}, {"precision", "very-high"}};
    if (about.level && *about.level != evidence::severity::info) {
        properties["security-severity"] = score_of(*about.level);
    }
    out["properties"] = std::move(properties);
    return out;
}

static document place_document(target::source_place const& place)
{
    document artifact{{"uri", uri_of(place.file)}};
    if (!place.file.starts_with('/')) artifact["uriBaseId"] = "%SRCROOT%";
    return {
        {"physicalLocation",
         {{"artifactLocation", std::move(artifact)},
          {"region", {{"startLine", place.line}, {"startColumn", place.column}}}}}};
}

static document headers_of(header_list const& headers)
{
    document out = document::object();
    for (auto const& [name, value] : headers) out[name] = value;
    return out;
}

static void add_exchange(evidence::finding const& f, document& out)
{
    auto const* const shown = proving_exchange(f);
    if (shown == nullptr) return;
    if (auto const q = parse_request(shown->request)) {
        out["webRequest"] = {
            {"protocol", "http"},
            {"version", q->version},
            {"target", q->target},
            {"method", q->method},
            {"headers", headers_of(q->headers)},
            {"body", {{"text", cut(q->body, body_bytes_max)}}}};
    }
    if (auto const a = parse_response(shown->response)) {
        out["webResponse"] = {
            {"protocol", "http"},
            {"version", a->version},
            {"statusCode", a->status},
            {"reasonPhrase", a->reason},
            {"headers", headers_of(a->headers)},
            {"body", {{"text", cut(a->body, body_bytes_max)}}}};
    }
}

static std::string finding_message(evidence::finding const& f)
{
    auto out = f.title + ". " + f.detail;
    out += "\nChannel: " + f.channel;
    if (!f.victim.empty()) out += "; victim: " + f.victim;
    if (!f.intruder.empty()) out += "; intruder: " + f.intruder;
    out += "; seen " + counted(f.count, "time") + ".";
    return out;
}

static document of_finding(verdict::run_result const& r, evidence::finding const& f)
{
    document out{{"ruleId", visible(f.probe)}};
    out["level"] = sarif_level(f.level);
    out["message"] = sarif_message(finding_message(f));
    auto place = place_document(anchor_of(r, f));
    place["logicalLocations"] = document::array(
        {{{"name", visible(f.channel)},
          {"fullyQualifiedName", visible(f.channel)},
          {"kind", "resource"}}}
    );
    out["locations"] = document::array({std::move(place)});
    auto const fingerprint = f.fingerprint();
    out["partialFingerprints"] = {
        {"watertightFinding/v1", fingerprint}, {"primaryLocationLineHash", fingerprint + ":1"}};
    out["occurrenceCount"] = std::max<std::uint64_t>(f.count, 1);
    add_exchange(f, out);
    if (auto const waived = r.waived.find(fingerprint); waived != r.waived.end()) {
        out["suppressions"] = document::array(
            {{{"kind", "external"},
              {"status", "accepted"},
              {"justification", visible(waived->second)}}}
        );
    }
    out["properties"] = {
        {"guarantee", to_string(f.kind)},
        {"severity", to_string(f.level)},
        {"victim", visible(f.victim)},
        {"intruder", visible(f.intruder)},
        {"token", visible(f.token)},
        {"position", visible(f.position)},
        {"reproduction", visible(f.reproduction)}};
    return out;
}

static document of_criterion(verdict::run_result const& r, verdict::criterion_outcome const& c)
{
    document out{{"ruleId", "criterion/" + visible(c.id)}, {"level", "error"}};
    auto text = fmt::format("Criterion {} is not met: {}", c.id, c.measured);
    if (!c.statement.empty()) text += "; required: " + c.statement;
    if (!c.note.empty()) text += ". " + c.note;
    out["message"] = sarif_message(text);
    out["locations"] = document::array({place_document(anchor_of(r, c))});
    auto const print = sha256_hex("criterion " + c.id).substr(0, 16);
    out["partialFingerprints"] = {
        {"watertightCriterion/v1", print}, {"primaryLocationLineHash", print + ":1"}};
    return out;
}

static document invocation_of(verdict::run_result const& r)
{
    document out{
        {"executionSuccessful",
         r.outcome != verdict::overall::not_run && r.outcome != verdict::overall::interrupted},
        {"exitCode", static_cast<int>(verdict::exit_code_of(r.outcome))}};
    if (!r.command_line.empty()) out["commandLine"] = visible(r.command_line);
    if (parse_rfc3339(r.started_at)) out["startTimeUtc"] = r.started_at;
    if (parse_rfc3339(r.finished_at)) out["endTimeUtc"] = r.finished_at;
    document notes = document::array();
    for (auto const& p : r.probes) {
        if (p.status != verdict::probe_status::inconclusive) continue;
        notes.push_back(
            {{"level", "warning"},
             {"message", sarif_message("inconclusive: " + p.reason)},
             {"associatedRule", {{"id", visible(p.id)}}}}
        );
    }
    for (auto const& error : r.errors) {
        notes.push_back({{"level", "error"}, {"message", sarif_message(error)}});
    }
    out["toolExecutionNotifications"] = std::move(notes);
    return out;
}

std::string sarif(verdict::run_result const& r)
{
    document rules = document::array();
    std::map<std::string, std::size_t> indexes;
    for (auto const& [id, about] : rules_of(r)) {
        indexes.emplace(id, rules.size());
        rules.push_back(rule_document(id, about));
    }
    document results = document::array();
    auto const add = [&](document one) {
        if (results.size() >= results_max) return;
        one["ruleIndex"] = indexes.at(one["ruleId"].get<std::string>());
        results.push_back(std::move(one));
    };
    for (auto const& f : r.findings) add(of_finding(r, f));
    for (auto const& c : r.criteria) {
        if (c.status == verdict::criterion_status::not_met) add(of_criterion(r, c));
    }
    document driver{{"name", "Watertight"}};
    if (!r.tool_version.empty()) driver["version"] = visible(r.tool_version);
    driver["rules"] = std::move(rules);
    document run{{"tool", {{"driver", std::move(driver)}}}};
    // The part before the last slash is what uploads of the same scenario have in common.
    run["automationDetails"] = {
        {"id", fmt::format("watertight/{}/{}", visible(r.scenario_name), visible(r.run_id))}};
    run["columnKind"] = "unicodeCodePoints";
    run["invocations"] = document::array({invocation_of(r)});
    run["results"] = std::move(results);
    document out{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}};
    out["version"] = "2.1.0";
    out["runs"] = document::array({std::move(run)});
    return dump(out);
}

} // namespace watertight::reports
