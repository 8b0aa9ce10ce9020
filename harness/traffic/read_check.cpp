#include "harness/traffic/read_check.hpp"

#include "harness/base/text.hpp"

namespace watertight::traffic {

using evidence::read_judgement;

evidence::object_key key_of(target::object const& o)
{
    return {o.tenant, o.resource, o.serial};
}

read_check::read_check(std::size_t resources, evidence::ledger const* before)
    : before_{before}, has_shown_(resources, false)
{
}

std::optional<std::string_view> read_check::expected(live_object const& o) const
{
    if (before_) {
        if (auto known = before_->expected(key_of(*o.data))) return known;
    }
    if (o.data->canary.empty()) return std::nullopt;
    return std::string_view{o.data->canary};
}

void read_check::begin_history(live_object& o)
{
    if (o.is_recorded) return;
    o.is_recorded = true;
    history_.record(
        {.object = key_of(*o.data),
         .kind = evidence::write_kind::create,
         .result = evidence::outcome::ok,
         .canary = std::string{expected(o).value_or(std::string_view{})}}
    );
}

// An object that nobody has written to since the run began is not in the ledger: most never are,
// and their history is one value.
read_judgement read_check::judge_one(
    live_object const& o, std::optional<std::string_view> canary, steady::time_point asked
) const
{
    if (o.is_recorded) return history_.judge(key_of(*o.data), canary, asked);
    if (!canary) return read_judgement::lost;
    auto const wanted = expected(o);
    // A target may change the case of what it keeps.
    bool const is_same = wanted && iequals(*canary, *wanted);
    return is_same ? read_judgement::current : read_judgement::altered;
}

std::optional<read_judgement>
read_check::judge(live_object const& o, std::size_t resource, bool removed, read_back const& seen)
{
    if (!o.is_ours || o.writes_in_flight > 0 || !expected(o)) return std::nullopt;
    if (!seen.present) {
        if (removed) return read_judgement::absent;
        bool const too_early = seen.asked - o.settled < seen.within;
        if (too_early || !has_shown_[resource]) return std::nullopt;
        return judge_one(o, std::nullopt, seen.asked);
    }
    std::optional<read_judgement> worst;
    for (auto const& token : seen.canaries) {
        auto const one = judge_one(o, std::string_view{token.data(), token.size()}, seen.asked);
        if (one == read_judgement::current) {
            has_shown_[resource] = true;
            return one;
        }
        // A stale value is at least the object's own, so it says more than another one beside it.
        if (!worst || one == read_judgement::stale) worst = one;
    }
    if (!has_shown_[resource]) return std::nullopt;
    bool const may_lag = seen.asked - o.settled < seen.within;
    if (may_lag && worst != read_judgement::current) return std::nullopt;
    return worst;
}

} // namespace watertight::traffic
