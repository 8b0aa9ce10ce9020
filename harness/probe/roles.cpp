#include "harness/probe/roles.hpp"

#include "harness/base/text.hpp"
#include "harness/probe/targets.hpp"
#include "harness/target/session.hpp"
#include "harness/tenants/bench.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace watertight::probe {

std::vector<role> roles_of(context& ctx, tenant_index t)
{
    std::vector<role> out;
    for (auto& who : ctx.tenant(t).actors) {
        auto const is_known =
            std::ranges::any_of(out, [&](role const& r) { return r.name == who.role; });
        if (!is_known) out.push_back({who.role, &who});
    }
    out.push_back({"anonymous", nullptr});
    return out;
}

asio::awaitable<result<target::header_list>> credentials_as(context& ctx, role by)
{
    if (by.who == nullptr) co_return target::header_list{};
    auto& shop = ctx.shop();
    auto const& tenant = ctx.tenant(by.who->tenant);
    auto const session = co_await target::ensure_session(shop.client, shop.model, tenant, *by.who);
    if (session.has_error()) co_return session.error();
    co_return target::credentials_of(shop.model, tenant, *by.who);
}

// The host that the platform's credential names is part of the address, whoever asks there: under a
// tenant's own host there may be nothing to refuse.
static std::optional<std::string>
platforms_host(context& ctx, target::operation const& op, tenant_index t)
{
    auto const* const named = op.as.empty() ? nullptr : ctx.model().find_credential(op.as);
    if (named == nullptr) return std::nullopt;
    auto const is_host = [](auto const& header) { return iequals(header.first, "Host"); };
    auto const found = std::ranges::find_if(named->headers, is_host);
    if (found == named->headers.end()) return std::nullopt;
    return render_for(ctx, found->second, t);
}

asio::awaitable<exchange>
send_as(context& ctx, target::operation const& op, tenant_index t, role by, request_options options)
{
    auto credentials = co_await credentials_as(ctx, by);
    exchange e;
    if (credentials.has_error()) {
        e.channel = op.channel();
        e.tenant = t;
        e.failure = "no session: " + credentials.error().message;
    } else {
        options.changes.credentials = std::move(*credentials);
        if (!options.changes.host) options.changes.host = platforms_host(ctx, op, t);
        // Nobody else is to be found for the operation.
        auto plain = op;
        plain.as.clear();
        auto& who = by.who == nullptr ? ctx.actor(t) : *by.who;
        e = co_await ctx.send(plain, who, std::move(options));
    }
    if (by.who == nullptr) e.sender = ctx.tenant(t).slug + " " + by.name;
    co_return e;
}

target::header_list
credentials_of_visitor(context& ctx, target::actor const& who, tenant_index where)
{
    auto found = target::credentials_of(ctx.model(), ctx.tenant(where), who);
    return found ? std::move(*found) : target::header_list{};
}

// Whether the log-in says a secret of the tenant's: then it is the tenant's own client that logs
// in, and another tenant's name in it would be another tenant's client.
static bool says_tenants_secret(target::session const& how)
{
    auto const says = [](target::template_text const& text) {
        return std::ranges::any_of(text.pieces(), [](auto const& piece) {
            return piece.slot.starts_with("tenant.") && tenants::is_secret_name(piece.slot);
        });
    };
    auto const& op = *how.login;
    return says(op.body_text) ||
           std::ranges::any_of(op.headers, [&](auto const& header) { return says(header.second); });
}

asio::awaitable<visitor> log_in_at(context& ctx, target::actor const& who, tenant_index where)
{
    auto& shop = ctx.shop();
    visitor out{who};
    // Nothing of the session at home, and nothing that it captured.
    out.who.cookies.clear();
    out.who.logged_in = false;
    auto const is_client = says_tenants_secret(shop.model.login);
    auto const& place = ctx.tenant(is_client ? who.tenant : where);
    auto door = std::optional<target::named_identity>{};
    if (is_client) door = identity_of(ctx, where);
    auto const x = co_await target::try_log_in(shop.client, shop.model, place, out.who, door);
    auto& e = out.log_in;
    e.channel = shop.model.login.login->channel();
    e.tenant = who.tenant;
    e.actor = who.index;
    e.sender =
        fmt::format("{} user {} ({})", ctx.tenant(who.tenant).slug, who.index.value, who.role);
    e.method = x.request.method;
    e.path = x.request.path;
    e.wire = x.request.http.wire;
    e.answered = x.answer.has_value();
    if (x.answer) {
        e.status = x.answer->status;
        e.head = x.answer->head;
        e.body = x.answer->body;
    }
    if (!x.ok()) {
        if (x.error) e.failure = x.error->message;
        co_return out;
    }
    out.credentials = credentials_of_visitor(ctx, out.who, where);
    co_return out;
}

bool is_same_account(
    context& ctx, target::actor const& one, target::actor const& other, tenant_index where
)
{
    auto const& model = ctx.model();
    if (!model.login.login || says_tenants_secret(model.login)) return false;
    target::overrides bare;
    bare.credentials.emplace();
    auto const as = [&](target::actor const& who) {
        target::scope const slots{.in_tenant = &ctx.tenant(where), .as_actor = &who};
        return target::render(model, *model.login.login, slots, bare);
    };
    auto const first = as(one);
    auto const second = as(other);
    return first && second && first->http.wire == second->http.wire;
}

void keep_captures(target::operation const& op, exchange const& answer, target::actor& who)
{
    net::http_response const response{
        .status = answer.status, .head = answer.head, .body = answer.body, .took = {}};
    auto const captured = target::run_captures(op, response);
    if (!captured) return;
    for (auto const& [name, value] : captured->all()) {
        who.attributes.set(name.starts_with("user.") ? name.substr(5) : name, value);
    }
}

asio::awaitable<void> pause(std::chrono::milliseconds time)
{
    asio::steady_timer alarm{co_await asio::this_coro::executor, time};
    co_await alarm.async_wait(asio::use_awaitable);
}

} // namespace watertight::probe
