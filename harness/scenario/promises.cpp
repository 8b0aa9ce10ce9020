#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace watertight::scenario {

void check_name(
    compiler& c,
    node const& at,
    std::string const& name,
    std::vector<std::string> const& known,
    std::string_view kind
)
{
    if (at.is_bad || std::ranges::find(known, name) != known.end()) return;
    c.fault(
        at,
        fmt::format(
            "{} is {}, which is no {}{}", dotted(at.pointer), name, kind, suggestion(name, known)
        )
    );
}

std::vector<std::string> request_names(compiler const& c)
{
    std::vector<std::string> out;
    for (auto const& name : operation_names(c.out)) {
        if (c.out.target.find_operation(name) != nullptr) out.push_back(name);
    }
    return out;
}

namespace {

operation_owner owner_of(std::string name)
{
    return {std::move(name), slot_scope::free, {}, nullptr};
}

/// Names under `key`, one or a list, each of them one of `known`.
std::vector<std::string> compile_names(
    compiler& c,
    node const& from,
    std::string_view key,
    std::vector<std::string> const& known,
    std::string_view kind
)
{
    auto const* const value = from.find(key);
    if (value == nullptr) return {};
    if (value->is_scalar()) check_name(c, *value, value->text, known, kind);
    for (auto const& item : value->items) check_name(c, item, item.text, known, kind);
    return texts_of(from, key);
}

std::vector<std::string> plan_names(compiler const& c)
{
    std::vector<std::string> out;
    for (auto const& [name, share] : c.out.tenants.mix) out.push_back(name);
    return out;
}

target::tenant_shape compile_shape(compiler& c, node const& quota, std::string const& name)
{
    target::tenant_shape out;
    auto const* const from = quota.find("tenant");
    if (from == nullptr) return out;
    if (auto const* const plan = from->find("plan")) {
        out.plan = plan->text;
        check_name(c, *plan, plan->text, plan_names(c), "plan of tenants.mix");
    }
    if (auto const* const attributes = from->find("attributes")) {
        std::vector<std::string> known;
        for (auto const& [known_name, text] : c.out.tenants.attributes) known.push_back(known_name);
        for (auto const& m : attributes->members) {
            check_name(c, m.value, m.key, known, "name in tenants.attributes");
            out.attributes.emplace_back(m.key, m.value.text);
        }
    }
    if (auto const* const prepare = from->find("prepare")) {
        for (auto const& item : prepare->items) {
            if (item.is_bad) continue;
            auto const place = fmt::format("quotas.{}.prepare", name);
            out.prepare.push_back(compile_operation(c, item, owner_of(place)));
        }
    }
    return out;
}

std::vector<target::status_range>
statuses_or(node const& from, std::string_view key, std::vector<target::status_range> otherwise)
{
    auto given = compile_statuses(from, key);
    return given.empty() ? otherwise : given;
}

void compile_refusal(node const& from, target::quota& out)
{
    auto const* const refused = from.find("refused");
    if (refused == nullptr) return;
    out.refused = statuses_or(*refused, "status", std::move(out.refused));
    out.says_at = text_of(*refused, "at");
    out.says = text_of(*refused, "is");
    out.tells_retry_after = flag_of(*refused, "retry_after");
}

void compile_reading(compiler& c, node const& from, target::quota& out)
{
    auto const* const read = from.find("read");
    if (read == nullptr) return;
    auto const named = compile_names(c, *read, "operation", request_names(c), "operation");
    out.reading.operation = named.empty() ? "" : named.front();
    out.reading.used = text_of(*read, "used");
    out.reading.limit = text_of(*read, "limit");
    out.reading.remaining = text_of(*read, "remaining");
    out.reading.percent = text_of(*read, "percent");
}

void compile_features(compiler& c, node const& from)
{
    auto const* const features = from.find("features");
    if (features == nullptr) return;
    for (auto const& m : features->members) {
        auto const* const request = m.value.find("request");
        if (m.value.is_bad || request == nullptr) continue;
        target::plan_feature out;
        out.name = m.key;
        out.place = c.place(m.value);
        out.request = compile_operation(c, *request, owner_of("plans." + m.key));
        out.plans = compile_names(c, m.value, "plans", plan_names(c), "plan of tenants.mix");
        out.refused = statuses_or(m.value, "refused", std::move(out.refused));
        c.out.promised.plans.features.push_back(std::move(out));
    }
}

void compile_limits(compiler& c, node const& from)
{
    auto const* const limits = from.find("limits");
    if (limits == nullptr) return;
    for (auto const& m : limits->members) {
        auto const* const request = m.value.find("request");
        auto const* const is = m.value.find("is");
        if (m.value.is_bad || request == nullptr || is == nullptr) continue;
        target::plan_limit out;
        out.name = m.key;
        out.place = c.place(m.value);
        out.request = compile_operation(c, *request, owner_of("plans." + m.key));
        out.at = text_of(m.value, "at");
        for (auto const& plan : is->members) {
            check_name(c, plan.value, plan.key, plan_names(c), "plan of tenants.mix");
            std::int64_t value = 0;
            auto const& text = plan.value.text;
            std::from_chars(text.data(), text.data() + text.size(), value);
            out.by_plan[plan.key] = value;
        }
        c.out.promised.plans.limits.push_back(std::move(out));
    }
}

} // namespace

void compile_quotas(compiler& c, node const& from)
{
    for (auto const& m : from.members) {
        if (m.value.is_bad) continue;
        target::quota out;
        out.name = m.key;
        out.place = c.place(m.value);
        out.consume = compile_names(c, m.value, "consume", request_names(c), "operation");
        if (auto const* const limit = m.value.find("limit")) {
            out.limit = c.text(*limit, target::escape::none, slot_scope::tenant);
        }
        if (m.value.find("already") != nullptr) out.already = count_of(m.value, "already", 0);
        out.tenant = compile_shape(c, m.value, m.key);
        compile_reading(c, m.value, out);
        compile_refusal(m.value, out);
        c.out.promised.quotas.push_back(std::move(out));
    }
}

void compile_plans(compiler& c, node const& from)
{
    compile_features(c, from);
    compile_limits(c, from);
    auto const* const change = from.find("change");
    auto const* const request = change == nullptr ? nullptr : change->find("request");
    if (request == nullptr) return;
    target::plan_change out;
    out.request = compile_operation(c, *request, owner_of("plans.change"));
    for (auto const key : {"from", "to"}) {
        auto const named = compile_names(c, *change, key, plan_names(c), "plan of tenants.mix");
        (std::string_view{key} == "to" ? out.to : out.from) = named.empty() ? "" : named.front();
    }
    c.out.promised.plans.change = std::move(out);
}

void compile_audit(compiler& c, node const& from)
{
    target::audit_promise out;
    out.place = c.place(from);
    auto const list = compile_names(c, from, "list", request_names(c), "operation");
    if (list.empty()) return;
    out.list = list.front();
    out.records = compile_names(c, from, "records", request_names(c), "operation");
    auto const refused = texts_of(from, "refused");
    out.records_identity = std::ranges::find(refused, "identity") != refused.end();
    out.records_path = std::ranges::find(refused, "path") != refused.end();
    c.out.promised.audit = std::move(out);
}

void compile_usage(compiler& c, node const& from)
{
    std::vector<std::string> countable{"requests"};
    for (auto const& r : c.out.target.resources) countable.push_back(r.name);
    for (auto const& m : from.members) {
        if (m.value.is_bad) continue;
        target::usage_figure out;
        out.name = m.key;
        out.place = c.place(m.value);
        auto const read = compile_names(c, m.value, "operation", request_names(c), "operation");
        auto const counts = compile_names(c, m.value, "counts", countable, "resource");
        if (read.empty() || counts.empty()) continue;
        out.operation = read.front();
        out.counts = counts.front();
        out.at = text_of(m.value, "at");
        c.out.promised.usage.push_back(std::move(out));
    }
}

} // namespace watertight::scenario
