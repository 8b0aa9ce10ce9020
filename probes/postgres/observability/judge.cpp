#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/observability/probe.hpp"

#include <algorithm>

namespace watertight::probes::postgres::observability {

// Chance alone would let the pairs lean this much less than once in a hundred times.
static std::optional<double> p_of_waiting(attempt const& a)
{
    static constexpr double p_max = 0.01;
    std::vector<double> differences;
    auto const n = std::min(a.alone_ms.size(), a.held_ms.size());
    for (std::size_t i = 0; i < n; ++i) differences.push_back(a.held_ms[i] - a.alone_ms[i]);
    auto const p = signed_rank_p(differences);
    if (p >= p_max || median_of(differences) <= 0) return std::nullopt;
    return p;
}

static std::string detail_of(attempt const& a)
{
    switch (a.what) {
    case sight::activity:
        return "A session of the application's role reads in pg_stat_activity what other sessions "
               "of that role, which serve other tenants, have just sent: values stand in the "
               "statements' text.";
    case sight::channel:
        return "Whoever listens is told what another tenant's rows hold: LISTEN asks for no "
               "privilege.";
    case sight::slot:
        return "The application's role reads every tenant's changes from a replication slot, past "
               "all policies.";
    case sight::lock:
        break;
    }
    return fmt::format(
        "Requests of several tenants take one advisory lock: this one took {:.0f} ms while another "
        "session of the application's role held it and {:.0f} ms otherwise (medians of {} "
        "interleaved pairs, signed-rank p = {:.4f}, error rate 1 %).",
        median_of(a.held_ms),
        median_of(a.alone_ms),
        std::min(a.alone_ms.size(), a.held_ms.size()),
        p_of_waiting(a).value_or(1)
    );
}

static probe::violation violation_of(attempt const& a)
{
    probe::violation v;
    v.victim = a.victim;
    v.intruder = a.intruder;
    v.channel = a.channel;
    v.detail = detail_of(a);
    v.token = a.token;
    v.position = a.channel;
    v.reproduction = a.reproduction;
    // It takes a statement of one's own to read them, and then there is worse.
    if (a.what == sight::activity) v.level = evidence::severity::low;
    if (a.what == sight::slot) v.level = evidence::severity::high;
    if (a.what == sight::lock) v.kind = evidence::guarantee::performance;
    return v;
}

probe::conclusion judge(std::vector<attempt> const& attempts)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const shows = a.what == sight::lock ? p_of_waiting(a).has_value() : !a.token.empty();
        if (shows) out.violations.push_back(violation_of(a));
        if (shows || a.control)
            seen.decided(a.channel);
        else
            seen.undecided(a.channel, a.failure);
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::observability
