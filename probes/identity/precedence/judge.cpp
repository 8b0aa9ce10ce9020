#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/identity/precedence/probe.hpp"

#include <algorithm>
#include <map>

namespace watertight::probes::identity::precedence {

std::string_view column(way w)
{
    switch (w) {
    case way::agrees:
        return "agrees";
    case way::alone:
        return "alone";
    case way::others:
        return "other's, alone";
    case way::beside_own:
        return "other's, beside own";
    case way::twice:
        return "twice";
    case way::spelt:
        return "other spelling";
    case way::forwarded:
        return "forwarded";
    case way::no_credentials:
        return "no credentials";
    case way::unknown:
        return "nobody's";
    case way::empty:
        return "empty";
    }
    return "";
}

static constexpr way ways[] = {
    way::agrees,
    way::alone,
    way::others,
    way::beside_own,
    way::twice,
    way::spelt,
    way::forwarded,
    way::no_credentials,
    way::unknown,
    way::empty,
};

static bool shows_own(probe::exchange const& e)
{
    return e.success() && e.token_of(e.tenant) != nullptr;
}

static bool names_own(way w)
{
    return w == way::agrees || w == way::alone;
}

// What a cell says of a request; the later in this order, the more it matters.
enum class reply { none, undecided, nothing, own, refused, victims };

static reply reply_of(trial const& t)
{
    if (t.hostile.foreign_token() != nullptr) return reply::victims;
    if (t.hostile.undecided()) return reply::undecided;
    if (shows_own(t.hostile)) return reply::own;
    return t.hostile.refused() ? reply::refused : reply::nothing;
}

struct cell {
    reply worst = reply::none;
    std::string refusals{};
    bool is_mixed = false;
};

static std::string text_of(cell const& c, way w)
{
    switch (c.worst) {
    case reply::none:
        return "";
    case reply::undecided:
        return "undecided";
    case reply::nothing:
        return "nothing";
    case reply::own:
        // The credentials decided, whatever the channel said.
        return names_own(w) ? "own data" : "own data (ignored)";
    case reply::refused:
        return "refused " + c.refusals + (c.is_mixed ? " or ignored" : "");
    case reply::victims:
        return "OTHER'S DATA";
    }
    return "";
}

using table_rows = std::map<std::string, std::map<way, cell>>;

static void note(table_rows& rows, trial const& t)
{
    auto& c = rows[t.channel][t.how];
    auto const now = reply_of(t);
    auto const is_answer = now == reply::own || now == reply::refused;
    auto const was_answer = c.worst == reply::own || c.worst == reply::refused;
    c.is_mixed = c.is_mixed || (is_answer && was_answer && now != c.worst);
    c.worst = std::max(c.worst, now);
    if (now != reply::refused) return;
    auto const status = std::to_string(t.hostile.status);
    if (c.refusals.find(status) != std::string::npos) return;
    c.refusals += (c.refusals.empty() ? "" : "/") + status;
}

static verdict::result_table table_of(table_rows const& rows)
{
    verdict::result_table out;
    out.title = "Whom a request is for, by the channel that says so";
    out.columns.emplace_back("channel");
    std::vector<way> used;
    for (auto const w : ways) {
        auto const has = [w](auto const& row) { return row.second.contains(w); };
        if (std::ranges::any_of(rows, has)) used.push_back(w);
    }
    for (auto const w : used) out.columns.emplace_back(column(w));
    for (auto const& [channel, cells] : rows) {
        std::vector<std::string> line{channel};
        for (auto const w : used) {
            auto const at = cells.find(w);
            line.push_back(at == cells.end() ? std::string{} : text_of(at->second, w));
        }
        out.rows.push_back(std::move(line));
    }
    return out;
}

static probe::violation shown(trial const& t)
{
    auto const what = t.detail.empty() ? std::string{column(t.how)} : t.detail;
    auto const who =
        t.how == way::no_credentials ? "Somebody without credentials" : t.hostile.sender;
    return probe::shown_by(
        *t.hostile.foreign_token(),
        fmt::format("identity {}, {}", t.channel, what),
        who + " named a tenant in this way and was shown another's data.",
        {t.victims, t.hostile}
    );
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    table_rows rows;
    std::map<std::string, bool> works;
    for (auto const& t : trials) {
        if (names_own(t.how)) works[t.channel] = works[t.channel] || shows_own(t.hostile);
    }
    std::map<reply, std::uint64_t> conflicts;
    for (auto const& t : trials) {
        auto const now = reply_of(t);
        if (!t.is_guess || now == reply::victims) note(rows, t);
        auto const is_conflict = !names_own(t.how) && t.how != way::unknown && t.how != way::empty;
        if (is_conflict) ++conflicts[now];
        if (now == reply::victims) {
            out.violations.push_back(shown(t));
            seen.decided(t.channel);
        } else if (t.is_guess) {
            // What a target knows nothing of proves nothing, and needs no proof.
        } else if (!t.victims.success() || t.victims.token_of(t.victim) == nullptr) {
            seen.undecided(t.channel, "the victim's own read shows nothing: " + summary(t.victims));
        } else if (works.contains(t.channel) && !works[t.channel]) {
            seen.undecided(t.channel, "it is refused when it names the sender's own tenant");
        } else if (now == reply::undecided) {
            seen.undecided(t.channel, "the request failed: " + summary(t.hostile));
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    out.tables.push_back(table_of(rows));
    out.notes.push_back(fmt::format(
        "of {} that named another tenant than the credentials, in one channel or several, {} were "
        "refused, {} answered for the credentials' tenant, {} with nothing, {} for the other",
        plural(
            conflicts[reply::refused] + conflicts[reply::own] + conflicts[reply::nothing] +
                conflicts[reply::victims],
            "request"
        ),
        conflicts[reply::refused],
        conflicts[reply::own],
        conflicts[reply::nothing],
        conflicts[reply::victims]
    ));
    return out;
}

} // namespace watertight::probes::identity::precedence
