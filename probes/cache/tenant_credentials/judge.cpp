#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/cache/tenant_credentials/probe.hpp"

namespace watertight::probes::cache::tenant_credentials {

std::optional<bool> would_run(stores::redis_reply const& reply)
{
    if (reply.text == "QUEUED") return true;
    if (reply.is_error() && reply.text.starts_with("NOPERM")) return false;
    return std::nullopt;
}

std::string text_of(stores::redis_reply const& reply)
{
    auto out = reply.text;
    for (auto const& element : reply.elements) {
        if (!out.empty()) out += ' ';
        out += text_of(element);
    }
    return out;
}

std::string with_credentials(std::string_view url, std::string_view user, std::string_view password)
{
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos || url.starts_with("unix") || user.empty()) return {};
    auto const rest = url.substr(scheme + 3);
    // A password may hold an encoded '@', and a path none.
    auto const at = rest.find('@');
    auto const place = at == std::string_view::npos ? rest : rest.substr(at + 1);
    return fmt::format("{}://{}:{}@{}", url.substr(0, scheme), user, password, place);
}

std::vector<std::string> patterns_for(std::string_view channel)
{
    std::vector<std::string> out{std::string{channel}};
    auto const last = channel.find_last_of(":/.|#");
    if (last != std::string_view::npos) {
        out.push_back(std::string{channel.substr(0, last + 1)} + "*");
    }
    return out;
}

static probe::violation violation_of(trial const& t)
{
    probe::violation v;
    v.victim = t.victim;
    v.intruder = t.intruder;
    v.channel = t.channel;
    v.detail = fmt::format("Tried as the tenant itself: {}. {}", t.attempt, t.meaning);
    v.token = t.shown;
    v.position = t.attempt;
    v.reproduction = t.reproduction;
    v.kind = t.kind;
    v.level = t.level;
    return v;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        if (!t.shown.empty() || (t.harms_by_itself && !t.is_refused && t.why_not.empty())) {
            out.violations.push_back(violation_of(t));
            seen.decided(t.channel);
        } else if (!t.why_not.empty()) {
            seen.undecided(t.channel, t.why_not);
        } else {
            seen.decided(t.channel);
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::cache::tenant_credentials
