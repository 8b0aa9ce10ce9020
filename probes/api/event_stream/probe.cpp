#include "probes/api/event_stream/probe.hpp"

#include "harness/probe/listener.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/tenant_names.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probes::api::event_stream {

constexpr probe::spec spec{
    .id = "api.event_stream",
    .title = "A stream of events tells one tenant what happens in another",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1, 4.4.3",
    .faults = "A26 A27 A28 A29 MG9",
    .rationale = "Events go through a bus that knows channels and no tenants. A subscription that "
                 "believes the channel's name, a filter in the browser, a history that is replayed "
                 "on connecting or an endpoint that asks for no credentials tells everybody.",
    .remedy = "Take the channel from the credentials at the server, filter before sending, replay "
              "a tenant's own history alone, and refuse the handshake without credentials.",
};

static void judge_one(trial const& t, listening const& l, probe::conclusion& out)
{
    auto const shown = [&](probe::exchange const& e) -> evidence::sighting const* {
        auto const* const victims = e.token_of(t.victim);
        return l.is_nobody || victims != nullptr ? victims : e.foreign_token();
    };
    static constexpr std::string_view times[] = {
        "on connecting, before anything was written",
        "when that one wrote",
        "when that one changed or removed what it had written"};
    std::size_t when = 0;
    evidence::sighting const* token = nullptr;
    probe::exchange const* last = nullptr;
    for (auto const* const e : {&l.at_first, &l.at_last, &l.at_end}) {
        token = shown(*e);
        last = e;
        if (token != nullptr) break;
        ++when;
    }
    if (token == nullptr) return;
    auto const detail = fmt::format(
        "{} listened {} and was told of another tenant {}.", last->sender, l.how, times[when]
    );
    auto v = probe::shown_by(*token, t.channel, detail, {t.victims_own, *last});
    if (l.is_nobody) v.intruder.reset();
    out.violations.push_back(std::move(v));
}

probe::conclusion judge(std::vector<trial> const& trials)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& t : trials) {
        for (auto const& l : t.others) judge_one(t, l, out);
        if (!t.trouble.empty())
            seen.undecided(t.channel, "one could not subscribe: " + t.trouble);
        else if (!t.victim_was_told)
            seen.undecided(t.channel, "one was not told of its own: " + summary(t.victims_own));
        else if (!t.intruder_was_told)
            seen.undecided(t.channel, "the intruder was not even told of its own");
        else
            seen.decided(t.channel);
    }
    seen.finish(out);
    return out;
}

static asio::awaitable<void> pause(std::chrono::milliseconds duration)
{
    asio::steady_timer alarm{co_await asio::this_coro::executor};
    alarm.expires_after(duration);
    co_await alarm.async_wait(asio::use_awaitable);
}

static constexpr std::size_t pairs_max = 3;
// What is replayed on connecting comes at once; what is told late to the wrong one, soon after the
// right one was told.
static constexpr std::chrono::milliseconds history_time{150};
static constexpr std::chrono::milliseconds afterglow{150};
static constexpr std::chrono::nanoseconds usual_time = std::chrono::seconds{2};

struct ear {
    listening what{};
    probe::listener line;
};

class scene {
public:
    scene(probe::context& ctx, target::event_stream const& s, probe::tenant_pair pair)
        : ctx_{ctx}, stream_{s}, pair_{pair}, r_{*ctx.model().find_resource(s.follows)}
    {
    }

    asio::awaitable<trial> play();

private:
    asio::awaitable<void>
    listen(std::string how, tenant_index who, probe::request_options options, bool is_nobody);
    asio::awaitable<target::object*> write(tenant_index who);
    asio::awaitable<bool> is_told(ear& of, target::object const* what);
    asio::awaitable<void> change(target::object* what);
    asio::awaitable<void> remove(target::object* what);

    probe::context& ctx_;
    target::event_stream const& stream_;
    probe::tenant_pair pair_;
    target::resource const& r_;
    std::vector<ear> ears_{};
};

asio::awaitable<void>
scene::listen(std::string how, tenant_index who, probe::request_options options, bool is_nobody)
{
    listening l;
    l.how = std::move(how);
    l.is_nobody = is_nobody;
    auto line = co_await probe::listener::open(ctx_, stream_, ctx_.actor(who), std::move(options));
    ears_.push_back({std::move(l), std::move(line)});
}

asio::awaitable<target::object*> scene::write(tenant_index who)
{
    auto const made = co_await ctx_.create_object(r_, who);
    if (made.has_error()) co_return nullptr;
    co_return *made;
}

asio::awaitable<bool> scene::is_told(ear& of, target::object const* what)
{
    if (what == nullptr) co_return false;
    std::vector<std::string> tokens{what->canary, std::to_string(what->canary_number)};
    auto const id = probe::id_of(*what);
    // A short number may be anything.
    if (id.size() >= 8) tokens.push_back(id);
    auto const within = stream_.open.within;
    auto const time = within.count() > 0 ? within : usual_time;
    co_return co_await of.line.wait_for(std::move(tokens), time);
}

asio::awaitable<void> scene::change(target::object* what)
{
    if (what == nullptr || !r_.update) co_return;
    auto anew = probe::about(ctx_, *what);
    anew.canary = ctx_.fresh_canary(what->tenant);
    anew.canary_number = ctx_.fresh_number(what->tenant);
    co_await ctx_.send(*r_.update, ctx_.actor(what->tenant), std::move(anew));
}

asio::awaitable<void> scene::remove(target::object* what)
{
    if (what == nullptr || !r_.remove) co_return;
    auto const about = probe::about(ctx_, *what);
    auto const gone = co_await ctx_.send(*r_.remove, ctx_.actor(what->tenant), about);
    what->removed = gone.success() || gone.status == 404 || gone.status == 410;
}

// What stands in the headers by which a user acts.
static std::vector<std::string> secrets_of(target::session const& how)
{
    std::vector<std::string> out;
    for (auto const& [header, value] : how.headers) {
        for (auto const& piece : value.pieces()) {
            if (piece.slot.starts_with("user.")) out.push_back(piece.slot);
        }
    }
    return out;
}

// What a handler may take for the channel to listen on: all usual names at once, for those that it
// does not know it ignores. Conflicting identity channels are another probe's subject.
static probe::request_options naming_in_parameters(probe::context& ctx, target::tenant const& other)
{
    auto names = probe::tenant_names(ctx.model());
    for (auto const* const usual :
         {"tenant",
          "tenant_id",
          "tenantId",
          "workspace",
          "org",
          "channel",
          "channels",
          "topic",
          "topics",
          "room",
          "stream",
          "namespace"})
    {
        if (std::ranges::count(names, usual) == 0) names.emplace_back(usual);
    }
    std::erase_if(names, [&](std::string const& name) {
        return std::ranges::any_of(ctx.model().identity, [&](auto const& channel) {
            return channel.name == name;
        });
    });
    probe::request_options out;
    for (auto& name : names) out.changes.query.emplace_back(std::move(name), other.slug);
    return out;
}

// By what a client says that it has missed something: all that is kept is sent again.
static probe::request_options asking_for_the_past()
{
    probe::request_options out;
    out.changes.headers.emplace_back("Last-Event-ID", "0");
    return out;
}

asio::awaitable<trial> scene::play()
{
    trial out;
    out.channel = stream_.open.channel();
    out.victim = pair_.victim;
    probe::request_options const own{};
    co_await listen("as itself", pair_.victim, own, false);
    co_await listen("as itself", pair_.intruder, own, false);
    auto named = own;
    named.slots_of = &ctx_.tenant(pair_.victim);
    named.changes.identity = probe::identity_of(ctx_, pair_.intruder);
    if (probe::names_tenant(stream_.open)) {
        co_await listen("naming the other tenant", pair_.intruder, named, false);
    }
    auto const guessed = naming_in_parameters(ctx_, ctx_.tenant(pair_.victim));
    co_await listen("naming the other tenant in parameters", pair_.intruder, guessed, false);
    auto const past = asking_for_the_past();
    co_await listen("asking for what it had missed", pair_.intruder, past, false);
    named.changes.identity.reset();
    named.changes.credentials.emplace();
    // A token may stand in the address or in a message, too.
    target::values nothing;
    for (auto const& name : secrets_of(ctx_.model().login)) nothing.set(name, "");
    named.extra = &nothing;
    co_await listen("without credentials", pair_.intruder, named, true);

    co_await pause(history_time);
    for (auto& e : ears_) e.what.at_first = e.line.heard(ctx_);
    for (std::size_t i = 0; i < 2 && out.trouble.empty(); ++i)
        out.trouble = ears_[i].line.trouble();
    auto* const victims = co_await write(pair_.victim);
    auto* const intruders = co_await write(pair_.intruder);
    out.victim_was_told = co_await is_told(ears_[0], victims);
    out.intruder_was_told = co_await is_told(ears_[1], intruders);
    co_await pause(afterglow);
    for (auto& e : ears_) e.what.at_last = e.line.heard(ctx_);
    out.victims_own = ears_[0].what.at_last;
    for (auto* const made : {victims, intruders}) co_await change(made);
    for (auto* const made : {victims, intruders}) co_await remove(made);
    co_await pause(afterglow);
    for (auto& e : ears_) e.what.at_end = e.line.heard(ctx_);
    for (std::size_t i = 1; i < ears_.size(); ++i) out.others.push_back(std::move(ears_[i].what));
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& streams = ctx.model().streams;
    auto const pairs = ctx.few_pairs(pairs_max);
    if (streams.empty() || pairs.empty()) {
        out.not_applicable = "the scenario describes no `streams`, or there is but one tenant";
        co_return out;
    }
    std::vector<trial> trials;
    auto const work = [&](std::size_t i) -> asio::awaitable<void> {
        scene one{ctx, streams[i / pairs.size()], pairs[i % pairs.size()]};
        auto t = co_await one.play();
        trials.push_back(std::move(t));
        ctx.covered().examined("endpoint", streams[i / pairs.size()].open.channel(), spec.id);
    };
    std::function<asio::awaitable<void>(std::size_t)> const each = work;
    co_await ctx.for_each(streams.size() * pairs.size(), each);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::event_stream
