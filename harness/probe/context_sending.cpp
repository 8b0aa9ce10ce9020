// How a context sends: its pace, what it does while the target throttles, and what it makes of an
// answer.
#include "harness/evidence/character.hpp"
#include "harness/net/http_connection.hpp"
#include "harness/probe/context.hpp"
#include "harness/probe/keys.hpp"
#include "harness/probe/redirects.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/targets.hpp"
#include "harness/target/exchange.hpp"
#include "harness/target/session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probe {

static constexpr int attempts_max = 3;
// One system with a hundred leaks is described well enough by them.
static constexpr std::size_t strays_max = 256;

// Twice the distance for each refusal, at most a second; and nobody sends before the time that the
// target asked for.
void context::slow_down(std::chrono::nanoseconds pause)
{
    static constexpr std::chrono::nanoseconds first = std::chrono::milliseconds{10};
    static constexpr std::chrono::nanoseconds most = std::chrono::seconds{1};
    // What was under way together is refused together: that is one reason to slow down.
    static constexpr std::chrono::nanoseconds together = std::chrono::milliseconds{50};
    auto const now = steady::now();
    if (now >= slowed_ + together) interval_ = std::clamp(2 * interval_, first, most);
    slowed_ = now;
    interval_max_ = std::max(interval_max_, interval_);
    next_slot_ = std::max(next_slot_, now + pause);
}

// A tenth less with each answer, until it makes no difference any more.
void context::speed_up() noexcept
{
    static constexpr std::chrono::nanoseconds least = std::chrono::milliseconds{1};
    interval_ -= interval_ / 10;
    if (interval_ < least) interval_ = {};
}

double context::slowest_per_s() const noexcept
{
    return interval_max_.count() == 0 ? 0 : 1e9 / static_cast<double>(interval_max_.count());
}

asio::awaitable<void> context::pace()
{
    auto interval = interval_;
    if (parts_.rate_per_s > 0) {
        std::chrono::nanoseconds const asked{static_cast<std::int64_t>(1e9 / parts_.rate_per_s)};
        interval = std::max(interval, asked);
    }
    if (interval.count() == 0 && next_slot_ <= steady::now()) co_return;
    auto const slot = std::max(next_slot_, steady::now());
    next_slot_ = slot + interval;
    asio::steady_timer alarm{core_, slot};
    co_await alarm.async_wait(asio::use_awaitable);
}

// Whoever is a user of several tenants knows their names; what is in them is another matter.
static bool names_a_tenant_of(context& ctx, exchange const& e, evidence::sighting const& s)
{
    auto const& other = ctx.tenant(s.who.tenant);
    auto const& named = other.attributes.all();
    auto const is_name = other.slug == s.token || std::ranges::any_of(named, [&](auto const& one) {
                             return one.second == s.token;
                         });
    auto const& users = ctx.tenant(e.tenant).actors;
    auto const me = std::ranges::find(users, e.actor, &target::actor::index);
    if (!is_name || me == users.end()) return false;
    return std::ranges::any_of(other.actors, [&](target::actor const& one) {
        return is_same_account(ctx, *me, one, other.index);
    });
}

// A name that begins like another tenant's: "reader-acme" in "reader-acme-2" is nobody's where
// "acme-2" asks. The observer knows that by itself of identifiers; a name that two tenants have
// had, one after the other, is none.
static bool is_in_own_name(std::string_view text, evidence::sighting const& s, std::string_view own)
{
    if (s.kind != evidence::token_kind::identifier || own.empty()) return false;
    auto begin = s.offset;
    auto end = s.offset + s.token.size();
    if (end > text.size()) return false;
    while (begin > 0 && evidence::is_word(text[begin - 1])) --begin;
    while (end < text.size() && evidence::is_word(text[end])) ++end;
    auto const word = text.substr(begin, end - begin);
    return word.find(own) != word.npos && s.token.find(own) == s.token.npos;
}

// Tokens of the sender as they stand; those of others after the observer's rules on echoes and
// sharing. What `asked` holds, an answer may repeat.
void context::look_at(exchange& e, std::string_view asked)
{
    auto const& who = parts_.shop.made.at(e.tenant);
    auto const text = e.head + e.body;
    std::vector<evidence::sighting> all;
    parts_.eye.scan(text, all);
    auto const role =
        who.actors.empty() ? std::string_view{} : std::string_view{who.actors.front().role};
    evidence::context const where{
        .tenant = e.tenant, .role = role, .resource = e.channel, .request = asked};
    e.seen = parts_.eye.foreign(text, where);
    std::erase_if(e.seen, [&](auto const& s) {
        return planted_.contains(s.token) || supplied_.contains({e.tenant, s.token}) ||
               names_a_tenant_of(*this, e, s) || is_in_own_name(text, s, who.slug);
    });
    for (auto& s : all) {
        if (s.who.tenant != e.tenant || asked.find(s.token) != asked.npos) continue;
        e.seen.push_back(std::move(s));
    }
}

void context::note_strays(exchange const& e)
{
    for (auto const& s : e.seen) {
        if (s.who.tenant == e.tenant) continue;
        auto const is_new = stray_places_.emplace(e.channel, s.who.tenant, e.tenant).second;
        if (is_new && strays_.size() < strays_max) strays_.push_back(e);
    }
}

exchange context::observed(exchange e)
{
    look_at(e, e.wire);
    note_strays(e);
    return e;
}

void context::remember_supplied(exchange const& e)
{
    if (!e.success() || e.method == "GET" || e.method == "HEAD") return;
    std::vector<evidence::sighting> said;
    parts_.eye.scan(e.wire, said);
    for (auto& s : said) {
        if (s.who.tenant == e.tenant) continue;
        // Where clients choose ids, a PUT to another's name makes an object of one's own that is
        // called the same.
        auto const is_name = e.method == "PUT" && e.path.find(s.token) != e.path.npos;
        if (is_name || s.kind == evidence::token_kind::identifier) {
            supplied_.emplace(e.tenant, std::move(s.token));
        }
    }
}

bool context::has_supplied(tenant_index who, std::string const& token) const
{
    return supplied_.contains({who, token});
}

static std::chrono::nanoseconds pause_after(exchange const& e, int attempt)
{
    // A target that asks for more than a few seconds is better reported than waited for.
    static constexpr std::chrono::nanoseconds most = std::chrono::seconds{3};
    net::http_response const answer{.status = e.status, .head = e.head, .body = {}, .took = {}};
    auto const asked = target::retry_after(answer, wall::now());
    if (asked && asked->count() > 0) return std::min(*asked, most);
    return std::chrono::milliseconds{200} * (1 << attempt);
}

static target::actor& sender_for(context& ctx, target::operation const& op, target::actor& who)
{
    if (op.as.empty() || op.as == who.role) return who;
    for (auto& other : ctx.tenant(who.tenant).actors) {
        if (other.role == op.as) return other;
    }
    return who;
}

asio::awaitable<void> context::deliver(exchange& e, net::http_request const& request, bool waits)
{
    auto& shop = parts_.shop;
    for (int attempt = 0; attempt < attempts_max; ++attempt) {
        co_await pace();
        ++sent_;
        auto http = request;
        auto const begun = steady::now();
        auto answer = co_await shop.client.send(std::move(http), shop.model.timeout);
        e.took = steady::now() - begun;
        e.answered = answer.has_value();
        if (!e.answered) {
            e.failure = answer.error().message;
            co_return;
        }
        e.status = answer->status;
        e.head = std::move(answer->head);
        e.body = std::move(answer->body);
        auto const& login = shop.model.login.login;
        e.leads_to_login = leads_to_login(e, login ? login->path_pattern : std::string_view{});
        if (!e.throttled()) speed_up();
        if (!e.throttled() || !waits) co_return;
        ++throttled_;
        slow_down(pause_after(e, attempt));
    }
    ++given_up_;
}

// A request as it will be sent, by whom, and what an exchange says of both.
struct context::parcel {
    exchange of{};
    target::rendered request{};
};

// A write that may land in another tenant: whoever meets its canaries there sees what it did, not
// what leaked.
static bool may_land_elsewhere(target::operation const& op, request_options const& options)
{
    auto const& c = options.changes;
    return !is_read(op) && (c.body || c.identity || c.credentials || options.slots_of != nullptr);
}

// Where another tenant fills the slots, the sender's credentials are its own all the same: a secret
// of the tenant's may be among them.
static void keep_credentials(
    target::model const& m,
    target::operation const& op,
    target::tenant const& own,
    target::actor const& sender,
    target::overrides& changes
)
{
    auto const is_platforms = op.as == "anonymous" || m.find_credential(op.as) != nullptr;
    if (changes.credentials || is_platforms) return;
    if (auto credentials = target::credentials_of(m, own, sender)) {
        changes.credentials = std::move(*credentials);
    }
}

// It is the sender's as well, whoever fills the other slots; and who comes with other credentials,
// or with none, does not have it.
static void keep_keys(
    context& ctx,
    target::operation const& op,
    tenant_index sender,
    request_options const& options,
    target::overrides& changes
)
{
    auto const is_replaced = options.changes.credentials.has_value();
    if (options.slots_of == nullptr && !is_replaced) return;
    for (auto const& [name, value] : op.headers) {
        if (!is_key(value)) continue;
        if (is_replaced) {
            changes.dropped.push_back(name);
        } else {
            changes.headers.emplace_back(name, render_for(ctx, value, sender));
        }
    }
}

asio::awaitable<context::parcel>
context::prepare(target::operation const& op, target::actor& who, request_options const& options)
{
    auto& shop = parts_.shop;
    auto& sender = sender_for(*this, op, who);
    auto const& own = tenant(sender.tenant);
    if (may_land_elsewhere(op, options)) {
        if (!options.canary.empty()) plants(options.canary, options.canary_number);
        auto const* const o = options.object;
        if (o != nullptr && o->tenant == sender.tenant) plants(o->canary, o->canary_number);
    }
    parcel out;
    auto& e = out.of;
    e.channel = op.channel();
    if (options.changes.method.value_or(op.method) == op.method) {
        e.may_redirect = op.may_redirect();
        e.ends_in_redirect = op.ends_in_redirect();
    }
    if (options.changes.method) e.channel = *options.changes.method + " " + op.path_pattern;
    e.tenant = sender.tenant;
    e.actor = sender.index;
    e.sender = fmt::format("{} user {} ({})", own.slug, sender.index.value, sender.role);

    if (!options.changes.credentials) {
        auto const session = co_await target::ensure_session(shop.client, shop.model, own, sender);
        if (session.has_error()) {
            e.failure = "no session: " + session.error().message;
            co_return out;
        }
    }
    target::scope const slots{
        .in_tenant = options.slots_of == nullptr ? &own : options.slots_of,
        .as_actor = &sender,
        .object_in_question = options.object,
        .parent = options.parent,
        .canary = options.canary,
        .canary_number = options.canary_number,
        .serial = options.object == nullptr ? options.serial : options.object->serial.value,
        .run_id = shop.made.run_id,
        .extra = options.extra,
    };
    auto changes = options.changes;
    if (options.slots_of != nullptr) keep_credentials(shop.model, op, own, sender, changes);
    keep_keys(*this, op, own.index, options, changes);
    auto request = target::render(shop.model, op, slots, changes);
    if (request.has_error()) {
        e.failure = request.error().message;
        co_return out;
    }
    e.method = request->method;
    e.path = request->path;
    e.wire = request->http.wire;
    out.request = std::move(*request);
    co_return out;
}

asio::awaitable<exchange>
context::send(target::operation const& op, target::actor& who, request_options options)
{
    auto ready = co_await prepare(op, who, options);
    auto& e = ready.of;
    if (e.wire.empty()) co_return std::move(e);
    co_await deliver(e, ready.request.http, options.waits);
    tick();
    remember_supplied(e);
    auto const by_platform =
        !options.changes.credentials && model().find_credential(op.as) != nullptr;
    look_at(e, e.wire);
    if (auto const asked = co_await asked_but_not_echoed(op, options, e)) look_at(e, *asked);
    auto const is_as_written = e.method == op.method && is_read(op);
    asked_.remember(e, parts_.eye, e.method == "GET" || e.method == "HEAD" || is_as_written);
    if (asked_.has_any(e)) co_await drop_repetitions(op, who, options, e);
    // What the platform's own credentials are shown is no stray, whosever it is.
    if (!by_platform && !options.judged_alone) note_strays(e);
    co_return std::move(e);
}

asio::awaitable<exchange>
context::written(target::operation const& op, target::actor& who, request_options options)
{
    auto ready = co_await prepare(op, who, options);
    co_return std::move(ready.of);
}

static asio::awaitable<void> close_after(net::http_connection& line, std::chrono::nanoseconds wait)
{
    asio::steady_timer alarm{co_await asio::this_coro::executor};
    alarm.expires_after(std::chrono::duration_cast<steady::duration>(wait));
    co_await alarm.async_wait(asio::use_awaitable);
    line.close();
}

static asio::awaitable<void>
exchange_until_closed(net::http_connection& line, net::http_request const& what, bool& was_answered)
{
    auto const answer = co_await line.exchange(what.wire, what.is_head, std::chrono::seconds{10});
    was_answered = answer.has_value();
}

asio::awaitable<bool> context::abandon(
    target::operation const& op, target::actor& who, request_options options, double share
)
{
    auto const& m = parts_.shop.model;
    auto const ready = co_await prepare(op, who, options);
    if (ready.of.wire.empty()) co_return false;
    asked_.remember(ready.of, parts_.eye, false);
    auto const& http = ready.request.http;
    net::http_connection line{core_, m.base, m.connection};
    co_await pace();
    sent_ += 2;
    auto const whole = co_await line.exchange(http.wire, http.is_head, m.timeout);
    if (whole.has_error()) co_return false;
    auto const took = static_cast<double>(line.took().count());
    std::chrono::nanoseconds const wait{static_cast<std::int64_t>(took * share)};
    bool was_answered = false;
    net::task_group both{core_, 2};
    both.try_spawn(exchange_until_closed(line, http, was_answered));
    both.try_spawn(close_after(line, wait));
    co_await both.join();
    tick();
    co_return !was_answered;
}

asio::awaitable<exchange> context::send(target::operation const& op, target::actor& who)
{
    request_options as_described;
    return send(op, who, std::move(as_described));
}

} // namespace watertight::probe
