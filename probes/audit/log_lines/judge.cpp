#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/audit/log_lines/probe.hpp"

#include <boost/regex.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probes::audit::log_lines {

static std::optional<std::string> member_at(std::string_view line, std::string const& pointer)
{
    auto const parsed = nlohmann::json::parse(line, nullptr, false);
    if (parsed.is_discarded()) return std::nullopt;
    try {
        nlohmann::json::json_pointer const where{pointer};
        if (!parsed.contains(where)) return std::nullopt;
        auto const& value = parsed.at(where);
        if (value.is_null() || value.is_structured()) return std::nullopt;
        return value.is_string() ? value.get<std::string>() : value.dump();
    } catch (nlohmann::json::exception const&) {
        return std::nullopt;
    }
}

std::optional<std::string> tenant_of(std::string_view line, std::string const& where)
{
    if (where.starts_with('/')) return member_at(line, where);
    boost::regex const expression{where};
    std::string const text{line};
    boost::smatch found;
    if (!boost::regex_search(text, found, expression) || !found[1].matched) return std::nullopt;
    return found[1].str();
}

static probe::violation about(trial const& t, party const& victim, std::string const& line)
{
    probe::violation v;
    v.victim = victim.who;
    v.channel = "log " + t.log;
    v.exchanges = {victim.example};
    v.position = "the line " + line.substr(0, 400);
    v.reproduction = fmt::format("tail -n 1000 {} | less", shell_quote(t.file));
    return v;
}

static std::string const* token_in(std::string const& line, party const& p)
{
    auto const found = std::ranges::find_if(p.tokens, [&](std::string const& token) {
        return line.find(token) != std::string::npos;
    });
    return found == p.tokens.end() ? nullptr : &*found;
}

// A line that names one tenant and tells what another did.
static void judge_tag(trial const& t, std::string const& line, probe::conclusion& out)
{
    auto const tag = tenant_of(line, t.tenant_at);
    if (!tag) return;
    for (auto const& named : t.parties) {
        if (named.tag != *tag) continue;
        for (auto const& other : t.parties) {
            auto const* const token = token_in(line, other);
            // What both have tells nothing.
            if (&other == &named || token == nullptr || token_in(line, named) != nullptr) continue;
            auto v = about(t, other, line);
            v.intruder = named.who;
            v.token = *token;
            v.detail = "A line of the log names one tenant and tells what another did: whoever "
                       "reads the log by tenant is shown it, and its own is missing.";
            out.violations.push_back(std::move(v));
            return;
        }
    }
}

static void judge_secrets(trial const& t, std::string const& line, probe::conclusion& out)
{
    for (auto const& [what, secret] : t.secrets) {
        if (line.find(secret) == std::string::npos) continue;
        auto v = about(t, t.parties.front(), replace_all(line, secret, "[...]"));
        v.detail = fmt::format(
            "A line of the log holds {}: whoever reads logs can act as that user.", what
        );
        out.violations.push_back(std::move(v));
        return;
    }
}

static bool names_any(trial const& t, party const& p)
{
    return std::ranges::any_of(t.lines, [&](std::string const& line) {
        return tenant_of(line, t.tenant_at) == p.tag && token_in(line, p) != nullptr;
    });
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "log " + t.log;
        if (!t.failure.empty()) {
            seen.undecided(channel, t.failure);
            continue;
        }
        for (auto const& line : t.lines) {
            judge_tag(t, line, out);
            judge_secrets(t, line, out);
        }
        for (auto const& p : t.parties) {
            if (names_any(t, p)) {
                seen.decided(channel);
            } else {
                seen.undecided(channel, "no line names a tenant and what it made");
            }
        }
    }
    seen.finish(out);
    return out;
}

} // namespace watertight::probes::audit::log_lines
