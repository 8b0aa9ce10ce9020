#include "harness/probe/numbers.hpp"
#include "harness/probe/tally.hpp"
#include "probes/quota/exact_limit/probe.hpp"

#include <algorithm>
#include <cmath>

namespace watertight::probes::quota::exact_limit {

static bool has_status(target::quota const& q, probe::exchange const& e)
{
    auto const is_in = [&](auto const& r) { return e.status >= r.first && e.status <= r.last; };
    return e.answered && std::ranges::any_of(q.refused, is_in);
}

bool is_refusal(target::quota const& q, probe::exchange const& e)
{
    if (!has_status(q, e)) return false;
    if (!q.says_at.empty() && !q.says.empty()) return probe::text_at(e, q.says_at) == q.says;
    // Who is told to come back sends too fast: that is another limit.
    return !e.throttled() || q.tells_retry_after || !net::find_header(e.head, "Retry-After");
}

static bool is_refusal(trial const& t, probe::exchange const& e)
{
    return is_refusal(*t.what, e);
}

static std::uint64_t successes(std::vector<probe::exchange> const& some)
{
    return static_cast<std::uint64_t>(std::ranges::count_if(some, &probe::exchange::success));
}

// Nobody knows what came of it.
static std::uint64_t unknown(trial const& t, std::vector<probe::exchange> const& some)
{
    return static_cast<std::uint64_t>(std::ranges::count_if(some, [&](auto const& e) {
        return !e.success() && !is_refusal(t, e) && e.undecided();
    }));
}

static probe::violation make(trial const& t, std::string detail, std::vector<probe::exchange> shown)
{
    probe::violation v;
    v.victim = t.filled;
    v.channel = shown.back().channel;
    v.detail = fmt::format("Quota {}: {}", t.what->name, detail);
    v.exchanges = std::move(shown);
    return v;
}

static probe::violation
minor(trial const& t, std::string detail, std::vector<probe::exchange> shown)
{
    auto v = make(t, std::move(detail), std::move(shown));
    v.kind = evidence::guarantee::service;
    v.level = evidence::severity::medium;
    return v;
}

std::string wrong_figures(target::quota const& q, figure const& f, std::uint64_t limit)
{
    auto const& at = q.reading;
    auto const used = probe::number_at(f.told, at.used);
    auto const told_limit = probe::number_at(f.told, at.limit);
    auto const left = probe::number_at(f.told, at.remaining);
    auto const percent = probe::number_at(f.told, at.percent);
    auto const whole = static_cast<double>(limit);
    if (told_limit && *told_limit != whole) {
        return fmt::format("the limit is told as {}, not {}", *told_limit, limit);
    }
    if (used && f.used && *used != static_cast<double>(*f.used)) {
        return fmt::format("{} are told as used when it was {}", *used, *f.used);
    }
    if (used && left && std::max(0.0, whole - *used) != *left) {
        return fmt::format("{} used and {} left do not make {}", *used, *left, limit);
    }
    if (left && f.used && !used) {
        auto const expected = limit > *f.used ? limit - *f.used : 0;
        if (*left != static_cast<double>(expected)) {
            return fmt::format("{} are told as left when it was {}", *left, expected);
        }
    }
    // As a share or as a percentage, rounded to whole ones at worst.
    if (used && percent && whole > 0) {
        auto const share = *used / whole;
        auto const fits = std::abs(*percent - 100 * share) <= 1 ||
                          (*percent <= 1 && std::abs(*percent - share) <= 0.01);
        if (!fits) return fmt::format("{} of {} are told as {} %", *used, limit, *percent);
    }
    return {};
}

// Too much: the only thing that can be said where nobody tells what was used before.
static void judge_excess(trial const& t, probe::conclusion& out)
{
    auto total = successes(t.one_by_one);
    for (auto const& b : t.at_once) {
        auto const got = successes(b.uses);
        total += got;
        if (!t.already || got <= b.room) continue;
        auto const shown = *std::ranges::find_if(b.uses, &probe::exchange::success);
        out.violations.push_back(make(
            t,
            fmt::format(
                "of {} sent at once{} {} succeeded where there was room for {} of {}.",
                b.uses.size(),
                t.ways,
                got,
                b.room,
                t.limit
            ),
            {t.one_by_one.front(), shown}
        ));
        return;
    }
    // Where some were turned away for another reason there is room for one more.
    bool const is_full = t.already.value_or(0) + total >= t.limit;
    if (t.beyond && t.beyond->success() && is_full) {
        auto detail = fmt::format("{} are allowed, and one more succeeded{}.", t.limit, t.ways);
        out.violations.push_back(make(t, std::move(detail), {t.one_by_one.front(), *t.beyond}));
    } else if (total > t.limit && t.at_once.size() <= 1) {
        auto detail = fmt::format("{} are allowed, and {} succeeded{}.", t.limit, total, t.ways);
        auto const& last = t.at_once.empty() ? t.one_by_one.back() : t.at_once.back().uses.front();
        out.violations.push_back(make(t, std::move(detail), {t.one_by_one.front(), last}));
    }
}

// Too little: less than what was paid for.
static void judge_shortfall(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    if (!t.already) return;
    for (auto const& e : t.one_by_one) {
        if (!is_refusal(t, e)) continue;
        auto detail = fmt::format("refused after {} of {}.", successes(t.one_by_one), t.limit);
        out.violations.push_back(minor(t, std::move(detail), {t.one_by_one.front(), e}));
        return;
    }
    for (auto const& b : t.at_once) {
        auto const got = successes(b.uses);
        if (got >= b.room) continue;
        if (unknown(t, b.uses) > 0) {
            seen.undecided(b.uses.front().channel, "some of those sent at once failed otherwise");
            return;
        }
        auto const refused =
            std::ranges::find_if(b.uses, [&](auto const& e) { return is_refusal(t, e); });
        if (refused == b.uses.end()) continue;
        auto detail = fmt::format(
            "of {} sent at once {} succeeded where there was room for {}.",
            b.uses.size(),
            got,
            b.room
        );
        out.violations.push_back(minor(t, std::move(detail), {t.one_by_one.front(), *refused}));
        return;
    }
}

static void judge_refusal(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    if (!t.beyond || t.beyond->success()) return;
    auto const& e = *t.beyond;
    auto const& q = *t.what;
    if (!has_status(q, e)) {
        if (e.undecided()) {
            seen.undecided(e.channel, "beyond the limit it fails: " + probe::summary(e));
        } else if (t.already) {
            auto detail = "it is refused otherwise than documented: " + probe::summary(e);
            out.violations.push_back(minor(t, std::move(detail), {t.one_by_one.front(), e}));
        }
        return;
    }
    if (!q.says_at.empty()) {
        auto const said = probe::text_at(e, q.says_at).value_or("nothing");
        if (said != q.says && !(q.says.empty() && said != "nothing")) {
            auto detail = fmt::format("the refusal says {} at {}.", said, q.says_at);
            out.violations.push_back(minor(t, std::move(detail), {t.one_by_one.front(), e}));
        }
    }
    if (q.tells_retry_after && !net::find_header(e.head, "Retry-After")) {
        std::string detail = "the refusal does not say when to come back.";
        out.violations.push_back(minor(t, std::move(detail), {t.one_by_one.front(), e}));
    }
}

static void judge_figures(trial const& t, probe::conclusion& out)
{
    for (auto const& f : t.figures) {
        if (!f.told.answered) continue;
        auto const wrong = wrong_figures(*t.what, f, t.limit);
        if (wrong.empty()) continue;
        out.violations.push_back(minor(t, wrong + ".", {t.one_by_one.front(), f.told}));
        return;
    }
}

static void judge_removal(trial const& t, probe::conclusion& out)
{
    if (!t.removal || !t.removal->success() || !t.freed || !is_refusal(t, *t.freed)) return;
    std::string detail = "what was removed still counts: there is no room for another.";
    out.violations.push_back(minor(t, std::move(detail), {*t.removal, *t.freed}));
}

static void judge_other(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    if (!t.other_before.success()) {
        seen.undecided(
            t.other_before.channel,
            "the other tenant was refused before: " + probe::summary(t.other_before)
        );
        return;
    }
    if (is_refusal(t, t.other_after)) {
        auto v = make(
            t,
            "one tenant has used its own up, and another one is refused.",
            {t.other_before, t.other_after}
        );
        v.victim = t.other;
        v.intruder = t.filled;
        out.violations.push_back(std::move(v));
    } else if (!t.other_after.success()) {
        seen.undecided(t.other_after.channel, "the other tenant's use failed otherwise");
    }
    if (!t.other_told_before || !t.other_told_after) return;
    auto const& place =
        t.what->reading.used.empty() ? t.what->reading.remaining : t.what->reading.used;
    auto const before = probe::number_at(*t.other_told_before, place);
    auto const after = probe::number_at(*t.other_told_after, place);
    if (!before || !after || *before == *after) return;
    auto v = make(
        t,
        fmt::format("a tenant's figure went from {} to {} by another's doing.", *before, *after),
        {*t.other_told_before, *t.other_told_after}
    );
    v.victim = t.other;
    v.intruder = t.filled;
    v.kind = evidence::guarantee::unobservability;
    out.violations.push_back(std::move(v));
}

static void judge_one(trial const& t, probe::conclusion& out, probe::tally& seen)
{
    auto const quota = "quota " + t.what->name;
    if (!t.failure.empty()) {
        seen.undecided(quota, t.failure);
        return;
    }
    if (t.one_by_one.empty() || !t.one_by_one.front().success()) {
        auto const why = t.one_by_one.empty() ? "" : probe::summary(t.one_by_one.front());
        seen.undecided(quota, "not even the first use succeeds: " + why);
        return;
    }
    seen.decided(quota);
    auto const before = out.violations.size();
    judge_excess(t, out);
    judge_shortfall(t, out, seen);
    judge_refusal(t, out, seen);
    // Where too much or too little was let in, the figures tell just that.
    if (out.violations.size() == before) judge_figures(t, out);
    judge_removal(t, out);
    judge_other(t, out, seen);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) judge_one(t, out, seen);
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::quota::exact_limit
