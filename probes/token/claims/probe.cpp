#include "probes/token/claims/probe.hpp"

#include "harness/probe/toolbox.hpp"

#include <chrono>

namespace watertight::probes::token::claims {

constexpr probe::spec spec{
    .id = "token.claims",
    .title = "A token is accepted though its claims say no",
    .where = probe::layer::token,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-287",
    .owasp = "API2:2023",
    .asvs = "9.2.1, 9.2.2, 9.2.3, 9.2.4",
    .faults = "J03 J04 J05 J08",
    .rationale = "A signature says who wrote a token, not for whom and until when: an expired one, "
                 "one for another service, one of another tenant's key or one without a tenant is "
                 "genuine all the same, and a missing tenant turns into a default or no filter.",
    .remedy = "Check expiry, issuer, audience, kind and tenant of every token, take the key by the "
              "tenant that the token names, and refuse one in which any of them is missing.",
};

// A resource whose list tells whose data it shows, and the token by which its owner asked.
struct subject {
    probe::target_operation read{};
    probe::tenant_pair pair{};
    probe::exchange control{};
    std::string token{};
    probe::jwt parsed{};
    std::string key{};
};

static asio::awaitable<probe::exchange>
ask(probe::context& ctx, subject const& s, std::string token, named whom)
{
    auto& who = ctx.actor(s.pair.intruder);
    auto options = probe::own_place(ctx, s.pair.intruder, s.read, 0);
    options.changes.credentials = probe::credentials_with(ctx, who, s.token, token);
    if (whom == named::nobody) options.changes.identity.emplace();
    if (whom == named::victim) {
        options.changes.identity = probe::identity_of(ctx, s.pair.victim);
        options.slots_of = &ctx.tenant(s.pair.victim);
        options.parent = probe::own_place(ctx, s.pair.victim, s.read, 0).parent;
    }
    auto e = co_await ctx.send(*s.read.op, who, std::move(options));
    co_return e;
}

static trial begin(subject const& s, probe::exchange const& resigned, std::string const& name)
{
    trial t;
    t.channel = "token with " + name;
    t.asker = s.pair.intruder;
    t.control = s.control;
    t.resigned = resigned;
    return t;
}

// The victim's claims under the key of the intruder's own tenant, as its header names it.
static asio::awaitable<void> use_own_key(
    probe::context& ctx, subject const& s, probe::exchange const& resigned, std::vector<trial>& out
)
{
    auto& victim = ctx.actor(s.pair.victim);
    if (s.key == probe::signing_key_of(ctx, victim)) co_return;
    auto const place = probe::own_place(ctx, s.pair.victim, s.read, 0);
    auto const theirs = co_await ctx.send(*s.read.op, victim, place);
    auto const parsed = probe::read_jwt(probe::token_in(theirs, victim));
    if (!parsed) co_return;
    for (bool const keeps_header : {false, true}) {
        auto forged = *parsed;
        if (!keeps_header) forged.header = s.parsed.header;
        auto const token = probe::sign(forged, s.key);
        if (!token) continue;
        auto t = begin(s, resigned, "another tenant's claims under its own tenant's key");
        t.hostile = co_await ask(ctx, s, *token, named::victim);
        out.push_back(std::move(t));
    }
}

static asio::awaitable<void> attempt(probe::context& ctx, subject const& s, std::vector<trial>& out)
{
    auto const copy = probe::sign(s.parsed, s.key);
    if (!copy) co_return;
    auto const resigned = co_await ask(ctx, s, *copy, named::own);
    auto const now_s = std::chrono::duration_cast<std::chrono::seconds>(
                           std::chrono::system_clock::now().time_since_epoch()
    )
                           .count();
    auto const tenant = probe::tenant_claims(ctx, s.parsed, s.pair.intruder);
    for (auto const& v : variants(s.parsed, tenant, now_s)) {
        auto const token = probe::sign(v.token, s.key);
        if (!token) continue;
        auto t = begin(s, resigned, v.name);
        if (v.must_be_refused) t.must_be_refused = v.name;
        t.hostile = co_await ask(ctx, s, *token, v.by_channels);
        out.push_back(std::move(t));
    }
    co_await use_own_key(ctx, s, resigned, out);
}

static asio::awaitable<std::optional<subject>>
prepare(probe::context& ctx, target::resource const& r, probe::tenant_pair pair)
{
    subject s{{&r, &*r.list}, pair};
    auto& who = ctx.actor(pair.intruder);
    auto const place = probe::own_place(ctx, pair.intruder, s.read, 0);
    s.control = co_await ctx.send(*s.read.op, who, place);
    s.token = probe::token_in(s.control, who);
    auto parsed = probe::read_jwt(s.token);
    if (!parsed) co_return std::nullopt;
    s.parsed = std::move(*parsed);
    s.key = probe::signing_key_of(ctx, who);
    if (s.key.empty()) {
        auto const weak = probe::weak_keys(probe::service_names(ctx, s.parsed));
        auto const guessed = probe::guess_key(s.token, weak);
        if (!guessed) co_return std::nullopt;
        s.key = *guessed;
    }
    co_return s;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    using target::resource;
    probe::conclusion out;
    auto const resources = probe::resources_with(ctx.model(), {&resource::list});
    static constexpr std::size_t pairs_max = 3;
    std::vector<trial> trials;
    auto has_token = false;
    for (auto const& pair : ctx.few_pairs(pairs_max)) {
        if (resources.empty()) break;
        auto const s = co_await prepare(ctx, *resources.front(), pair);
        if (!s) continue;
        has_token = true;
        co_await attempt(ctx, *s, trials);
    }
    if (trials.empty()) {
        out.not_applicable =
            has_token ? "target.session.signing_key signs no token of this kind"
                      : "a list, users with JSON Web Tokens, and target.session.signing_key";
        co_return out;
    }
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::token::claims
