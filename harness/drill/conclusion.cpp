#include "harness/base/text.hpp"
#include "harness/drill/phases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace watertight::drill {

static constexpr std::size_t tenants_counted_max = 20;

void rehearsal::count_answers()
{
    for (auto const& a : traffic_.answers()) {
        if (!events_.forward || a.finished < events_.forward->begin) continue;
        ++out_.requests_during;
        if (!a.ok) ++out_.failed_during;
    }
    out_.writes_acknowledged = traffic_.writes_acknowledged();
    out_.writes_lost = lessons_.lost.size();
    out_.series = series_of(traffic_.answers(), around_.run_start);
}

// How each tenant came back, the latest first.
void rehearsal::tell_tenants()
{
    if (!events_.execution || plan_.traffic.empty()) return;
    auto const since = events_.execution->end;
    for (auto const& view : tenants_now()) {
        verdict::drill_tenant t;
        t.slug = around_.tenants.at(view.tenant).slug;
        t.requests = view.requests;
        t.failed = view.failed;
        t.new_after_rollback = view.new_after;
        if (view.back.last_bad) t.last_bad_s = seconds(*view.back.last_bad - since);
        if (view.back.recovered) t.recovered_s = seconds(view.back.back - since);
        out_.tenants.push_back(std::move(t));
    }
    std::ranges::stable_sort(out_.tenants, [](auto const& a, auto const& b) {
        if (a.recovered_s.has_value() != b.recovered_s.has_value()) return !a.recovered_s;
        return a.recovered_s.value_or(0) > b.recovered_s.value_or(0);
    });
}

// Answers of the version that should not have given them.
void rehearsal::tell_versions()
{
    if (!plan_.version || plan_.traffic.empty() || !events_.execution) return;
    auto const& in_place = events_.stages ? events_.stages : events_.forward;
    if (in_place) out_.old_after_cutover = 0;
    out_.new_after_rollback = 0;
    for (auto const& a : traffic_.answers()) {
        auto const is_back = a.intended >= events_.execution->end;
        if (is_back && a.version == version_seen::new_one) ++*out_.new_after_rollback;
        auto const is_cut_over =
            in_place && a.intended >= in_place->end && a.finished < events_.execution->begin;
        if (is_cut_over && a.version == version_seen::old_one) ++*out_.old_after_cutover;
    }
}

// Recovery time and recovery point, as they were and not as they were meant to be.
void rehearsal::measure_objectives()
{
    if (!events_.execution || !events_.forward || plan_.traffic.empty()) return;
    std::optional<steady::time_point> failed_at;
    if (events_.injection) failed_at = events_.injection->begin;
    out_.rto_s = seconds(recovery_time(traffic_.answers(), events_.forward->begin, failed_at));
    if (traffic_.writes_acknowledged() == 0 || !events_.verification) return;
    auto oldest = events_.execution->begin;
    for (auto const& l : lessons_.lost) oldest = std::min(oldest, l.object->written);
    out_.rpo_s = seconds(events_.execution->begin - oldest);
}

static std::string counts_by_tenant(std::vector<lost_write> const& lost)
{
    std::map<std::string, std::size_t> counts;
    for (auto const& l : lost) ++counts[l.object->owner->slug()];
    std::vector<std::string> out;
    for (auto const& [slug, n] : counts) {
        if (out.size() == tenants_counted_max) break;
        out.push_back(fmt::format("{} {}", slug.empty() ? "the system" : slug, n));
    }
    if (counts.size() > out.size()) {
        out.push_back(plural(counts.size() - out.size(), "further tenant"));
    }
    return join(out, ", ");
}

// A system that is only brought back may well be down: what cannot be asked for is not lost.
void rehearsal::note_losses()
{
    auto& lost = lessons_.lost;
    auto const is_silent = [](lost_write const& l) { return l.is_unanswered; };
    if (only_goes_back() && plan_.traffic.empty() && std::ranges::any_of(lost, is_silent)) {
        auto const n = static_cast<std::size_t>(std::ranges::count_if(lost, is_silent));
        trial_notes_.push_back(fmt::format(
            "{} acknowledged before the drill was killed could not be read back: the object {}",
            plural(n, "write"),
            std::ranges::find_if(lost, is_silent)->how
        ));
        std::erase_if(lost, is_silent);
    }
    if (lost.empty()) return;
    trial_notes_.push_back(
        "acknowledged writes that are lost, by tenant: " + counts_by_tenant(lost)
    );
}

void rehearsal::compose_note(bool interrupted)
{
    std::vector<std::string> notes;
    if (!out_.note.empty()) notes.push_back(std::move(out_.note));
    if (interrupted) {
        notes.emplace_back(
            out_.ran ? "interrupted; the rollback steps ran, their effect was not verified"
                     : "interrupted before the first step"
        );
    }
    if (around_.earlier != nullptr) {
        auto const& next = around_.earlier->next;
        notes.push_back("taken over from a drill that was killed: " + next.state);
        if (!next.why_back.empty()) notes.push_back("went back, for " + next.why_back);
    }
    if (plan_.traffic.empty()) notes.emplace_back("no live traffic, so recovery was not measured");
    if (auto const n = traffic_.writes_unreadable(); n > 0) {
        notes.push_back(plural(n, "acknowledged write") + " cannot be read back by any operation");
    }
    if (!traffic_.unkept().empty()) {
        notes.push_back("what was written is not in the journal: " + traffic_.unkept());
    }
    for (auto const& [name, why] : traffic_.unsendable()) {
        notes.push_back(fmt::format("{} was not sent: {}", name, why));
    }
    std::ranges::move(verifier_.take_notes(), std::back_inserter(notes));
    std::ranges::move(backups_.take_notes(), std::back_inserter(notes));
    std::ranges::move(trial_notes_, std::back_inserter(notes));
    if (validator_) std::ranges::move(validator_->take_notes(), std::back_inserter(notes));
    out_.note = join(notes, "; ");
}

static bool is_way_back(verdict::drill_step const& s)
{
    return s.phase == "execution" || s.phase == "again" || s.phase == "finally";
}

// A step that was under way when the drill was killed may have taken effect, and fail when it is
// repeated; what was fingerprinted tells whether it matters.
void rehearsal::pardon_repeated()
{
    if (out_.fingerprints.empty()) return;
    if (!std::ranges::all_of(out_.fingerprints, &verdict::drill_fingerprint::equal)) return;
    for (auto const i : repeated_) {
        auto& s = out_.steps[i];
        if (s.ok || !is_way_back(s)) continue;
        s.ok = true;
        s.output = "failed when it was repeated; it was under way when the drill was killed, and "
                   "the data is as before: " +
                   s.output;
    }
}

bool rehearsal::way_back_failed() const
{
    return std::ranges::any_of(out_.steps, [](verdict::drill_step const& s) {
        return is_way_back(s) && !s.ok;
    });
}

bool rehearsal::is_brought_back(bool interrupted) const
{
    if (!touched_ || way_back_failed()) return false;
    if (!interrupted && (verifier_.is_unverified() || !lessons_.broken.empty())) return false;
    // Who was killed is brought back in every respect, or not at all.
    if (around_.earlier != nullptr && verifier_.has_findings()) return false;
    return std::ranges::all_of(out_.fingerprints, &verdict::drill_fingerprint::equal);
}

// Whether what is missing may be had by going back once more, or by looking again after a person
// has mended it.
bool rehearsal::needs_another_try() const
{
    return way_back_failed() || verifier_.is_unverified() || around_.earlier != nullptr;
}

verdict::drill_outcome rehearsal::conclude(bool interrupted, evidence::finding_book& findings)
{
    count_answers();
    tell_tenants();
    tell_versions();
    measure_objectives();
    compose_note(interrupted);
    out_.phases = timeline(events_, plan_.limits);
    pardon_repeated();
    out_.restored = is_brought_back(interrupted);
    auto found = findings_of(plan_, around_, out_, lessons_);
    std::ranges::move(traffic_.leaks(), std::back_inserter(found));
    std::ranges::move(verifier_.take_findings(), std::back_inserter(found));
    std::ranges::move(backups_.take_findings(), std::back_inserter(found));
    std::ranges::move(trial_findings_, std::back_inserter(found));
    if (validator_) std::ranges::move(validator_->take_findings(), std::back_inserter(found));
    // What is not brought back stays in the journal, for `--abort`.
    if (around_.log != nullptr && (!touched_ || out_.restored || !needs_another_try())) {
        around_.log->finish();
    }
    out_.succeeded = out_.ran && !interrupted && found.empty();
    for (auto& f : found) findings.add(std::move(f));
    return std::move(out_);
}

} // namespace watertight::drill
