#include "probes/token/forged/probe.hpp"

#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

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
    .faults = "J06 J07 J08",
    .rationale = "A verifier that takes the algorithm or the key from the token, falls back to "
                 "decoding, compares a part, or signs with a key from an example, lets anybody "
                 "write any tenant into a token.",
    .remedy = "Pin algorithm and key, verify before reading a single claim, use a random key of at "
              "least 256 bits, and refuse everything else.",
};

static constexpr char const* no_token = "missing";
static constexpr char const* no_jwt = "made up";

// The trial with no token at all, or with one that is none, to which the victim's data was shown.
static trial const* shown_for_less(std::vector<trial> const& trials, trial const& t)
{
    if (t.name == no_token) return nullptr;
    for (auto const* const name : {no_token, no_jwt}) {
        auto const is_it = [&](trial const& other) {
            return other.name == name && other.victim == t.victim &&
                   other.hostile.token_of(t.victim) != nullptr;
        };
        auto const found = std::ranges::find_if(trials, is_it);
        if (found != trials.end() && t.name != name) return &*found;
    }
    return nullptr;
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        auto const channel = "token " + t.name;
        // What nobody in particular is shown says nothing of tokens; that is told once.
        auto const* const simpler = shown_for_less(trials, t);
        if (simpler != nullptr) {
            seen.undecided(channel, "the same is shown for a token that is " + simpler->name);
            continue;
        }
        if (auto const* const token = t.hostile.token_of(t.victim)) {
            std::string detail = "A token that claims to be the victim's, made without its key, "
                                 "was shown the victim's data.";
            if (t.name == no_token) detail = "Without any token the victim's data is shown.";
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

// Where keys are published, by convention and by what a discovery document says.
static constexpr char const* key_places[] = {
    "/.well-known/jwks.json",
    "/.well-known/openid-configuration",
    "/.well-known/jwks",
    "/jwks.json",
    "/oauth/jwks",
    "/oauth2/jwks",
    "/oauth/discovery/keys",
    "/api/.well-known/jwks.json",
    "/api/auth/jwks",
    "/public-key",
};

static asio::awaitable<probe::exchange>
look_at(probe::context& ctx, target::actor& who, std::string path)
{
    target::operation op;
    op.name = "public keys";
    op.path = target::template_text::compile(path, target::escape::none);
    op.path_pattern = path;
    op.as = "anonymous";
    probe::request_options options;
    options.changes.credentials.emplace();
    options.changes.path = std::move(path);
    co_return co_await ctx.send(op, who, std::move(options));
}

// Of a target whose tokens are signed with a key pair.
static asio::awaitable<std::vector<std::string>>
public_keys(probe::context& ctx, target::actor& who, std::string const& token)
{
    std::vector<std::string> out;
    auto const parsed = probe::read_jwt(token);
    if (!parsed || parsed->algorithm().starts_with("HS")) co_return out;
    for (auto const* const place : key_places) {
        std::string where{place};
        auto answer = co_await look_at(ctx, who, std::move(where));
        if (!answer.success()) continue;
        auto const document = nlohmann::json::parse(answer.body, nullptr, false);
        if (document.is_object() && document.contains("jwks_uri")) {
            auto const uri = document["jwks_uri"].dump();
            auto const host = uri.find("://");
            auto const path = host == uri.npos ? uri.npos : uri.find('/', host + 3);
            // At the target itself, whatever host the document names.
            if (path == uri.npos) continue;
            auto at = uri.substr(path, uri.size() - path - 1);
            answer = co_await look_at(ctx, who, std::move(at));
        }
        out = public_keys_in(answer.body);
        if (!out.empty()) co_return out;
    }
    co_return out;
}

// All that can be sent without the key.
static std::vector<forgery> without_key(
    probe::context& ctx,
    std::string const& victims,
    std::string const& own,
    std::vector<std::string> const& public_keys
)
{
    auto const parsed = probe::read_jwt(victims);
    auto const names = parsed ? probe::service_names(ctx, *parsed) : std::vector<std::string>{};
    auto out = forge(victims, own, names);
    for (auto& f : confuse(victims, public_keys)) out.push_back(std::move(f));
    for (auto& f : mutate(victims)) out.push_back(std::move(f));
    out.push_back({no_token, ""});
    out.push_back({no_jwt, std::string(victims.size(), 'x')});
    return out;
}

static asio::awaitable<void> attempt(
    probe::context& ctx, target::resource const& r, probe::tenant_pair pair, std::vector<trial>& out
)
{
    auto& victim = ctx.actor(pair.victim);
    auto& intruder = ctx.actor(pair.intruder);
    auto const place = probe::own_place(ctx, pair.victim, {&r, &*r.list}, 0);
    auto const control = co_await ctx.send(*r.list, victim, place);
    auto const own = co_await ctx.send(*r.list, intruder);
    auto const victims_token = probe::token_in(control, victim);
    if (victims_token.empty()) co_return;
    auto const keys = co_await public_keys(ctx, victim, victims_token);
    auto const own_token = probe::token_in(own, intruder);
    for (auto const& f : without_key(ctx, victims_token, own_token, keys)) {
        auto options = place;
        options.changes.credentials = probe::credentials_with(ctx, victim, victims_token, f.token);
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

// Elsewhere than in its header a token is taken from logs and links.
static asio::awaitable<void>
note_places(probe::context& ctx, target::resource const& r, tenant_index t, probe::conclusion& out)
{
    auto& who = ctx.actor(t);
    auto const place = probe::own_place(ctx, t, {&r, &*r.list}, 0);
    auto const control = co_await ctx.send(*r.list, who, place);
    auto const token = probe::token_in(control, who);
    auto bare = place;
    bare.changes.credentials.emplace();
    auto const open = co_await ctx.send(*r.list, who, bare);
    // What anybody is shown tells nothing of tokens.
    if (token.empty() || !control.token_of(t) || open.token_of(t)) co_return;
    for (auto const* const name : {"access_token", "token", "jwt", "auth_token", "session"}) {
        for (bool const in_query : {true, false}) {
            auto options = bare;
            if (in_query) options.changes.query.emplace_back(name, token);
            if (!in_query) {
                auto cookie = fmt::format("{}={}", name, token);
                options.changes.headers.emplace_back("Cookie", std::move(cookie));
            }
            auto const e = co_await ctx.send(*r.list, who, std::move(options));
            if (e.token_of(t) == nullptr) continue;
            out.notes.push_back(fmt::format(
                "the target takes a user's token from {} {}, too{}",
                in_query ? "the query parameter" : "the cookie",
                name,
                in_query ? ", where logs and the Referer header keep it" : ""
            ));
        }
    }
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources = probe::resources_with(ctx.model(), {&resource::list});
    auto const pairs = ctx.few_pairs(3);
    if (resources.empty() || ctx.model().login.headers.empty()) {
        out.not_applicable = "a list, and users' credentials in headers";
        co_return out;
    }
    std::vector<trial> trials;
    for (auto const& pair : pairs) co_await attempt(ctx, *resources.front(), pair, trials);
    if (trials.empty()) {
        out.not_applicable = "the users' credentials hold no token that could be forged";
        co_return out;
    }
    auto judged = judge(trials);
    co_await note_places(ctx, *resources.front(), pairs.front().victim, judged);
    co_return judged;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::token::forged
