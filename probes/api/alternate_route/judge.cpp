#include "harness/probe/links.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/alternate_route/probe.hpp"

#include <algorithm>

namespace watertight::probes::api::alternate_route {

static void judge_read(read_trial const& t, probe::tally& seen, probe::conclusion& out)
{
    auto const& e = t.hostile;
    if (auto const* const token = e.foreign_token()) {
        out.violations.push_back(probe::shown_by(
            *token,
            e.channel,
            fmt::format(
                "By a route derived from the described one ({}), {} asked {} and was shown another "
                "tenant's data.",
                t.how,
                e.sender,
                t.way
            ),
            {t.control, e}
        ));
    }
    if (e.undecided() && e.foreign_token() == nullptr) {
        seen.undecided(e.channel, "the intruder's request failed: " + probe::summary(e));
    } else {
        seen.decided(e.channel);
    }
}

static std::string header_of(probe::exchange const& e, std::string_view name)
{
    return std::string{net::find_header(e.head, name).value_or("")};
}

// What HEAD tells of the object: that it is there, or a length or tag that is the object's.
static std::string told_by_head(head_trial const& t)
{
    auto const& absent = t.absent;
    if (!t.control.success() || t.hostile.undecided() || absent.undecided()) return {};
    if (t.is_open) return {};
    if (absent.status != t.absent_again.status) return {};
    if (t.hostile.success() && !absent.success()) return "that it is there";
    if (!t.hostile.success()) return {};
    for (auto const* const name : {"ETag", "Last-Modified", "Content-Length"}) {
        auto const own = header_of(t.control, name);
        auto const nobodys = header_of(absent, name);
        auto const is_steady = nobodys == header_of(t.absent_again, name);
        if (!own.empty() && is_steady && own != nobodys && own == header_of(t.hostile, name)) {
            return std::string{"its "} + name;
        }
    }
    return {};
}

static void judge_head(head_trial const& t, probe::tally& seen, probe::conclusion& out)
{
    if (auto const told = told_by_head(t); !told.empty()) {
        probe::violation v;
        v.victim = t.control.tenant;
        v.intruder = t.hostile.tenant;
        v.channel = t.hostile.channel;
        v.detail = fmt::format(
            "HEAD, which is not described and derived from the read, told {} of another tenant's "
            "object {}.",
            t.hostile.sender,
            told
        );
        v.position = "response headers";
        v.exchanges = {t.control, t.absent, t.hostile};
        v.level = evidence::severity::medium;
        v.kind = evidence::guarantee::unobservability;
        out.violations.push_back(std::move(v));
    }
    seen.decided(t.hostile.channel);
}

bool shows_own(probe::exchange const& e)
{
    return e.success() && e.shows_canary_of(e.tenant);
}

static probe::exchange const* effect_in(write_trial const& t)
{
    if (t.removes) {
        auto const is_gone = std::ranges::none_of(t.after, &probe::exchange::undecided) &&
                             std::ranges::none_of(t.after, shows_own);
        return is_gone && !t.after.empty() ? &t.after.front() : nullptr;
    }
    for (auto const& view : t.after) {
        if (view.success() && !view.shown(t.planted).empty()) return &view;
    }
    return nullptr;
}

static void judge_write(write_trial const& t, probe::tally& seen, probe::conclusion& out)
{
    auto const& e = t.hostile;
    if (!shows_own(t.before)) return;
    if (auto const* const view = effect_in(t)) {
        probe::violation v;
        v.victim = t.before.tenant;
        v.intruder = e.tenant;
        v.channel = e.channel;
        v.detail = fmt::format(
            "After a request by a route derived from the described one ({}), {}, {}.",
            t.how,
            t.way,
            t.removes ? "the owner's object is gone" : "the owner reads the intruder's canary"
        );
        v.token = view->shown(t.planted);
        v.position = "the owner's read-back";
        v.exchanges = {t.before, *view, e};
        v.kind = evidence::guarantee::integrity;
        out.violations.push_back(std::move(v));
    }
    if (auto const* const token = e.foreign_token()) {
        auto const detail = e.sender + " wrote by a derived route and was shown foreign data.";
        out.violations.push_back(probe::shown_by(*token, e.channel, detail, {t.before, e}));
    }
    if (e.undecided() && effect_in(t) == nullptr) {
        seen.undecided(e.channel, "the intruder's request failed: " + probe::summary(e));
    } else {
        seen.decided(e.channel);
    }
}

probe::conclusion judge(evidence_found const& all)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& s : all.surveys) {
        auto const& channel = s.plain.channel;
        if (s.works) {
            seen.decided(channel);
        } else if (probe::gives_link_alone(s.plain)) {
            // What the link opens is examined by itself.
            continue;
        } else if (s.plain.success()) {
            seen.undecided(
                channel, "the described route shows its owner no canary: " + summary(s.plain)
            );
        } else {
            seen.undecided(channel, "the described route fails its owner: " + summary(s.plain));
        }
    }
    for (auto const& t : all.reads) judge_read(t, seen, out);
    for (auto const& t : all.heads) judge_head(t, seen, out);
    for (auto const& t : all.writes) judge_write(t, seen, out);
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::api::alternate_route
