#include "reports/terminal_drill.hpp"

namespace watertight::reports {

static std::string last_tenant(verdict::drill_outcome const& d)
{
    auto const& last = d.tenants.front();
    auto const of = counted(d.tenants.size(), "tenant");
    if (!last.recovered_s) return fmt::format("of {}, {} did not recover", of, last.slug);
    return fmt::format(
        "of {}, {} was back last, after {}", of, last.slug, lasting(*last.recovered_s)
    );
}

static void write_recovery(verdict::drill_outcome const& d, page& out)
{
    auto parts = recovery_facts(d);
    if (!d.tenants.empty()) parts.push_back(last_tenant(d));
    if (parts.empty()) return;
    out.labelled(
        {.label = "objectives",
         .text = fmt::format("{}", fmt::join(parts, ", ")),
         .label_width = 14}
    );
}

void write_drill(verdict::run_result const& r, page& out)
{
    auto const& d = r.drill;
    if (!d.ran && d.note.empty()) return;
    if (!d.ran) {
        out.heading("Drill: not begun");
        out.paragraph(d.note, 2);
        return;
    }
    out.heading(d.succeeded ? "Drill: succeeded" : "Drill: did not succeed");
    for (auto const& p : d.phases) {
        auto text = lasting(p.duration_s);
        if (p.budget_s) {
            text += " of " + lasting(*p.budget_s);
            text += p.within_budget ? "" : ", over budget";
        } else {
            text += ", no budget";
        }
        if (!p.note.empty()) text += "; " + p.note;
        out.labelled(
            {.label = p.name,
             .text = text,
             .label_width = 14,
             .of_label = p.within_budget ? tone::good : tone::bad}
        );
    }
    for (auto const& s : d.steps) {
        if (s.ok) continue;
        out.labelled(
            {.label = "failed step",
             .text = s.name + ": " + s.output,
             .label_width = 14,
             .of_label = tone::bad}
        );
    }
    auto const unequal = static_cast<std::uint64_t>(
        std::ranges::count(d.fingerprints, false, &verdict::drill_fingerprint::equal)
    );
    out.labelled(
        {.label = "data",
         .text = fmt::format(
             "{} of {} acknowledged writes lost, {} of {} fingerprints differ",
             number(d.writes_lost),
             number(d.writes_acknowledged),
             number(unequal),
             number(d.fingerprints.size())
         ),
         .label_width = 14}
    );
    write_recovery(d, out);
    if (!d.note.empty()) out.paragraph(d.note, 2);
}

} // namespace watertight::reports
