#include "probes/cache/tenant_credentials/attempts.hpp"

#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::cache::tenant_credentials {

using probe::redis_words;

static std::string joined(redis_words const& words)
{
    std::string out;
    for (auto const& word : words) out += (out.empty() ? "" : " ") + word;
    return out;
}

static trial begin(attack const& a, std::string channel, redis_words const& words)
{
    trial t;
    t.victim = a.pair.victim;
    t.intruder = a.pair.intruder;
    t.channel = std::move(channel);
    t.attempt = joined(words);
    t.reproduction = evidence::redis_command(tenant_url_variable, words);
    return t;
}

// A token of the victim's in what was shown; empty if there is none.
static std::string token_in(attack const& a, std::string_view text)
{
    std::vector<evidence::sighting> seen;
    a.ctx.eye().scan(text, seen);
    auto const is_theirs = [&](auto const& s) { return s.who.tenant == a.pair.victim; };
    auto const at = std::ranges::find_if(seen, is_theirs);
    return at == seen.end() ? std::string{} : at->token;
}

static redis_words reading(owned_key const& k)
{
    if (k.type == "hash") return {"HGETALL", k.key};
    if (k.type == "list") return {"LRANGE", k.key, "0", "99"};
    if (k.type == "set") return {"SMEMBERS", k.key};
    if (k.type == "zset") return {"ZRANGE", k.key, "0", "99"};
    if (k.type == "stream") return {"XRANGE", k.key, "-", "+", "COUNT", "100"};
    return {"GET", k.key};
}

// Nothing of what is asked here is done: the transaction is discarded. What the first command says
// shows that there is one; before that nothing else is sent.
static asio::awaitable<std::vector<std::optional<bool>>>
ask(attack& a, stores::redis& db, std::vector<redis_words> commands)
{
    std::vector<std::optional<bool>> out(commands.size());
    redis_words multi{"MULTI"};
    auto const begun = co_await db.command(std::move(multi));
    if (begun.has_error() || begun->text != "OK") co_return out;
    std::vector<redis_words> first;
    first.push_back(reading(a.own));
    auto const queued = co_await db.pipeline(std::move(first));
    if (queued.has_value() && would_run(queued->front()) == true) {
        auto const replies = co_await db.pipeline(std::move(commands));
        for (std::size_t i = 0; replies.has_value() && i < replies->size(); ++i) {
            out[i] = would_run((*replies)[i]);
        }
    }
    redis_words discard{"DISCARD"};
    static_cast<void>(co_await db.command(std::move(discard)));
    co_return out;
}

asio::awaitable<void> try_keys(attack& a, stores::redis& as_intruder)
{
    std::vector<redis_words> reads{reading(a.own), reading(a.theirs)};
    auto const replies = co_await as_intruder.pipeline(std::move(reads));
    auto t = begin(a, "redis " + a.theirs.family, reading(a.theirs));
    t.meaning = "The server lets a tenant read keys of others.";
    if (replies.has_error()) {
        t.why_not = replies.error().message;
    } else {
        t.is_refused = (*replies)[1].is_error();
        t.shown = token_in(a, text_of((*replies)[1]));
        if ((*replies)[0].is_error()) t.why_not = "its own key: " + (*replies)[0].text;
    }
    auto const works = t.why_not.empty();
    a.out.push_back(std::move(t));
    if (!works) co_return;
    std::vector<redis_words> const writes{
        {"DEL", a.theirs.key}, {"SET", a.theirs.key, ""}, {"EXPIRE", a.theirs.key, "1"}};
    auto const would = co_await ask(a, as_intruder, writes);
    for (std::size_t i = 0; i < writes.size(); ++i) {
        if (!would[i]) continue;
        auto w = begin(a, "redis " + a.theirs.family, writes[i]);
        w.is_refused = !*would[i];
        w.harms_by_itself = true;
        w.kind = evidence::guarantee::integrity;
        w.meaning = "The server lets a tenant change keys of others; it was asked within a "
                    "transaction, which was discarded.";
        a.out.push_back(std::move(w));
    }
}

static std::string name_of(redis_words const& words)
{
    if (words.size() == 1 || words[0] == "SWAPDB") return words[0];
    return words[0] + " " + words[1];
}

asio::awaitable<void> try_commands(attack& a, stores::redis& as_intruder)
{
    static std::vector<redis_words> const commands{
        {"FLUSHDB"},
        {"FLUSHALL"},
        {"SWAPDB", "0", "1"},
        {"SCRIPT", "FLUSH"},
        {"FUNCTION", "FLUSH"},
        {"CONFIG", "SET", "maxmemory-samples", "5"},
        {"ACL", "SETUSER", "watertight-nobody"},
        {"CLIENT", "KILL", "ID", "0"},
    };
    auto const would = co_await ask(a, as_intruder, commands);
    for (std::size_t i = 0; i < commands.size(); ++i) {
        if (!would[i]) continue;
        auto const& words = commands[i];
        auto t = begin(a, "redis " + name_of(words), words);
        t.is_refused = !*would[i];
        t.harms_by_itself = true;
        t.kind = evidence::guarantee::integrity;
        t.level = words[0].starts_with("FLUSH") || words[0] == "ACL" ? evidence::severity::critical
                                                                     : evidence::severity::high;
        t.meaning = "It concerns every tenant, and the server would do it; it was asked within a "
                    "transaction, which was discarded.";
        a.out.push_back(std::move(t));
    }
}

// Names of keys are not what key patterns of an ACL keep from a tenant.
static asio::awaitable<void> try_names(attack& a, stores::redis& db)
{
    static constexpr int pages_max = 40;
    auto t = begin(a, "redis names of keys", {"SCAN", "0", "COUNT", "500"});
    t.kind = evidence::guarantee::unobservability;
    t.level = evidence::severity::medium;
    t.meaning = "The names of another tenant's keys are told to whoever may enumerate keys.";
    std::string cursor = "0";
    for (int i = 0; i < pages_max && t.shown.empty(); ++i) {
        redis_words words{"SCAN", cursor, "COUNT", "500"};
        auto const page = co_await db.command(std::move(words));
        t.is_refused = page.has_error();
        if (page.has_error() || page->elements.size() != 2) break;
        for (auto const& key : page->elements[1].elements) {
            if (key.text == a.theirs.key) t.shown = key.text;
        }
        cursor = page->elements[0].text;
        if (cursor == "0") break;
    }
    a.out.push_back(std::move(t));
}

asio::awaitable<void> try_views(attack& a, stores::redis& as_intruder)
{
    co_await try_names(a, as_intruder);
    static std::vector<redis_words> const views{
        {"SLOWLOG", "GET", "128"}, {"CLIENT", "LIST"}, {"ACL", "LIST"}, {"PUBSUB", "CHANNELS"}};
    auto asked = views;
    auto const replies = co_await as_intruder.pipeline(std::move(asked));
    if (replies.has_error()) co_return;
    auto const& slug = a.ctx.tenant(a.pair.victim).slug;
    for (std::size_t i = 0; i < views.size(); ++i) {
        auto t = begin(a, "redis " + views[i][0] + " " + views[i][1], views[i]);
        auto const& reply = (*replies)[i];
        auto const text = text_of(reply);
        t.is_refused = reply.is_error();
        t.meaning = "What the server tells of everybody is told to one tenant.";
        if (!t.is_refused) t.shown = token_in(a, text);
        if (!t.is_refused && t.shown.empty() && probe::names_word(text, slug)) {
            t.shown = slug;
            t.kind = evidence::guarantee::unobservability;
            t.level = evidence::severity::medium;
        }
        a.out.push_back(std::move(t));
    }
}

} // namespace watertight::probes::cache::tenant_credentials
