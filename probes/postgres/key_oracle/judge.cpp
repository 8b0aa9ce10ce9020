#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/key_oracle/probe.hpp"

#include <algorithm>

namespace watertight::probes::postgres::key_oracle {

// A wait counts where the difference leans to one side so much that chance alone would do so less
// than once in a hundred times.
static std::string waits_of(attempt const& a)
{
    static constexpr double p_max = 0.01;
    std::vector<double> differences;
    auto const n = std::min(a.alone_ms.size(), a.waiting_ms.size());
    for (std::size_t i = 0; i < n; ++i) differences.push_back(a.waiting_ms[i] - a.alone_ms[i]);
    auto const p = signed_rank_p(differences);
    if (p >= p_max || median_of(differences) <= 0) return {};
    return fmt::format(
        " An insert waits for the other's open transaction on the same value, too: {:.0f} ms "
        "against {:.0f} ms (medians of {} pairs, signed-rank p = {:.4f}, error rate 1 %).",
        median_of(a.waiting_ms),
        median_of(a.alone_ms),
        n,
        p
    );
}

static std::string detail_of(attempt const& a)
{
    switch (a.what) {
    case kind::unique:
        return fmt::format(
            "The key {} on {} has no tenant in it: a row of one's own with another tenant's value "
            "is refused as a duplicate (or, with ON CONFLICT, left out), which tells that the "
            "other has it, and keeps one from having it oneself.",
            a.key,
            a.columns
        );
    case kind::reference:
        return fmt::format(
            "The foreign key {} on {} has no tenant in it: a row of one's own may refer to "
            "another tenant's row, and the answer tells whether that is there. The server checks "
            "such keys past row security.",
            a.key,
            a.columns
        );
    case kind::cascade:
        return fmt::format(
            "The foreign key {} on {} has no tenant in it, and deletions follow it: when a tenant "
            "deletes its own row, another tenant's row goes with it.",
            a.key,
            a.columns
        );
    }
    return {};
}

static void add_violation(attempt const& a, probe::conclusion& out)
{
    probe::violation v;
    v.victim = a.victim;
    v.intruder = a.intruder;
    v.channel = fmt::format("postgres {} key {}", a.table, a.key);
    v.detail = detail_of(a) + waits_of(a);
    v.position = "key " + a.key;
    v.reproduction = a.reproduction;
    if (a.what != kind::unique) v.kind = evidence::guarantee::integrity;
    if (a.what == kind::cascade) v.channel += " cascade";
    if (a.what == kind::cascade) v.level = evidence::severity::high;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<attempt> const& attempts)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& a : attempts) {
        auto const channel = fmt::format("postgres {} key {}", a.table, a.key);
        if (!a.control) {
            seen.undecided(channel, a.failure);
            continue;
        }
        seen.decided(channel);
        if (a.tells) add_violation(a, out);
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::postgres::key_oracle
