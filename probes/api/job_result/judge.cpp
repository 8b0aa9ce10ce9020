#include "harness/probe/body_diff.hpp"
#include "harness/probe/own_fields.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/api/job_result/probe.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::api::job_result {

static bool shows_own(probe::exchange const& e)
{
    return e.success() && e.token_of(e.tenant) != nullptr;
}

static void judge_view(result_view const& v, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = v.alone.channel;
    for (auto const& e : v.together) {
        auto const* const token = e.foreign_token();
        if (token != nullptr) {
            auto const detail = fmt::format(
                "{} ordered a job while other tenants did the same ({} at once), and what it was "
                "given is another tenant's.{}",
                e.sender,
                v.together.size(),
                v.alone.foreign_token() != nullptr ? " So it is for a job made alone." : ""
            );
            out.violations.push_back(probe::shown_by(*token, channel, detail, {v.alone, e}));
            seen.decided(channel);
        } else if (!shows_own(v.alone)) {
            seen.undecided(channel, "a job made alone shows nothing of its owner's");
        } else if (!shows_own(e)) {
            seen.undecided(channel, "beside others' jobs it shows nothing: " + probe::summary(e));
        } else {
            seen.decided(channel);
        }
    }
}

static void judge_spoofed(spoofed_job const& s, probe::conclusion& out)
{
    for (auto const& e : s.views) {
        // An identifier may be the order's own word, kept with the job.
        if (!e.shows_canary_of(s.named)) continue;
        auto const detail = fmt::format(
            "{} ordered a job with {} naming another tenant, and was given that tenant's data.",
            e.sender,
            s.members
        );
        auto const& token = *e.token_of(s.named);
        out.violations.push_back(probe::shown_by(token, e.channel, detail, {s.order, e}));
        return;
    }
}

static void judge_link(handed_out_link const& l, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = l.owner.channel;
    if (!shows_own(l.owner) || l.intruder.undecided()) return;
    seen.decided(channel);
    auto const* const token = l.intruder.token_of(l.owner.tenant);
    if (token == nullptr) return;
    auto const detail = fmt::format(
        "{} was shown what another tenant's job had made, at the address that its state names.",
        l.intruder.sender
    );
    out.violations.push_back(probe::shown_by(*token, channel, detail, {l.owner, l.intruder}));
}

static void judge_removed(removed_job const& r, probe::conclusion& out, probe::tally& seen)
{
    auto const& channel = r.before.channel;
    if (!r.before.shows_canary_of(r.before.tenant) || !r.removal.success()) return;
    if (r.after.undecided()) return;
    seen.decided(channel);
    if (!r.after.success() || !r.after.shows_canary_of(r.after.tenant)) return;
    probe::violation v;
    v.victim = r.after.tenant;
    v.channel = channel;
    v.detail = "The job was removed, and what it had made is still there.";
    auto const& token = *r.after.token_of(r.after.tenant);
    v.token = token.token;
    v.position = probe::position(r.after, token);
    v.exchanges = {r.before, r.removal, r.after};
    v.level = evidence::severity::medium;
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(trial const& t)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& v : t.views) judge_view(v, out, seen);
    for (auto const& s : t.spoofed) judge_spoofed(s, out);
    for (auto const& l : t.links) judge_link(l, out, seen);
    for (auto const& r : t.removed) judge_removed(r, out, seen);
    seen.finish(out);
    return out;
}

static bool is_capability(std::string_view link)
{
    auto const query = link.find('?');
    if (query == std::string_view::npos) return false;
    auto const words = to_lower(link.substr(query));
    static constexpr std::string_view signs[] = {"sig", "token", "expire", "key", "hmac", "secret"};
    return std::ranges::any_of(signs, [&](auto sign) { return words.find(sign) != words.npos; });
}

std::vector<std::string> links_in(std::string_view body, std::string_view origin)
{
    std::vector<std::string> out;
    for (auto const& [pointer, leaf] : probe::flatten(body)) {
        auto const value = nlohmann::json::parse(leaf, nullptr, false);
        if (pointer.empty() || !value.is_string()) continue;
        auto link = value.get<std::string>();
        if (link.starts_with(origin)) link.erase(0, origin.size());
        auto const is_path = link.size() > 1 && link[0] == '/' && link[1] != '/';
        if (is_path && link.find(' ') == std::string::npos && !is_capability(link))
            out.push_back(std::move(link));
    }
    return out;
}

std::string
with_members(std::string_view body, std::vector<std::string> const& names, std::string_view value)
{
    std::string out{body};
    for (auto const& name : names) {
        auto longer = probe::with_member(out, name, value);
        if (!longer) return {};
        out = std::move(*longer);
    }
    return out;
}

} // namespace watertight::probes::api::job_result
