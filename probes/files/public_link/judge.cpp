#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/files/public_link/probe.hpp"

namespace watertight::probes::files::public_link {

static void
accuse(trial const& t, probe::exchange const& e, std::string detail, probe::conclusion& out)
{
    auto const* const token = e.token_of(t.victim);
    if (token == nullptr) return;
    out.violations.push_back(
        probe::shown_by(*token, t.source.channel, std::move(detail), {t.source, e})
    );
}

static void judge_link(trial const& t, probe::conclusion& out, std::size_t& capabilities)
{
    if (t.source.tenant != t.victim) {
        accuse(
            t,
            t.nobodys,
            t.source.sender + " was given a link to another tenant's object, and it opens.",
            out
        );
        return;
    }
    if (!t.is_capability) {
        auto const& e = t.nobodys.token_of(t.victim) != nullptr ? t.nobodys : t.intruders;
        accuse(
            t,
            e,
            fmt::format(
                "{} opens for {}: nothing in it is a secret, as it is made of what gets around.",
                t.where.target,
                e.sender
            ),
            out
        );
        return;
    }
    for (auto const& e : t.rewritten) {
        accuse(
            t,
            e,
            fmt::format(
                "What makes a link of its own secret opens another tenant's object as well: {}.",
                e.path
            ),
            out
        );
        if (e.token_of(t.victim) != nullptr) return;
    }
    if (t.nobodys.token_of(t.victim) != nullptr) ++capabilities;
    for (auto const& e : t.altered) {
        accuse(t, e, fmt::format("The link opens without what makes it secret: {}.", e.path), out);
        if (e.token_of(t.victim) != nullptr) return;
    }
}

// Whoever may list a folder needs to guess nothing. A page that greets in the tenant's name is no
// list: what counts is what the tenant stored, or the name under which it lies there.
static void judge_folders(trial const& t, probe::conclusion& out)
{
    static constexpr std::size_t name_size_min = 3;
    auto const path = t.where.target.substr(0, t.where.target.find_first_of("?#"));
    auto const name = path.substr(path.rfind('/') + 1);
    for (auto const& e : t.folders) {
        auto const is_named = name.size() >= name_size_min && e.shows(name);
        if (!e.success() || !(is_named || e.shows_canary_of(t.victim))) continue;
        accuse(
            t,
            e,
            fmt::format("{}, where the link lies, lists for anybody what is in it.", e.path),
            out
        );
        return;
    }
}

static bool leads_to_data(trial const& t)
{
    return t.source.tenant != t.victim || t.owners.shows_canary_of(t.victim);
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    std::size_t capabilities = 0;
    for (auto const& t : trials) {
        auto const& channel = t.source.channel;
        if (!leads_to_data(t)) continue;
        if (t.intruders.throttled() || t.nobodys.throttled() || !t.nobodys.answered) {
            seen.undecided(channel, "a link could not be followed: " + probe::summary(t.nobodys));
            continue;
        }
        seen.decided(channel);
        judge_link(t, out, capabilities);
        judge_folders(t, out);
        accuse(
            t,
            t.afterwards,
            "The owner removed the object; a link to it still opens for anybody.",
            out
        );
    }
    seen.finish(out);
    if (capabilities > 0) {
        out.notes.push_back(fmt::format(
            "{} opened for anybody who has them, by design as it seems: part of each is a secret.",
            plural(capabilities, "link")
        ));
    }
    return out;
}

} // namespace watertight::probes::files::public_link
