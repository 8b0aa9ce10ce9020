#include "harness/base/text.hpp"
#include "harness/scenario/compile.hpp"

#include <fmt/format.h>

#include <charconv>

namespace watertight::scenario {

namespace {

void check_day(compiler& c, node const& from, std::string_view key)
{
    auto const* const day = from.find(key);
    if (day == nullptr || day->is_unset || verdict::is_day(day->text)) return;
    c.fault(
        *day, fmt::format("{} is {}, but there is no such day", dotted(day->pointer), day->text)
    );
}

/// The compiler of requirements counts columns within the expression; here they become the file's.
void report_requirement(compiler& c, node const& at, failure const& why)
{
    int column = 0;
    auto const& digits = why.detail;
    std::from_chars(digits.data(), digits.data() + digits.size(), column);
    std::string_view what{why.message};
    auto const prefix = fmt::format("column {}: ", digits);
    if (column > 0 && what.starts_with(prefix)) what.remove_prefix(prefix.size());
    auto const is_placed = column > 0 && at.text_column > 0 && !at.is_interpolated;
    c.problems.add(
        at.line,
        is_placed ? at.text_column + column - 1 : at.column,
        at.pointer,
        fmt::format("{}: {}", dotted(at.pointer), what)
    );
}

verdict::metric_names names_of(compiler const& c)
{
    verdict::metric_names out{operation_names(c.out), c.options.probe_ids};
    for (auto const& p : c.out.phases) out.traffic_phases.push_back(p.name);
    for (auto const& p : c.out.processes) out.processes.push_back(p.name);
    if (!out.probes.empty()) out.probes.emplace_back("traffic");
    out.drill_phases = {
        "forward",
        "backup",
        "stages",
        "injection",
        "detection",
        "decision",
        "execution",
        "restore",
        "recovery",
        "verification"};
    for (auto const& e : c.out.experiments) out.experiments.push_back(e.name);
    // An empty list would let any name pass.
    if (out.experiments.empty()) out.experiments.emplace_back();
    return out;
}

verdict::criterion compile_criterion(compiler& c, node const& from)
{
    verdict::criterion out;
    out.place = c.place(from);
    out.id = text_of(from, "id");
    if (auto const* const require = from.find("require"); require != nullptr && !require->is_unset)
    {
        out.require = compile_requirement(c, *require);
    }
    out.attest = text_of(from, "attest");
    out.attested_by = text_of(from, "by");
    out.attested_on = text_of(from, "on");
    out.answers = join(texts_of(from, "answers"), ", ");
    check_day(c, from, "on");
    return out;
}

} // namespace

std::optional<verdict::requirement> compile_requirement(compiler& c, node const& at)
{
    auto compiled = verdict::requirement::compile(at.text, names_of(c));
    if (compiled) return std::move(*compiled);
    report_requirement(c, at, compiled.error());
    return std::nullopt;
}

void compile_criteria(compiler& c, node const& from)
{
    name_register ids{c, "criterion id"};
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        auto criterion = compile_criterion(c, item);
        if (auto const* const id = item.find("id")) ids.enter(*id, criterion.id);
        c.out.criteria.push_back(std::move(criterion));
    }
}

void compile_waivers(compiler& c, node const& from)
{
    for (auto const& item : from.items) {
        if (item.is_bad) continue;
        verdict::waiver out;
        out.finding = text_of(item, "finding");
        out.on = text_of(item, "on");
        out.because = text_of(item, "because");
        out.until = text_of(item, "until");
        out.place = c.place(item);
        check_day(c, item, "until");
        c.out.waivers.push_back(std::move(out));
    }
}

} // namespace watertight::scenario
