#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/poison_job/probe.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probes::api::poison_job {

using nlohmann::json;

static std::vector<json> bad_values(json const& value)
{
    if (value.is_string()) return {"", "no such thing", nullptr};
    if (value.is_number()) return {-1, 0};
    if (value.is_array()) return {json::array(), json::array({"no such thing"}), nullptr};
    if (value.is_object()) return {json::object(), nullptr};
    return {nullptr};
}

std::vector<poison> poisons(std::string_view body)
{
    static constexpr std::size_t poisons_max = 16;
    std::vector<poison> out;
    auto const whole = json::parse(body, nullptr, false);
    if (!whole.is_object()) return out;
    auto const fields = probe::own_fields(whole);
    for (auto const& [name, value] : whole.at(fields).items()) {
        for (auto const& bad : bad_values(value)) {
            if (out.size() == poisons_max) return out;
            auto changed = whole;
            changed[fields][name] = bad;
            out.push_back({name + " = " + bad.dump(), changed.dump()});
        }
    }
    return out;
}

static std::string hows_of(trial const& t)
{
    std::vector<std::string> out;
    for (auto const& p : t.taken) out.push_back(p.how);
    return join(out, ", ");
}

static void accuse(trial const& t, probe::conclusion& out)
{
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.intruder;
    v.channel = t.order.channel;
    v.detail = fmt::format(
        "A job of the victim's took {}. After {} of the neighbour's with a spoilt order ({}) had "
        "been taken, one of the same kind had not ended after {}{}.",
        human(t.before.took),
        plural(t.taken.size(), "job"),
        hows_of(t),
        human(t.after.took),
        t.relieved.ended ? "; it ended when those were removed" : ""
    );
    v.exchanges = {t.order, t.after.last};
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const& channel = t.order.channel;
        if (!t.failure.empty()) {
            seen.undecided(channel, t.failure);
        } else if (!t.before.ended) {
            seen.undecided(channel, "the victim's job does not end: " + summary(t.before.last));
        } else if (t.taken.empty() && t.refused == 0) {
            seen.undecided(channel, "no spoilt order was answered: " + summary(t.order));
        } else if (t.after.last.undecided() || (!t.after.ended && !t.after.last.success())) {
            seen.undecided(channel, "the state can't be read: " + summary(t.after.last));
        } else {
            // Refused at once it is nobody's burden.
            seen.decided(channel);
            if (!t.after.ended) accuse(t, out);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::poison_job
