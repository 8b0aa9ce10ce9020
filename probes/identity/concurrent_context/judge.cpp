#include "probes/identity/concurrent_context/probe.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace watertight::probes::identity::concurrent_context {

using channels = std::set<std::string>;

static channels leaking_alone(trial const& t)
{
    channels out;
    for (auto const& e : t.alone) {
        if (e.foreign_token() != nullptr) out.insert(e.channel);
    }
    return out;
}

static void judge_answers(trial const& t, channels const& leaking, probe::conclusion& out)
{
    for (std::size_t i = 0; i < t.answers.size(); ++i) {
        auto const& e = t.answers[i].answer;
        auto const* const token = e.foreign_token();
        if (token == nullptr) continue;
        auto const detail = fmt::format(
            "{} asked for its own data while other tenants did the same (request {} of {}) and was "
            "shown another tenant's. {}",
            e.sender,
            i + 1,
            t.answers.size(),
            leaking.contains(e.channel) ? "It is shown to a tenant that asks alone, too."
                                        : "A race: it needs the concurrency to appear again."
        );
        out.violations.push_back(probe::shown_by(*token, e.channel, detail, {e}));
    }
}

static std::set<tenant_index> owners_in(probe::exchange const& e)
{
    std::set<tenant_index> out;
    for (auto const& token : e.seen) out.insert(token.who.tenant);
    return out;
}

// What is public is there for every request that nobody sends. What a worker still holds of the
// last tenant comes and goes: it is there after nothing was, or it is another tenant's each time.
// The other way round, nothing after something, is what a limit on anonymous requests looks like.
static void judge_nobodys(trial const& t, probe::conclusion& out)
{
    struct history {
        bool was_bare = false;
        std::map<std::string, std::set<tenant_index>> by_path;
    };
    std::map<std::string, history> known;
    for (auto const& e : t.nobodys) {
        if (e.undecided()) continue;
        auto& before = known[e.channel];
        if (e.seen.empty()) {
            before.was_bare = true;
            continue;
        }
        auto const owners = owners_in(e);
        auto const [first, is_first] = before.by_path.emplace(e.path, owners);
        auto const in_first = [&](tenant_index o) { return first->second.contains(o); };
        if (!before.was_bare && (is_first || std::ranges::any_of(owners, in_first))) continue;
        auto const detail = fmt::format(
            "A request without credentials and without a tenant, sent between requests of tenants, "
            "was answered with a tenant's data; the same request at another moment was not. What "
            "serves it still holds the tenant of an earlier request."
        );
        auto v = probe::shown_by(e.seen.front(), e.channel, detail, {e});
        v.intruder.reset();
        out.violations.push_back(std::move(v));
    }
}

static void judge_afterwards(trial const& t, channels const& leaking, probe::conclusion& out)
{
    for (auto const& [first, again] : t.afterwards) {
        auto const* const token = first.foreign_token();
        if (token == nullptr || leaking.contains(first.channel)) continue;
        auto const stays = again.shows(token->token);
        auto const detail = fmt::format(
            "After all tenants had written at once, {} {} another tenant's.",
            first.sender,
            stays ? "keeps finding among its own data" : "was shown once"
        );
        auto v = probe::shown_by(*token, first.channel, detail, {first});
        if (stays) {
            // What one tenant wrote lies in the other's place.
            v.kind = evidence::guarantee::integrity;
            v.intruder = token->who.tenant;
            v.victim = first.tenant;
            v.exchanges = {first, again};
        }
        out.violations.push_back(std::move(v));
    }
}

static std::string excluded_by(std::uint64_t overlapped)
{
    return fmt::format(
        "identity.concurrent_context: {} answers were conclusive while another tenant's request "
        "was under way; none showing foreign data, at most {:.2g} % of such requests do, at 95 % "
        "confidence (rule of three)",
        overlapped,
        300.0 / static_cast<double>(overlapped)
    );
}

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    auto const leaking = leaking_alone(t);
    judge_answers(t, leaking, out);
    judge_nobodys(t, out);
    judge_afterwards(t, leaking, out);

    channels shows_own;
    for (auto const& [e, overlapped] : t.answers) {
        if (e.success() && e.token_of(e.tenant) != nullptr) shows_own.insert(e.channel);
    }
    std::uint64_t overlapped = 0;
    for (auto const& s : t.answers) {
        if (s.answer.undecided() || !shows_own.contains(s.answer.channel)) continue;
        ++out.trials;
        overlapped += s.overlapped ? 1 : 0;
    }
    out.controls = out.trials;
    if (out.trials == 0)
        out.add_undecided("no tenant met its own data under concurrency");
    else if (overlapped == 0)
        out.add_undecided("no two tenants' requests were in flight together");
    else if (out.violations.empty())
        out.notes.push_back(excluded_by(overlapped));
    return out;
}

} // namespace watertight::probes::identity::concurrent_context
