#include "probes/api/webhook/probe.hpp"

#include "harness/probe/read_back.hpp"
#include "harness/probe/roles.hpp"
#include "harness/probe/sink.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>

namespace watertight::probes::api::webhook {

constexpr probe::spec spec{
    .id = "api.webhook",
    .title = "A webhook delivers to one tenant what happens in another",
    .where = probe::layer::api,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::critical,
    .cwe = "CWE-639",
    .owasp = "API1:2023",
    .asvs = "8.2.2, 8.4.1",
    .faults = "A33 Q4",
    .rationale = "Deliveries are made by a worker that looks subscriptions up by the kind of the "
                 "event, or that tries again from a queue whose messages name no tenant. What was "
                 "sent to a stranger's URL cannot be called back.",
    .remedy = "Keep the tenant in the subscription, the event and the message, and compare them "
              "where the URL is chosen, at the first attempt and at each further one. Take the "
              "tenant of a subscription from the credentials.",
};

static constexpr std::size_t pairs_max = 2;
// What is delivered to the wrong one comes soon after the right one was told.
static constexpr std::chrono::milliseconds afterglow{200};

struct hook {
    subscription what{};
    tenant_index who{};
    probe::sink::box box = 0;
    target::values captured{};
};

class scene {
public:
    scene(probe::context& ctx, target::webhook const& w, probe::tenant_pair pair, probe::sink& to)
        : ctx_{ctx}, webhook_{w}, pair_{pair}, sink_{to}, r_{*ctx.model().find_resource(w.follows)}
    {
    }

    asio::awaitable<trial> play();

private:
    asio::awaitable<void> subscribe(tenant_index who, bool names_other);
    asio::awaitable<void> write_and_wait(bool after_errors);
    asio::awaitable<bool> is_told(hook const& h, target::object const* what, std::size_t after);
    asio::awaitable<void> unsubscribe();

    probe::context& ctx_;
    target::webhook const& webhook_;
    probe::tenant_pair pair_;
    probe::sink& sink_;
    target::resource const& r_;
    std::vector<hook> hooks_{};
    std::vector<target::object*> made_{};
};

asio::awaitable<void> scene::subscribe(tenant_index who, bool names_other)
{
    hook h;
    h.who = who;
    h.what.how = names_other ? "naming the other tenant" : "as itself";
    h.box = sink_.add(ctx_.fresh_canary(who).substr(4, 20));
    target::values slots;
    slots.set("sink.url", sink_.url(h.box));
    probe::request_options options;
    options.extra = &slots;
    auto const& op = webhook_.subscribe;
    if (names_other) {
        auto const body = probe::body_of(ctx_, op, who, options);
        auto const other =
            std::string{ctx_.tenant(pair_.victim).attributes.find("id").value_or("")};
        auto named = naming(body.value_or(""), other);
        if (named.empty() && !probe::names_tenant(op)) co_return;
        if (!named.empty()) options.changes.body = std::move(named);
        options.slots_of = &ctx_.tenant(pair_.victim);
        options.changes.identity = probe::identity_of(ctx_, who);
    }
    h.what.asked = co_await ctx_.send(op, ctx_.actor(who), options);
    net::http_response const answer{
        .status = h.what.asked.status,
        .head = h.what.asked.head,
        .body = h.what.asked.body,
        .took = {}};
    auto captured = target::run_captures(op, answer);
    if (captured) h.captured = std::move(*captured);
    hooks_.push_back(std::move(h));
}

asio::awaitable<bool> scene::is_told(hook const& h, target::object const* what, std::size_t after)
{
    if (what == nullptr) co_return false;
    std::vector<std::string> tokens{what->canary, std::to_string(what->canary_number)};
    auto const id = probe::id_of(*what);
    // A short number may be anything.
    if (id.size() >= 8) tokens.push_back(id);
    co_return co_await sink_.wait_for(h.box, std::move(tokens), after, webhook_.within);
}

asio::awaitable<void> scene::write_and_wait(bool after_errors)
{
    if (after_errors) {
        for (auto const& h : hooks_) sink_.refuse(h.box, 1);
    }
    std::vector<target::object*> two{};
    std::vector<tenant_index> const both{pair_.victim, pair_.intruder};
    for (auto const who : both) {
        auto const made = co_await ctx_.create_object(r_, who);
        two.push_back(made.has_error() ? nullptr : *made);
        if (made.has_value()) made_.push_back(*made);
    }
    for (std::size_t i = 0; i < two.size(); ++i) {
        auto& h = hooks_[i];
        h.what.was_told = co_await is_told(h, two[i], 0);
        if (!after_errors || !h.what.was_told) continue;
        h.what.was_told_again = co_await is_told(h, two[i], 1);
    }
    co_await probe::pause(afterglow);
}

asio::awaitable<void> scene::unsubscribe()
{
    for (auto& h : hooks_) {
        if (!webhook_.remove || !h.what.asked.success()) continue;
        probe::request_options options;
        options.extra = &h.captured;
        static_cast<void>(co_await ctx_.send(*webhook_.remove, ctx_.actor(h.who), options));
    }
    for (auto* const o : made_) co_await probe::discard(ctx_, r_, *o);
}

asio::awaitable<trial> scene::play()
{
    trial out;
    out.channel = webhook_.subscribe.channel();
    out.victim = pair_.victim;
    out.intruder = pair_.intruder;
    out.expects_retries = webhook_.retries;
    co_await subscribe(pair_.victim, false);
    co_await subscribe(pair_.intruder, false);
    co_await subscribe(pair_.intruder, true);
    if (hooks_[0].what.asked.success()) co_await write_and_wait(webhook_.retries);
    co_await unsubscribe();
    for (auto& h : hooks_) {
        auto heard = h.what.asked;
        heard.body.clear();
        for (auto const& one : sink_.delivered(h.box)) heard.body += one + "\n\n";
        h.what.delivered = ctx_.observed(std::move(heard));
    }
    out.victims = std::move(hooks_[0].what);
    for (std::size_t i = 1; i < hooks_.size(); ++i) {
        out.intruders.push_back(std::move(hooks_[i].what));
    }
    co_return out;
}

static asio::awaitable<std::vector<trial>> play_all(probe::context& ctx, probe::sink& to)
{
    std::vector<trial> out;
    auto const pairs = ctx.few_pairs(pairs_max);
    for (auto const& w : ctx.promised().webhooks) {
        for (auto const pair : pairs) {
            scene one{ctx, w, pair, to};
            auto t = co_await one.play();
            out.push_back(std::move(t));
        }
        ctx.covered().examined("endpoint", w.subscribe.channel(), spec.id);
    }
    co_return out;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    if (ctx.promised().webhooks.empty() || ctx.tenants().size() < 2) {
        out.not_applicable = "the scenario describes no `webhooks`, or there is but one tenant";
        co_return out;
    }
    probe::sink to{ctx.core()};
    auto const opened = to.open();
    if (opened.has_error()) {
        out.add_undecided(opened.error().message);
        co_return out;
    }
    std::vector<trial> trials;
    std::exception_ptr error;
    try {
        trials = co_await play_all(ctx, to);
    } catch (...) {
        error = std::current_exception();
    }
    co_await to.close();
    if (error) std::rethrow_exception(error);
    co_return judge(trials);
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::api::webhook
