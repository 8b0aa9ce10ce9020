#include "harness/scenario/compile.hpp"
#include "harness/scenario/sentences.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::scenario {

std::vector<std::pair<std::string, double>> compile_weights(node const* from)
{
    std::vector<std::pair<std::string, double>> out;
    if (from == nullptr) return out;
    for (auto const& m : from->members) {
        if (!m.value.is_bad) out.emplace_back(m.key, number_of(*from, m.key, 1));
    }
    return out;
}

void check_operations(compiler& c, node const& phase)
{
    auto const* const operations = phase.find("operations");
    if (operations == nullptr) return;
    auto const known = operation_names(c.out);
    for (auto const& m : operations->members) {
        if (std::ranges::find(known, m.key) != known.end()) continue;
        c.problems.add(
            m.line,
            m.column,
            m.value.pointer,
            fmt::format(
                "{} names {}, which is no operation of this scenario{}",
                dotted(operations->pointer),
                m.key,
                suggestion(m.key, known)
            )
        );
    }
}

namespace {

traffic::tenant_mix compile_participants(compiler& c, node const& phase)
{
    traffic::tenant_mix out;
    auto const* const tenants = phase.find("tenants");
    if (tenants == nullptr) return out;
    if (tenants->find("zipf") != nullptr) {
        out.type = traffic::mix_kind::zipf;
        out.zipf_exponent = number_of(*tenants, "zipf", 1);
    } else if (auto const* const weights = tenants->find("weights")) {
        out.type = traffic::mix_kind::weighted;
        out.weights = compile_weights(weights);
    }
    if (auto const* const share = tenants->find("share")) {
        out.share = share_of(c, *share).value_or(1);
        if (out.share <= 0) c.fault(*share, is_not(*share, "a share above 0"));
    }
    out.take = count_of(*tenants, "count", 0);
    return out;
}

void check_weights(compiler& c, node const& phase)
{
    auto const* const tenants = phase.find("tenants");
    auto const* const weights = tenants == nullptr ? nullptr : tenants->find("weights");
    // Slugs that exist can't be told from plans before the file has been read.
    if (weights == nullptr || c.out.tenants.mix.empty() || !c.out.tenants.from_file.empty()) return;
    std::vector<std::string> plans;
    for (auto const& [plan, share] : c.out.tenants.mix) plans.push_back(plan);
    for (auto const& m : weights->members) {
        if (std::ranges::find(plans, m.key) != plans.end()) continue;
        c.problems.add(
            m.line,
            m.column,
            m.value.pointer,
            fmt::format(
                "{} names {}, which is no plan of tenants.mix{}",
                dotted(weights->pointer),
                m.key,
                suggestion(m.key, plans)
            )
        );
    }
}

traffic::phase compile_phase(compiler& c, node const& from)
{
    traffic::phase out;
    out.name = text_of(from, "name");
    out.duration = duration_of(from, "for").value_or(out.duration);
    if (c.options.full) out.duration = duration_of(from, "full").value_or(out.duration);
    if (auto const* const open = from.find("open")) {
        traffic::open_loop loop;
        loop.rate_per_s = rate_of(*open, "rate").value_or(loop.rate_per_s);
        loop.rate_per_s_end = rate_of(*open, "to").value_or(loop.rate_per_s);
        if (text_of(*open, "arrivals") == "constant")
            loop.arrivals = traffic::arrival_kind::constant;
        out.loop = loop;
    } else if (auto const* const closed = from.find("closed")) {
        traffic::closed_loop loop;
        loop.users = count_of(*closed, "users", loop.users);
        loop.think = duration_of(*closed, "think").value_or(loop.think);
        out.loop = loop;
    }
    out.tenants = compile_participants(c, from);
    auto const connections = text_of(from, "connections", "mixed");
    if (connections == "per_user") out.connections = traffic::connection_mode::per_user;
    if (connections == "per_tenant") out.connections = traffic::connection_mode::per_tenant;
    out.connections_max = count_of(from, "connections_max", out.connections_max);
    out.streams = count_of(from, "streams", out.streams);
    out.operations = compile_weights(from.find("operations"));
    if (auto const* const abandon = from.find("abandon")) {
        out.abandon_share = share_of(c, *abandon).value_or(0);
    }
    out.warm_up = flag_of(from, "warm_up");
    check_operations(c, from);
    check_weights(c, from);
    return out;
}

/// Whether `metric` has its value when the phases up to the n-th are over.
bool is_known_after(std::string_view metric, std::vector<traffic::phase> const& phases)
{
    if (metric == "findings.traffic" || metric.starts_with("baseline.")) return true;
    return std::ranges::any_of(phases, [&](traffic::phase const& p) {
        return metric.starts_with("phase." + p.name + ".");
    });
}

/// A phase's `stop_unless`, which is a criterion as well. All phases' names are known by now.
void compile_stop(compiler& c, node const& from, std::size_t number)
{
    auto const* const stop = from.find("stop_unless");
    if (stop == nullptr || stop->is_unset) return;
    auto require = compile_requirement(c, *stop);
    if (!require) return;
    auto& phase = c.out.phases[number];
    std::vector<traffic::phase> const over{
        c.out.phases.begin(), c.out.phases.begin() + static_cast<std::ptrdiff_t>(number) + 1};
    for (auto const& metric : require->metrics_named()) {
        if (is_known_after(metric, over)) continue;
        c.fault(
            *stop,
            fmt::format(
                "{} names {}, which has no value at the end of this phase; known are phase.* of "
                "this phase and those before it, findings.traffic and baseline.*",
                dotted(stop->pointer),
                metric
            )
        );
    }
    phase.decides = true;
    verdict::criterion criterion;
    criterion.id = std::string{verdict::stop_prefix} + phase.name;
    criterion.place = c.place(*stop);
    criterion.require = require;
    c.out.criteria.push_back(std::move(criterion));
    c.out.stops.insert_or_assign(phase.name, std::move(*require));
}

/// "all", "api.object_read", "api.*".
bool is_pattern(std::string_view text)
{
    if (text == "all") return true;
    auto const dot = text.find('.');
    if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
    auto const name = text.substr(dot + 1);
    auto const is_word = [](std::string_view word) {
        return std::ranges::all_of(word, [](char ch) {
            return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_';
        });
    };
    return is_word(text.substr(0, dot)) && (name == "*" || is_word(name));
}

bool is_known(std::string_view pattern, std::vector<std::string> const& ids)
{
    if (pattern == "all" || ids.empty()) return true;
    if (!pattern.ends_with(".*")) return std::ranges::find(ids, pattern) != ids.end();
    return std::ranges::any_of(
        ids,
        [layer = pattern.substr(0, pattern.size() - 1)](auto const& id) {
            return id.starts_with(layer);
        }
    );
}

void check_pattern(compiler& c, node const& at)
{
    if (at.is_bad) return;
    if (!is_pattern(at.text)) {
        c.fault(
            at,
            is_not(at, "\"all\", a probe's id such as api.object_read, or a layer such as api.*")
        );
    } else if (!is_known(at.text, c.options.probe_ids)) {
        c.fault(
            at,
            fmt::format(
                "{} is {}, which is no probe{}",
                dotted(at.pointer),
                at.text,
                suggestion(at.text, c.options.probe_ids)
            )
        );
    }
}

std::vector<std::string> compile_patterns(compiler& c, node const& from, std::string_view key)
{
    auto const* const list = from.find(key);
    if (list == nullptr) return {};
    if (list->is_scalar()) check_pattern(c, *list);
    for (auto const& item : list->items) check_pattern(c, item);
    return texts_of(from, key);
}

} // namespace

void compile_traffic(compiler& c, node const& from)
{
    name_register names{c, "phase"};
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        auto phase = compile_phase(c, item);
        if (!phase.name.empty()) names.enter(item, phase.name);
        c.out.phases.push_back(std::move(phase));
    }
    auto const is_longer = [](node const& item) { return item.find("full") != nullptr; };
    if (c.options.full && std::ranges::none_of(from.items, is_longer)) {
        c.warnings.emplace_back("--full changes nothing: no phase of traffic has `full`");
    }
    std::size_t number = 0;
    for (auto const& item : from.items) {
        if (!item.is_bad) compile_stop(c, item, number++);
    }
}

void compile_probes(compiler& c, node const& from)
{
    auto& out = c.out.probes;
    if (auto include = compile_patterns(c, from, "include"); from.find("include") != nullptr) {
        out.include = std::move(include);
    }
    out.exclude = compile_patterns(c, from, "exclude");
    out.rate_per_s = rate_of(from, "rate").value_or(0);
    out.concurrency = count_of(from, "concurrency", out.concurrency);
    out.pairs_max = count_of(from, "pairs_max", out.pairs_max);
}

} // namespace watertight::scenario
