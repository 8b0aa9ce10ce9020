#include "reports/terminal_drill.hpp"

namespace watertight::reports {

// Recovery time and point, and who was back last.
static void write_recovery(verdict::drill_outcome const& d, page& out)
{
    std::vector<std::string> parts;
    if (d.rto_s) parts.push_back("time " + lasting(*d.rto_s));
    if (d.rpo_s) parts.push_back("point " + (*d.rpo_s > 0 ? lasting(*d.rpo_s) : "0"));
    if (!d.stopped_at.empty()) parts.push_back("roll-out stopped at " + d.stopped_at);
    if (d.new_after_rollback) {
        parts.push_back(number(*d.new_after_rollback) + " answers of the new version afterwards");
    }
    if (!d.tenants.empty()) {
        auto const& last = d.tenants.front();
        auto const when = last.recovered_s ? lasting(*last.recovered_s) : "never";
        parts.push_back(fmt::format(
            "of {} tenants the last one, {}, after {}", number(d.tenants.size()), last.slug, when
        ));
    }
    if (parts.empty()) return;
    out.labelled(
        {.label = "recovery", .text = fmt::format("{}", fmt::join(parts, ", ")), .label_width = 14}
    );
}

void write_drill(verdict::run_result const& r, page& out)
{
    auto const& d = r.drill;
    if (!d.ran) return;
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
