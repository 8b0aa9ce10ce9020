#include "harness/evidence/ledger.hpp"

#include "harness/base/text.hpp"

#include <algorithm>
#include <utility>

namespace watertight::evidence {

using history = std::vector<write_record>;

// A target may change the case of what it keeps.
static bool carries(write_record const& w, std::string_view canary)
{
    return w.kind != write_kind::remove && iequals(w.canary, canary);
}

// Whether `w` happened for certain, and before anything invoked at `asked`.
static bool is_settled(write_record const& w, steady::time_point asked)
{
    return w.result == outcome::ok && w.completed <= asked;
}

// Whether a settled write that began after `w` had ended leaves nothing of `w` to be read. An
// unanswered write may still arrive after later ones, so nothing but a removal ends its life.
static bool is_superseded(write_record const& w, history const& all, steady::time_point asked)
{
    return std::ranges::any_of(all, [&](write_record const& later) {
        if (&later == &w || !is_settled(later, asked) || later.invoked < w.completed) return false;
        return w.result == outcome::ok || later.kind == write_kind::remove;
    });
}

static bool is_possible(write_record const& w, history const& all, steady::time_point asked)
{
    return w.result != outcome::failed && !is_superseded(w, all, asked);
}

// Before the first settled write the object need not exist.
static bool may_be_absent(history const& all, steady::time_point asked)
{
    auto const settled = [&](write_record const& w) { return is_settled(w, asked); };
    if (std::ranges::none_of(all, settled)) return true;
    return std::ranges::any_of(all, [&](write_record const& w) {
        return w.kind == write_kind::remove && is_possible(w, all, asked);
    });
}

void ledger::record(write_record w)
{
    auto& h = history_[w.object];
    h.writes.push_back(std::move(w));
    // Half as many again, so that not every write pays for the shortening.
    if (h.writes.size() >= writes_kept + writes_kept / 2) shorten(h);
}

void ledger::shorten(object_history& h)
{
    auto const& all = h.writes;
    auto const now = steady::time_point::max();
    history kept;
    for (std::size_t i = 0; i < all.size(); ++i) {
        bool const is_recent = i + writes_kept >= all.size();
        if (is_recent || is_possible(all[i], all, now)) kept.push_back(all[i]);
    }
    h.is_shortened = h.is_shortened || kept.size() < all.size();
    h.writes = std::move(kept);
}

read_judgement ledger::judge(
    object_key const& object, std::optional<std::string_view> seen, steady::time_point asked
) const
{
    static object_history const nothing;
    auto const at = history_.find(object);
    auto const& known = at == history_.end() ? nothing : at->second;
    auto const& all = known.writes;
    if (!seen) return may_be_absent(all, asked) ? read_judgement::absent : read_judgement::lost;

    auto judgement = known.is_shortened ? read_judgement::stale : read_judgement::altered;
    for (auto const& w : all) {
        if (w.result == outcome::failed || !carries(w, *seen)) continue;
        if (is_possible(w, all, asked)) return read_judgement::current;
        judgement = read_judgement::stale;
    }
    return judgement;
}

std::optional<std::string_view> ledger::expected(object_key const& object) const
{
    auto const at = history_.find(object);
    if (at == history_.end()) return std::nullopt;
    auto const now = steady::time_point::max();
    write_record const* only = nullptr;
    auto const& all = at->second.writes;
    for (auto const& w : all) {
        if (!is_possible(w, all, now)) continue;
        if (w.kind == write_kind::remove || w.result == outcome::unknown) return std::nullopt;
        if (only != nullptr && !iequals(only->canary, w.canary)) return std::nullopt;
        only = &w;
    }
    if (only == nullptr) return std::nullopt;
    return std::string_view{only->canary};
}

std::vector<object_key> ledger::objects() const
{
    std::vector<object_key> out;
    out.reserve(history_.size());
    for (auto const& [object, all] : history_) out.push_back(object);
    return out;
}

std::size_t ledger::size() const noexcept
{
    return history_.size();
}

void ledger::merge(ledger const& other)
{
    if (&other == this) return;
    for (auto const& [object, theirs] : other.history_) {
        auto& ours = history_[object];
        ours.writes.insert(ours.writes.end(), theirs.writes.begin(), theirs.writes.end());
        ours.is_shortened = ours.is_shortened || theirs.is_shortened;
    }
}

} // namespace watertight::evidence
