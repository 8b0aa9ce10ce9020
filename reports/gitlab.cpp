// GitLab's security report for dynamic scans. Its schema's version is named in the file, and GitLab
// checks the file against exactly that one: 15.0.4 is what every GitLab since 15.7 knows.

#include "harness/base/text.hpp"
#include "reports/document.hpp"
#include "reports/reports.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::reports {

namespace {

constexpr auto schema_version = "15.0.4";
// Longer ones break the schema.
constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t solution_bytes_max = 7000;
constexpr std::size_t description_bytes_max = 100'000;
constexpr std::size_t evidence_body_max = 8192;

} // namespace

// "2026-03-14T09:26:00": without fraction and zone. A result without an instant still has a form.
static std::string instant_of(std::string const& rfc3339)
{
    return parse_rfc3339(rfc3339) ? rfc3339.substr(0, 19) : "1970-01-01T00:00:00";
}

static document program_of(verdict::run_result const& r)
{
    return {
        {"id", "watertight"},
        {"name", "Watertight"},
        {"version", r.tool_version.empty() ? "0" : visible(r.tool_version)},
        {"vendor", {{"name", "Watertight"}}}};
}

// "GET /api/v1/users/{id}"; nothing for a channel of a store.
static std::optional<std::pair<std::string, std::string>> http_place(std::string_view channel)
{
    auto const space = channel.find(' ');
    if (space == channel.npos || !channel.substr(space + 1).starts_with('/')) return std::nullopt;
    return std::pair{visible(channel.substr(0, space)), visible(channel.substr(space + 1))};
}

static document identifiers_of(evidence::finding const& f)
{
    auto const probe = f.probe.empty() ? std::string{"unknown"} : visible(f.probe);
    document out = document::array(
        {{{"type", "watertight_probe"}, {"name", "Watertight " + probe}, {"value", probe}}}
    );
    if (auto const number = cwe_number(f.cwe); !number.empty()) {
        out.push_back(
            {{"type", "cwe"},
             {"name", "CWE-" + number},
             {"value", number},
             {"url", fmt::format("https://cwe.mitre.org/data/definitions/{}.html", number)}}
        );
    }
    if (!f.owasp.empty()) {
        auto const owasp = visible(f.owasp);
        out.push_back({{"type", "owasp"}, {"name", owasp}, {"value", owasp}});
    }
    return out;
}

static document header_documents(header_list const& headers)
{
    document out = document::array();
    for (auto const& [name, value] : headers) out.push_back({{"name", name}, {"value", value}});
    return out;
}

// A request and a response are left out where there are none: null would break the schema.
static void add_messages(evidence::message_pair const& x, std::string const& origin, document& out)
{
    if (auto const q = parse_request(x.request)) {
        out["request"] = {
            {"headers", header_documents(q->headers)},
            {"method", q->method},
            {"url", q->target.starts_with('/') ? origin + q->target : q->target},
            {"body", cut(q->body, evidence_body_max)}};
    }
    if (auto const a = parse_response(x.response)) {
        out["response"] = {
            {"headers", header_documents(a->headers)},
            {"reason_phrase", a->reason},
            {"status_code", a->status},
            {"body", cut(a->body, evidence_body_max)}};
    }
}

static document evidence_of(verdict::run_result const& r, evidence::finding const& f)
{
    auto const origin = visible(r.target);
    document out{{"summary", cut(f.detail, description_bytes_max)}};
    auto const* const proof = proving_exchange(f);
    if (proof == nullptr) return out;
    add_messages(*proof, origin, out);
    document others = document::array();
    for (auto const& x : f.exchanges) {
        if (&x == proof) continue;
        document other{{"name", x.title.empty() ? "Exchange" : visible(x.title)}};
        add_messages(x, origin, other);
        others.push_back(std::move(other));
    }
    if (!others.empty()) out["supporting_messages"] = std::move(others);
    return out;
}

static document details_of(evidence::finding const& f)
{
    document out = document::object();
    auto const add = [&](char const* key, char const* name, std::string const& value) {
        if (!value.empty()) out[key] = {{"type", "text"}, {"name", name}, {"value", value}};
    };
    add("channel", "Channel", visible(f.channel));
    add("victim", "Victim", visible(f.victim));
    add("intruder", "Intruder", visible(f.intruder));
    add("token", "Canary", visible(f.token));
    add("position", "Where it stood", visible(f.position));
    add("seen", "Seen", counted(f.count, "time"));
    if (!f.reproduction.empty()) {
        out["reproduction"] = {
            {"type", "code"},
            {"name", "Reproduction"},
            {"lang", "shell"},
            {"value", visible(f.reproduction)}};
    }
    return out;
}

static std::string severity_word(evidence::severity s)
{
    std::string out{to_string(s)};
    out.front() = static_cast<char>(out.front() - 'a' + 'A');
    return out;
}

static document vulnerability_of(verdict::run_result const& r, evidence::finding const& f)
{
    document location{{"hostname", visible(r.target)}};
    auto const http = http_place(f.channel);
    location["method"] = http ? http->first : "";
    location["param"] = "";
    location["path"] = http ? http->second : visible(f.channel);
    document out{{"id", uuid_of(f.fingerprint())}};
    out["name"] = cut(f.title, name_bytes_max);
    out["description"] = cut(f.detail, description_bytes_max);
    out["severity"] = severity_word(f.level);
    if (!f.remedy.empty()) out["solution"] = cut(f.remedy, solution_bytes_max);
    out["identifiers"] = identifiers_of(f);
    out["location"] = std::move(location);
    out["evidence"] = evidence_of(r, f);
    out["details"] = details_of(f);
    return out;
}

static document scanned_of(verdict::run_result const& r)
{
    document out = document::array();
    for (auto const& c : r.coverage) {
        auto const place = c.examined && c.kind == "endpoint" ? http_place(c.name) : std::nullopt;
        if (!place || place->first.empty()) continue;
        out.push_back(
            {{"method", place->first}, {"url", visible(r.target) + place->second}, {"type", "url"}}
        );
    }
    return out;
}

static document messages_of(verdict::run_result const& r)
{
    document out = document::array();
    auto const add = [&](char const* level, std::string const& text) {
        if (!text.empty()) out.push_back({{"level", level}, {"value", visible(text)}});
    };
    if (!r.waived.empty()) {
        add("info", "left out: " + counted(r.waived.size(), "waived finding"));
    }
    for (auto const& p : r.probes) {
        if (p.status != verdict::probe_status::inconclusive) continue;
        add("warn", p.id + " was inconclusive: " + p.reason);
    }
    bool const is_fatal = r.outcome == verdict::overall::not_run;
    for (auto const& error : r.errors) add(is_fatal ? "fatal" : "warn", error);
    return out;
}

std::string gitlab(verdict::run_result const& r)
{
    bool const is_whole =
        r.outcome != verdict::overall::not_run && r.outcome != verdict::overall::interrupted;
    document scan{{"analyzer", program_of(r)}};
    scan["scanner"] = program_of(r);
    scan["type"] = "dast";
    scan["start_time"] = instant_of(r.started_at);
    scan["end_time"] = instant_of(r.finished_at.empty() ? r.started_at : r.finished_at);
    scan["status"] = is_whole ? "success" : "failure";
    scan["messages"] = messages_of(r);
    scan["scanned_resources"] = scanned_of(r);
    document found = document::array();
    for (auto const& f : r.findings) {
        // The format knows no waiver: what is listed counts.
        if (!is_waived(r, f)) found.push_back(vulnerability_of(r, f));
    }
    document out{{"version", schema_version}};
    out["scan"] = std::move(scan);
    out["vulnerabilities"] = std::move(found);
    return dump(out);
}

} // namespace watertight::reports
