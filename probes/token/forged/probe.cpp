#include "probes/token/forged/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

namespace watertight::probes::token::forged {

constexpr probe::spec spec{
    .id = "token.forged",
    .title = "A token that nobody signed is accepted",
    .where = probe::layer::token,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-347",
    .owasp = "API2:2023",
    .asvs = "9.1.1, 9.1.2",
    .faults = "J06 J07",
    .rationale = "A verifier that takes the algorithm from the token, falls back to decoding, or "
                 "signs with a key from an example, lets anybody write any tenant into a token.",
    .remedy = "Pin the algorithm, verify before reading a single claim, use a random key of at "
              "least 256 bits, and refuse everything else.",
};

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "token " + t.name;
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            auto const detail =
                "A token that claims to be the victim's, made without its key, was shown the "
                "victim's data.";
            auto v = probe::shown_by(*token, channel, detail, {t.control, t.hostile});
            out.violations.push_back(std::move(v));
            seen.decided(channel);
        } else if (!t.control.success() || t.control.token_of(t.victim) == nullptr) {
            seen.undecided(channel, "the owner's own read shows nothing: " + summary(t.control));
        } else if (t.hostile.undecided()) {
            seen.undecided(channel, "the request failed: " + probe::summary(t.hostile));
        } else {
            seen.decided(channel);
        }
    }
    seen.finish(out);
    return out;
}

// The value among an actor's attributes that its credential headers carry.
static std::string token_in(probe::exchange const& e, target::actor const& who)
{
    std::string best;
    for (auto const& [name, value] : who.attributes.all()) {
        auto const is_sent = value.size() >= 16 && e.wire.find(value) != std::string::npos;
        if (is_sent && (best.empty() || is_jwt(value))) best = value;
    }
    return best;
}

// The credential headers of `who`, with one token in place of another.
static std::vector<std::pair<std::string, std::string>> credentials_with(
    probe::context& ctx,
    target::actor const& who,
    std::string const& token,
    std::string const& forged
)
{
    std::vector<std::pair<std::string, std::string>> out;
    target::scope const slots{.in_tenant = &ctx.tenant(who.tenant), .as_actor = &who};
    std::string hold;
    target::lookup const values = [&](std::string_view name) {
        return target::find_value(slots, name, hold);
    };
    for (auto const& [name, text] : ctx.model().login.headers) {
        std::string value;
        text.render(values, value);
        out.emplace_back(name, replace_all(std::move(value), token, forged));
    }
    return out;
}

// Two that show nothing of a signature: anybody can send them.
static std::vector<forgery> without_key(std::string const& victims, std::string const& own)
{
    auto out = forge(victims, own);
    out.push_back({"missing", ""});
    out.push_back({"made up", std::string(victims.size(), 'x')});
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto& victim = ctx.actor(pair.victim);
    auto& intruder = ctx.actor(pair.intruder);
    auto const control = co_await ctx.send(*r.list, victim);
    auto const own = co_await ctx.send(*r.list, intruder);
    auto const victims_token = token_in(control, victim);
    if (victims_token.empty()) co_return;
    for (auto const& f : without_key(victims_token, token_in(own, intruder))) {
        probe::request_options options;
        options.changes.credentials = credentials_with(ctx, victim, victims_token, f.token);
        if (f.token.empty()) options.changes.credentials->clear();
        // Everything but the signature is as the victim's: channels, path and claims agree.
        trial t;
        t.name = f.name;
        t.victim = pair.victim;
        t.control = control;
        t.hostile = co_await ctx.send(*r.list, victim, std::move(options));
        t.hostile.tenant = pair.intruder;
        t.hostile.sender = "somebody without a key";
        out.push_back(std::move(t));
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources = probe::resources_with(ctx.model(), {&resource::list});
    auto const pairs = ctx.few_pairs(3);
    if (resources.empty() || ctx.model().login.headers.empty()) {
        out.not_applicable = "no list, or no credentials in headers";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& pair : pairs) co_await attempt(ctx, *resources.front(), pair, trials);
    if (trials.empty()) {
        out.not_applicable = "the users' credentials hold no token that could be forged";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::token::forged
