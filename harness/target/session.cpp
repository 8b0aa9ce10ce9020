#include "harness/target/session.hpp"

#include "harness/base/text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace watertight::target {

namespace {

using json = nlohmann::json;

/// A token is renewed this long before its end, or a tenth of its life before if that is less.
constexpr std::chrono::nanoseconds margin_max = 30s;

void keep(actor& who, values const& captured)
{
    for (auto const& [name, value] : captured.all()) {
        auto const plain = name.starts_with("user.") ? name.substr(5) : name;
        who.attributes.set(plain, value);
    }
}

std::optional<std::chrono::nanoseconds> life_by_jwt(values const& captured)
{
    for (auto const& [name, value] : captured.all()) {
        if (name.find("refresh") != std::string::npos) continue;
        auto const exp = jwt_expiry(value);
        if (!exp) continue;
        // Beyond this the nanoseconds would overflow; so long a life is no limit.
        auto const end = std::min<std::int64_t>(*exp, 9'000'000'000);
        return wall::time_point{std::chrono::seconds{end}} - wall::now();
    }
    return std::nullopt;
}

std::optional<std::chrono::nanoseconds> life_by_seconds(values const& captured)
{
    auto const text = captured.find("expires_in");
    if (!text) return std::nullopt;
    std::int64_t in_seconds = 0;
    auto const parsed = std::from_chars(text->data(), text->data() + text->size(), in_seconds);
    if (parsed.ec != std::errc{} || in_seconds <= 0) return std::nullopt;
    return std::chrono::seconds{std::min<std::int64_t>(in_seconds, 1'000'000'000)};
}

/// One step of a log-in or a refresh, and what it captured.
struct taken_step {
    exchange x;
    values captured;
};

/// Keeps what an answer brought; whatever went wrong is told of the actor by name.
taken_step
conclude(model const& m, operation const& op, exchange x, tenant const& where, actor& who)
{
    taken_step out{std::move(x), {}};
    if (out.x.ok()) {
        if (m.login.cookies) merge_cookies(who.cookies, *out.x.answer);
        auto captured = run_captures(op, *out.x.answer);
        if (captured) {
            keep(who, *captured);
            out.captured = std::move(*captured);
            return out;
        }
        out.x.error = captured.error();
    }
    out.x.error->message =
        fmt::format("{} (user {} of {})", out.x.error->message, who.index.value, where.slug);
    return out;
}

/// One step of a log-in: sent without the credentials that it is to bring.
asio::awaitable<taken_step> take_step(
    net::http_client& client,
    model const& m,
    operation const& op,
    tenant const& where,
    actor& who,
    std::optional<named_identity> const& door
)
{
    scope const s{.in_tenant = &where, .as_actor = &who};
    overrides o;
    o.identity = door;
    if (op.as.empty()) o.credentials.emplace();
    // The cookies of an earlier step belong to the log-in all the same.
    if (op.as.empty() && m.login.cookies && !who.cookies.empty()) {
        o.credentials->emplace_back("Cookie", who.cookies);
    }
    auto x = co_await perform(client, m, op, s, std::move(o));
    co_return conclude(m, op, std::move(x), where, who);
}

/// What follows a log-in, as the user who has logged in.
asio::awaitable<exchange> take_further_steps(
    net::http_client& client,
    model const& m,
    tenant const& where,
    actor& who,
    std::optional<named_identity> const& door
)
{
    exchange last;
    for (auto const& op : m.login.after_login) {
        scope const s{.in_tenant = &where, .as_actor = &who};
        overrides o;
        o.identity = door;
        // A header may hold what this very step brings: the token of a page, for instance.
        if (op.as.empty()) o.credentials = credentials_so_far(m, where, who);
        auto x = co_await perform(client, m, op, s, std::move(o));
        auto done = conclude(m, op, std::move(x), where, who);
        last = std::move(done.x);
        if (!last.ok()) break;
        auto const end = renewal_time(m.login, done.captured);
        if (end && (!who.expires || *end < *who.expires)) who.expires = end;
    }
    co_return last;
}

asio::awaitable<result<void>>
renew(net::http_client& client, model const& m, tenant const& where, actor& who)
{
    scope const s{.in_tenant = &where, .as_actor = &who};
    overrides o;
    auto const& op = *m.login.refresh;
    auto x = co_await perform(client, m, op, s, std::move(o));
    auto const done = conclude(m, op, std::move(x), where, who);
    if (!done.x.ok()) co_return *done.x.error;
    who.expires = renewal_time(m.login, done.captured);
    if (m.login.after_login.empty()) co_return result<void>{};
    std::optional<named_identity> const own;
    auto const further = co_await take_further_steps(client, m, where, who, own);
    if (!further.ok()) co_return *further.error;
    co_return result<void>{};
}

/// A log-in under way, for those who wait for it.
struct pending_login {
    asio::steady_timer done;
    std::optional<result<void>> outcome;
};

/// An actor lives on one core, so that its log-ins under way are that thread's own.
auto& logins_under_way()
{
    static thread_local std::unordered_map<actor const*, std::shared_ptr<pending_login>> logins;
    return logins;
}

/// Announces a log-in, and wakes those who wait for it however it ends.
class announcement {
public:
    announcement(actor const& who, std::shared_ptr<pending_login> login)
        : who_{&who}, login_{std::move(login)}
    {
        logins_under_way().emplace(who_, login_);
    }
    announcement(announcement const&) = delete;
    announcement& operator=(announcement const&) = delete;
    ~announcement()
    {
        logins_under_way().erase(who_);
        login_->done.cancel();
    }

private:
    actor const* who_;
    std::shared_ptr<pending_login> login_;
};

asio::awaitable<result<void>>
refresh_or_log_in(net::http_client& client, model const& m, tenant const& where, actor& who)
{
    if (who.logged_in && m.login.refresh) {
        auto const renewed = co_await renew(client, m, where, who);
        if (renewed || !m.login.login) co_return renewed;
    }
    auto outcome = co_await log_in(client, m, where, who);
    co_return outcome;
}

bool is_fresh(model const& m, actor const& who)
{
    if (!m.login.login && !m.login.refresh) return true;
    return who.logged_in && (!who.expires || steady::now() < *who.expires);
}

} // namespace

asio::awaitable<exchange> try_log_in(
    net::http_client& client,
    model const& m,
    tenant const& where,
    actor& who,
    std::optional<named_identity> door
)
{
    who.logged_in = false;
    // A new session begins without the old one's cookies.
    if (m.login.login) who.cookies.clear();
    for (auto const& op : m.login.before_login) {
        auto prepared = co_await take_step(client, m, op, where, who, door);
        if (!prepared.x.ok()) co_return std::move(prepared.x);
    }
    taken_step last;
    if (m.login.login) {
        last = co_await take_step(client, m, *m.login.login, where, who, door);
        if (!last.x.ok()) co_return std::move(last.x);
        who.expires = renewal_time(m.login, last.captured);
    }
    if (!m.login.after_login.empty()) {
        auto further = co_await take_further_steps(client, m, where, who, door);
        if (!further.ok()) co_return further;
    }
    who.logged_in = true;
    co_return std::move(last.x);
}

asio::awaitable<result<void>>
log_in(net::http_client& client, model const& m, tenant const& where, actor& who)
{
    auto const x = co_await try_log_in(client, m, where, who);
    if (!x.ok()) co_return *x.error;
    co_return result<void>{};
}

asio::awaitable<result<void>>
ensure_session(net::http_client& client, model const& m, tenant const& where, actor& who)
{
    for (;;) {
        if (is_fresh(m, who)) co_return result<void>{};
        auto const found = logins_under_way().find(&who);
        if (found == logins_under_way().end()) break;
        auto const other = found->second;
        boost::system::error_code woken;
        co_await other->done.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        auto const state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error{asio::error::operation_aborted};
        }
        if (other->outcome) co_return *other->outcome;
    }
    auto const executor = co_await asio::this_coro::executor;
    auto const mine = std::make_shared<pending_login>(pending_login{
        asio::steady_timer{executor, steady::time_point::max()}, std::nullopt});
    announcement const announced{who, mine};
    mine->outcome = co_await refresh_or_log_in(client, m, where, who);
    co_return *mine->outcome;
}

std::optional<steady::time_point> renewal_time(session const& recipe, values const& captured)
{
    std::optional<std::chrono::nanoseconds> life;
    if (recipe.expires_after.count() > 0) life = recipe.expires_after;
    if (!life) life = life_by_jwt(captured);
    if (!life) life = life_by_seconds(captured);
    if (!life) return std::nullopt;
    return steady::now() + *life - std::clamp(*life / 10, std::chrono::nanoseconds{0}, margin_max);
}

void merge_cookies(std::string& cookies, net::http_response const& response)
{
    values jar;
    for (auto const pair : split(cookies, ';')) {
        auto const text = trim(pair);
        auto const equals = text.find('=');
        if (equals != std::string_view::npos) {
            jar.set(text.substr(0, equals), std::string{text.substr(equals + 1)});
        }
    }
    for (auto const line : response.headers("Set-Cookie")) {
        auto const text = trim(line.substr(0, line.find(';')));
        auto const equals = text.find('=');
        if (equals == std::string_view::npos) continue;
        auto const name = trim(text.substr(0, equals));
        auto const attributes = to_lower(line.substr(std::min(line.find(';'), line.size())));
        auto const expired = attributes.find("max-age=0") != std::string::npos ||
                             attributes.find("01 jan 1970") != std::string::npos;
        expired ? jar.erase(name) : jar.set(name, std::string{trim(text.substr(equals + 1))});
    }
    cookies.clear();
    for (auto const& [name, value] : jar.all()) {
        if (!cookies.empty()) cookies += "; ";
        cookies += name + "=" + value;
    }
}

std::optional<std::int64_t> jwt_expiry(std::string_view token)
{
    if (token.find('.') == token.npos) return std::nullopt;
    auto const parts = split(token, '.');
    if (parts.size() != 3 || parts[0].empty()) return std::nullopt;
    auto const payload = base64_decode(parts[1]);
    // Most of what has two dots says nothing of an end, and need not be parsed to tell.
    if (!payload || payload->find("\"exp\"") == std::string::npos) return std::nullopt;
    auto const head = base64_decode(parts[0]);
    if (!head) return std::nullopt;
    auto const header = json::parse(*head, nullptr, false);
    auto const claims = json::parse(*payload, nullptr, false);
    if (!header.is_object() || !header.contains("alg") || !claims.is_object()) return std::nullopt;
    auto const exp = claims.find("exp");
    if (exp == claims.end() || !exp->is_number()) return std::nullopt;
    auto const value = exp->get<double>();
    if (!(value > -9e15 && value < 9e15)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

} // namespace watertight::target
