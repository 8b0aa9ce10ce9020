// What a tenant's credentials hear while another tenant works.
#include "harness/probe/toolbox.hpp"
#include "probes/cache/tenant_credentials/attempts.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::cache::tenant_credentials {

using namespace std::chrono_literals;
using probe::redis_words;

static constexpr auto connect_budget = 5s;
static constexpr auto hearing_budget = 300ms;
static constexpr std::size_t messages_max = 2'000;

static std::optional<evidence::sighting> sighting_in(attack const& a, std::string_view text)
{
    std::vector<evidence::sighting> seen;
    a.ctx.eye().scan(text, seen);
    auto const is_theirs = [&](auto const& s) { return s.who.tenant == a.pair.victim; };
    auto const at = std::ranges::find_if(seen, is_theirs);
    if (at == seen.end()) return std::nullopt;
    return *at;
}

// The victim makes, reads, changes and removes something of its own.
static asio::awaitable<void> work(attack& a)
{
    using target::resource;
    static constexpr std::size_t resources_max = 3;
    auto& ctx = a.ctx;
    std::size_t n = 0;
    for (auto const* const r : probe::resources_with(ctx.model(), {&resource::create})) {
        if (!r->parent.empty() || n++ == resources_max) continue;
        auto const made = co_await ctx.create_object(*r, a.pair.victim);
        if (made.has_error()) continue;
        auto& owner = ctx.actor(a.pair.victim);
        auto options = probe::about(ctx, **made);
        if (r->read) co_await ctx.send(*r->read, owner, options);
        if (r->read) co_await ctx.send(*r->read, owner, options);
        options.canary = ctx.fresh_canary(a.pair.victim);
        options.canary_number = ctx.fresh_number(a.pair.victim);
        if (r->update) co_await ctx.send(*r->update, owner, options);
        if (!r->remove) continue;
        auto const gone = co_await ctx.send(*r->remove, owner, options);
        (*made)->removed = gone.success();
    }
}

// All that comes within a moment. The connection is used up by it.
static asio::awaitable<std::vector<stores::redis_reply>> hear(stores::redis_listener& db)
{
    std::vector<stores::redis_reply> out;
    auto const end = steady::now() + hearing_budget;
    while (out.size() < messages_max) {
        auto const rest = end - steady::now();
        if (rest <= 0ns) break;
        auto told = co_await db.receive(rest);
        if (told.has_error()) break;
        out.push_back(std::move(*told));
    }
    co_return out;
}

asio::awaitable<void> try_monitor(attack& a)
{
    trial t;
    t.victim = a.pair.victim;
    t.intruder = a.pair.intruder;
    t.channel = "redis MONITOR";
    t.attempt = "MONITOR";
    t.meaning = "Every command of every tenant is told to one of them.";
    t.reproduction = evidence::redis_command(tenant_url_variable, {"MONITOR"});
    auto url = a.url;
    auto db =
        co_await stores::redis_listener::connect(a.ctx.core(), std::move(url), connect_budget);
    if (db.has_error()) co_return;
    redis_words words{"MONITOR"};
    auto const begun = co_await db->command(std::move(words));
    t.is_refused = begun.has_error();
    if (!t.is_refused) {
        co_await work(a);
        auto const lines = co_await hear(*db);
        for (auto const& line : lines) {
            auto const s = sighting_in(a, text_of(line));
            if (s && t.shown.empty()) t.shown = s->token;
        }
        if (t.shown.empty()) t.why_not = "it is allowed, and nothing of the other's was heard";
    }
    a.out.push_back(std::move(t));
}

static std::string channel_of(stores::redis_reply const& message)
{
    // ["message", channel, text] or ["pmessage", pattern, channel, text].
    auto const n = message.elements.size();
    if (n == 3 && message.elements[0].text == "message") return message.elements[1].text;
    if (n == 4 && message.elements[0].text == "pmessage") return message.elements[2].text;
    return {};
}

static bool tells_of_keys(std::string_view channel)
{
    return channel.starts_with("__key");
}

// Channels on which something of the victim's is told, as the store's own account hears it.
static asio::awaitable<result<std::set<std::string>>> learn_channels(attack& a)
{
    auto url = a.ctx.redis_store().url;
    auto db =
        co_await stores::redis_listener::connect(a.ctx.core(), std::move(url), connect_budget);
    if (db.has_error()) co_return db.error();
    redis_words words{"PSUBSCRIBE", "*"};
    auto const begun = co_await db->command(std::move(words));
    if (begun.has_error()) co_return begun.error();
    co_await work(a);
    std::set<std::string> out;
    auto const told = co_await hear(*db);
    for (auto const& message : told) {
        auto channel = channel_of(message);
        if (!channel.empty() && sighting_in(a, text_of(message))) out.insert(std::move(channel));
    }
    co_return out;
}

// Whatever of these the server lets it subscribe to.
static asio::awaitable<std::vector<std::string>>
subscribe(stores::redis_listener& db, std::set<std::string> const& learnt)
{
    static constexpr std::size_t learnt_max = 4;
    std::vector<redis_words> all{
        {"PSUBSCRIBE", "*"},
        {"PSUBSCRIBE", "__key*"},
        {"PSUBSCRIBE", "__keyspace@0__:*"},
        {"PSUBSCRIBE", "__keyevent@0__:*"}};
    std::size_t n = 0;
    for (auto const& channel : learnt) {
        if (n++ == learnt_max) break;
        for (auto& pattern : patterns_for(channel)) {
            all.push_back({pattern.ends_with('*') ? "PSUBSCRIBE" : "SUBSCRIBE", pattern});
        }
    }
    std::vector<std::string> out;
    for (auto const& words : all) {
        auto copy = words;
        auto const said = co_await db.command(std::move(copy));
        if (said.has_value()) out.push_back(words[0] + " " + words[1]);
        if (!db.is_open()) break;
    }
    co_return out;
}

static void judge_messages(
    attack& a,
    std::vector<std::string> const& allowed,
    std::set<std::string> const& learnt,
    std::vector<stores::redis_reply> const& told
)
{
    for (auto const keys : {false, true}) {
        auto const is_kind = [&](auto const& channel) { return tells_of_keys(channel) == keys; };
        if (std::ranges::none_of(learnt, is_kind)) continue;
        trial t;
        t.victim = a.pair.victim;
        t.intruder = a.pair.intruder;
        t.channel = keys ? "redis keyspace notifications" : "redis published messages";
        t.attempt = allowed.empty() ? "PSUBSCRIBE *" : allowed.front();
        t.is_refused = allowed.empty();
        t.kind = keys ? evidence::guarantee::unobservability : evidence::guarantee::confidentiality;
        if (keys) t.level = evidence::severity::medium;
        t.meaning = keys ? "The names of others' keys are told as they are used."
                         : "What is published for one tenant is told to another.";
        t.reproduction = evidence::redis_command(tenant_url_variable, {"PSUBSCRIBE", "*"});
        for (auto const& message : told) {
            auto const channel = channel_of(message);
            if (channel.empty() || tells_of_keys(channel) != keys) continue;
            auto const s = sighting_in(a, text_of(message));
            if (s && t.shown.empty()) t.shown = s->token;
        }
        a.out.push_back(std::move(t));
    }
}

asio::awaitable<void> try_channels(attack& a)
{
    auto const learnt = co_await learn_channels(a);
    if (learnt.has_error() || learnt->empty()) co_return;
    auto url = a.url;
    auto db =
        co_await stores::redis_listener::connect(a.ctx.core(), std::move(url), connect_budget);
    if (db.has_error()) co_return;
    auto const allowed = co_await subscribe(*db, *learnt);
    std::vector<stores::redis_reply> told;
    if (!allowed.empty() && db->is_open()) {
        co_await work(a);
        told = co_await hear(*db);
    }
    judge_messages(a, allowed, *learnt, told);
}

} // namespace watertight::probes::cache::tenant_credentials
