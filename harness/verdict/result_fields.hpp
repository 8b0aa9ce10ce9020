#pragma once

// Which members a result file has. `must` members are mandatory when it is read.

#include "harness/verdict/json_archive.hpp"
#include "harness/verdict/result.hpp"

namespace watertight::target {

template <class Archive>
void fields(Archive& a, source_place& p)
{
    a.may("file", p.file);
    a.may("line", p.line);
    a.may("column", p.column);
}

} // namespace watertight::target

namespace watertight::evidence {

template <class Archive>
void fields(Archive& a, message_pair& m)
{
    a.must("title", m.title);
    a.may("request", m.request);
    a.may("response", m.response);
}

template <class Archive>
void fields(Archive& a, finding& f)
{
    a.must("probe", f.probe);
    a.must("guarantee", f.kind);
    a.must("severity", f.level);
    a.must("title", f.title);
    a.must("channel", f.channel);
    a.may("victim", f.victim);
    a.may("intruder", f.intruder);
    a.may("detail", f.detail);
    a.may("token", f.token);
    a.may("position", f.position);
    a.may("cwe", f.cwe);
    a.may("owasp", f.owasp);
    a.may("asvs", f.asvs);
    a.may("count", f.count);
    a.may("first", f.first);
    a.may("last", f.last);
    a.may("pairs", f.pairs);
    a.may("exchanges", f.exchanges);
    a.may("reproduction", f.reproduction);
    a.may("remedy", f.remedy);
}

} // namespace watertight::evidence

namespace watertight::verdict {

template <class Archive>
void fields(Archive& a, probe_outcome& p)
{
    a.must("id", p.id);
    a.must("status", p.status);
    a.must("guarantee", p.kind);
    a.may("title", p.title);
    a.may("layer", p.layer);
    a.may("reason", p.reason);
    a.may("trials", p.trials);
    a.may("controls", p.controls);
    a.may("seconds", p.seconds);
    a.may("cwe", p.cwe);
    a.may("owasp", p.owasp);
    a.may("asvs", p.asvs);
    a.may("rationale", p.rationale);
    a.may("remedy", p.remedy);
}

template <class Archive>
void fields(Archive& a, criterion_outcome& c)
{
    a.must("id", c.id);
    a.must("status", c.status);
    a.must("statement", c.statement);
    a.may("answers", c.answers);
    a.may("measured", c.measured);
    a.may("limit", c.limit);
    a.may("margin", c.margin);
    a.may("n", c.n);
    a.may("note", c.note);
    a.may("place", c.place);
}

template <class Archive>
void fields(Archive& a, histogram_summary& h)
{
    a.must("n", h.n);
    a.may("mean_us", h.mean_us);
    a.may("p50_us", h.p50_us);
    a.may("p90_us", h.p90_us);
    a.may("p95_us", h.p95_us);
    a.may("p99_us", h.p99_us);
    a.may("p999_us", h.p999_us);
    a.may("max_us", h.max_us);
    a.may("hdr", h.hdr);
}

template <class Archive>
void fields(Archive& a, operation_outcome& o)
{
    a.must("name", o.name);
    a.must("ok", o.ok);
    a.may("errors", o.errors);
    a.may("latency", o.latency);
    a.may("service_time", o.service_time);
}

template <class Archive>
void fields(Archive& a, tenant_outcome& t)
{
    a.must("slug", t.slug);
    a.may("plan", t.plan);
    a.must("ok", t.ok);
    a.may("failed", t.failed);
    a.may("throttled", t.throttled);
    a.may("latency", t.latency);
}

template <class Archive>
void fields(Archive& a, phase_outcome& p)
{
    a.must("name", p.name);
    a.must("kind", p.kind);
    a.may("started_s", p.started_s);
    a.may("duration_s", p.duration_s);
    a.may("offered_per_s", p.offered_per_s);
    a.may("achieved_per_s", p.achieved_per_s);
    a.may("unsent", p.unsent);
    a.may("lag_us_max", p.lag_us_max);
    a.may("note", p.note);
    a.may("tenants", p.tenants);
    a.may("ok", p.ok);
    a.may("errors", p.errors);
    a.may("latency", p.latency);
}

template <class Archive>
void fields(Archive& a, series_point& p)
{
    a.must("at_s", p.at_s);
    a.may("ok", p.ok);
    a.may("failed", p.failed);
    a.may("p50_us", p.p50_us);
    a.may("p95_us", p.p95_us);
    a.may("p99_us", p.p99_us);
    a.may("max_us", p.max_us);
}

template <class Archive>
void fields(Archive& a, coverage_item& c)
{
    a.must("kind", c.kind);
    a.must("name", c.name);
    a.must("examined", c.examined);
    a.may("by", c.by);
}

template <class Archive>
void fields(Archive& a, result_table& t)
{
    a.must("id", t.id);
    a.may("title", t.title);
    a.must("columns", t.columns);
    a.must("rows", t.rows);
}

template <class Archive>
void fields(Archive& a, experiment_change& c)
{
    a.must("estimate", c.estimate);
    a.must("low", c.low);
    a.must("high", c.high);
}

template <class Archive>
void fields(Archive& a, experiment_arm& e)
{
    a.must("name", e.name);
    a.must("latency_us", e.latency_us);
    a.may("queries", e.queries);
    a.may("requests", e.requests);
    a.may("failed", e.failed);
}

template <class Archive>
void fields(Archive& a, experiment_outcome& e)
{
    a.must("name", e.name);
    a.may("statistic", e.statistic);
    a.may("started_s", e.started_s);
    a.may("duration_s", e.duration_s);
    a.must("arms", e.arms);
    a.may("latency", e.latency);
    a.may("queries", e.queries);
    a.may("note", e.note);
    a.may("not_restored", e.not_restored);
}

template <class Archive>
void fields(Archive& a, drill_phase& p)
{
    a.must("name", p.name);
    a.may("started_s", p.started_s);
    a.must("duration_s", p.duration_s);
    a.may("budget_s", p.budget_s);
    a.may("within_budget", p.within_budget);
    a.may("note", p.note);
}

template <class Archive>
void fields(Archive& a, drill_step& s)
{
    a.must("name", s.name);
    a.may("kind", s.kind);
    a.may("phase", s.phase);
    a.may("started_s", s.started_s);
    a.may("duration_s", s.duration_s);
    a.must("ok", s.ok);
    a.may("output", s.output);
    a.may("budget_s", s.budget_s);
}

template <class Archive>
void fields(Archive& a, drill_tenant& t)
{
    a.must("slug", t.slug);
    a.may("requests", t.requests);
    a.may("failed", t.failed);
    a.may("last_bad_s", t.last_bad_s);
    a.may("recovered_s", t.recovered_s);
    a.may("new_after_rollback", t.new_after_rollback);
}

template <class Archive>
void fields(Archive& a, drill_point& p)
{
    a.must("at_s", p.at_s);
    a.may("ok", p.ok);
    a.may("failed", p.failed);
    a.may("p95_us", p.p95_us);
}

template <class Archive>
void fields(Archive& a, drill_fingerprint& f)
{
    a.must("object", f.object);
    a.may("rows_before", f.rows_before);
    a.may("rows_after", f.rows_after);
    a.must("equal", f.equal);
    a.may("note", f.note);
    a.may("store", f.store);
}

template <class Archive>
void fields(Archive& a, drill_outcome& d)
{
    a.must("ran", d.ran);
    a.may("succeeded", d.succeeded);
    a.may("restored", d.restored);
    a.may("phases", d.phases);
    a.may("steps", d.steps);
    a.may("fingerprints", d.fingerprints);
    a.may("requests_during", d.requests_during);
    a.may("failed_during", d.failed_during);
    a.may("writes_acknowledged", d.writes_acknowledged);
    a.may("writes_lost", d.writes_lost);
    a.may("rto_s", d.rto_s);
    a.may("rpo_s", d.rpo_s);
    a.may("tenants", d.tenants);
    a.may("series", d.series);
    a.may("old_after_cutover", d.old_after_cutover);
    a.may("new_after_rollback", d.new_after_rollback);
    a.may("stopped_at", d.stopped_at);
    a.may("note", d.note);
}

template <class Archive>
void fields(Archive& a, metric_change& m)
{
    a.must("name", m.name);
    a.must("before", m.before);
    a.must("after", m.after);
    a.may("interval", m.interval);
    a.may("basis", m.basis);
    a.must("change", m.kind);
}

template <class Archive>
void fields(Archive& a, status_change& s)
{
    a.must("id", s.id);
    a.may("before", s.before);
    a.may("after", s.after);
    a.may("measured_before", s.measured_before);
    a.may("measured_after", s.measured_after);
}

template <class Archive>
void fields(Archive& a, compared_finding& f)
{
    a.must("fingerprint", f.fingerprint);
    a.must("probe", f.probe);
    a.must("severity", f.level);
    a.must("title", f.title);
    a.may("channel", f.channel);
}

template <class Archive>
void fields(Archive& a, baseline_run& b)
{
    a.must("run_id", b.run_id);
    a.may("started_at", b.started_at);
    a.must("outcome", b.outcome);
}

template <class Archive>
void fields(Archive& a, baseline_comparison& c)
{
    a.must("runs", c.runs);
    a.must("tolerance", c.tolerance);
    a.must("regressions", c.changes.regressions);
    a.may("new_findings", c.changes.appeared);
    a.may("gone_findings", c.changes.gone);
    a.may("persisting_findings", c.changes.persisting);
    a.may("criteria", c.changes.criteria);
    a.may("probes", c.changes.probes);
    a.may("metrics", c.changes.metrics);
    a.may("notes", c.changes.notes);
}

template <class Archive>
void fields(Archive& a, run_result& r)
{
    a.must("schema", r.schema);
    a.must("tool_version", r.tool_version);
    a.must("command", r.command);
    a.must("run_id", r.run_id);
    a.must("seed", r.seed);
    a.must("outcome", r.outcome);
    a.must("summary", r.summary);
    a.may("scenario_name", r.scenario_name);
    a.may("scenario_file", r.scenario_file);
    a.may("scenario_sha256", r.scenario_sha256);
    a.may("places", r.places);
    a.may("target", r.target);
    a.must("started_at", r.started_at);
    a.may("finished_at", r.finished_at);
    a.may("duration_s", r.duration_s);
    a.may("command_line", r.command_line);
    a.may("environment", r.environment);
    a.must("criteria", r.criteria);
    a.must("findings", r.findings);
    a.may("waived", r.waived);
    a.must("probes", r.probes);
    a.may("metrics", r.metrics);
    a.may("comparison", r.comparison);
    a.may("phases", r.phases);
    a.may("latency", r.latency);
    a.may("operations", r.operations);
    a.may("tenants", r.tenants);
    a.may("series", r.series);
    a.may("coverage", r.coverage);
    a.may("tables", r.tables);
    a.may("experiments", r.experiments);
    a.may("drill", r.drill);
    a.may("notes", r.notes);
    a.may("errors", r.errors);
}

} // namespace watertight::verdict
