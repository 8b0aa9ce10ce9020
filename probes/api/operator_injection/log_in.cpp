#include "harness/probe/read_back.hpp"
#include "probes/api/operator_injection/probe.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probes::api::operator_injection {

static bool lets_in(target::operation const& login, probe::exchange const& e)
{
    if (!e.answered || !login.accepts(e.status)) return false;
    net::http_response const answer{.status = e.status, .head = e.head, .body = e.body, .took = {}};
    return !login.captures.empty() && target::run_captures(login, answer).has_value();
}

// The secret of the log-in's body: what a member that is called so holds.
static std::string secret_in(std::string_view body)
{
    auto const whole = nlohmann::json::parse(body, nullptr, false);
    if (!whole.is_object()) return {};
    for (auto const* const name : {"password", "secret", "passwd", "pass", "pin", "apiKey", "key"})
    {
        if (whole.contains(name) && whole[name].is_string()) return whole[name].get<std::string>();
    }
    return {};
}

static asio::awaitable<probe::exchange> send_log_in(
    probe::context& ctx, target::operation const& login, tenant_index victim, std::string body
)
{
    probe::request_options options;
    options.changes.credentials.emplace();
    options.changes.body = std::move(body);
    co_return co_await ctx.send(login, ctx.actor(victim), std::move(options));
}

static asio::awaitable<void> try_victim(
    probe::context& ctx,
    target::operation const& login,
    tenant_index victim,
    std::vector<log_in_trial>& out
)
{
    auto const body = probe::body_of(ctx, login, victim, {});
    auto const secret = secret_in(body.value_or(""));
    if (secret.empty()) co_return;
    log_in_trial base;
    base.victim = victim;
    base.proper = co_await send_log_in(ctx, login, victim, *body);
    base.proper_is_let_in = lets_in(login, base.proper);
    auto const wrong = with_payload(*body, secret, {"wt-no-such-secret", "a wrong one"});
    base.wrong = co_await send_log_in(ctx, login, victim, *wrong);
    base.wrong_is_let_in = lets_in(login, base.wrong);
    // Few, for who fails too often is shut out.
    for (auto const& p : payloads()) {
        if (!p.is_json && p.text != "' OR '1'='1") continue;
        auto changed = with_payload(*body, secret, p);
        if (!changed) continue;
        auto t = base;
        t.how = "the secret replaced by " + p.what;
        t.hostile = co_await send_log_in(ctx, login, victim, std::move(*changed));
        t.is_let_in = lets_in(login, t.hostile);
        out.push_back(std::move(t));
    }
    // Whoever allows one session alone has ended the user's by this.
    auto const reads = probe::collection_reads(ctx.model());
    if (reads.empty()) co_return;
    auto const place = probe::own_place(ctx, victim, reads.front(), 0);
    auto const still = co_await ctx.send(*reads.front().op, ctx.actor(victim), place);
    if (still.status == 401 || still.status == 403) {
        auto const renewed = co_await ctx.log_in(ctx.actor(victim));
        if (renewed.has_error()) co_return;
    }
}

asio::awaitable<std::vector<log_in_trial>> try_log_ins(probe::context& ctx)
{
    std::vector<log_in_trial> out;
    auto const& session = ctx.model().login;
    // One log-in that stands on earlier steps (a form's token) is left alone.
    if (!session.login || !session.before_login.empty()) co_return out;
    if (!target::takes_fields(session.login->body)) co_return out;
    auto const tenants = ctx.tenants();
    if (!tenants.empty()) co_await try_victim(ctx, *session.login, tenants.front(), out);
    co_return out;
}

} // namespace watertight::probes::api::operator_injection
