#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/core/limits.hpp"
#include "scenarios/lab/user_integers/credentials.hpp"
#include "scenarios/lab/user_integers/handlers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace watertight::lab::user_integers {

using nlohmann::json;

static refusal mismatch()
{
    return {403, "TENANT_MISMATCH", "the request names more than one tenant, or not its own"};
}

std::string month_key(fault_set const& faults, std::string_view tenant_id, std::string_view month)
{
    return fmt::format("{}calls:{}", key_prefix(faults.on("N8") ? "all" : tenant_id), month);
}

// The tenant of the token, whatever else the request says.
static asio::awaitable<void> identify_by_token(call& c, std::string token)
{
    auto const claims = c.process().tokens.read(token);
    auto names = read_tenant_names(c.in);
    c.user_id = text_claim(claims, "sub");
    c.role = text_claim(claims, "role");
    std::string forwarded;
    if (c.faults().on("A36")) forwarded = forwarded_tenant(c.in);
    if (!forwarded.empty()) {
        // What the proxy says is taken for what was asked for, and for checked.
        names = {};
        c.on = co_await find_tenant_by_subdomain(c.core, forwarded);
    } else if (c.faults().on("J01") && !names.headers.empty()) {
        auto const label = std::exchange(names.headers, {}).front();
        c.on = co_await find_tenant_by_subdomain(c.core, label);
    } else {
        c.on = co_await find_tenant(c.core, text_claim(claims, "tenant_id"));
    }
    if (!c.on || c.user_id.empty()) {
        throw refusal{401, "UNAUTHENTICATED", "the token's tenant does not exist"};
    }
    if (!names.all_are(c.on->subdomain)) throw mismatch();
}

// A key is looked for among those of the tenant that the request names, and nowhere else.
static asio::awaitable<void> identify_by_key(call& c, std::string api_key)
{
    auto const names = read_tenant_names(c.in);
    if (names.none()) throw refusal{400, "TENANT_REQUIRED", "name the tenant by host or header"};
    auto const& label = names.headers.empty() ? names.hosts.front() : names.headers.front();
    if (!names.all_are(label)) throw mismatch();
    c.on = co_await find_tenant_by_subdomain(c.core, label);
    if (!c.on) throw refusal{401, "UNAUTHENTICATED", "tenant or API key is wrong"};

    auto const digest = api_key_digest(c.process(), api_key);
    std::optional<key_memory::holder> kept;
    if (c.faults().on("J09")) kept = c.process().keys.find(digest);
    if (kept) {
        c.user_id = kept->user_id;
        c.role = kept->role;
        co_return;
    }
    auto tx = co_await c.core.main.begin(set_tenant_sql(c.on->id));
    sql_values values{c.on->id, digest};
    auto const rows = co_await tx.query(
        "SELECT id, role FROM users WHERE tenant_id = $1 AND api_key = $2", std::move(values)
    );
    co_await tx.commit();
    if (rows.values.empty()) throw refusal{401, "UNAUTHENTICATED", "tenant or API key is wrong"};
    c.user_id = rows.values[0][0].value();
    c.role = rows.values[0][1].value();
    if (c.faults().on("J09")) c.process().keys.keep(digest, {c.user_id, c.role});
}

static void check_status(call const& c)
{
    if (c.faults().on("L6")) return;
    if (c.on->status == "suspended") throw refusal{403, "TENANT_SUSPENDED", "it is suspended"};
    if (c.on->status != "active") throw refusal{403, "TENANT_CANCELLED", "it is cancelled"};
}

struct counts {
    std::string session;
    std::uint64_t of_minute = 0;
    std::uint64_t of_month = 0;
};

// One exchange with Redis: what became of the user, and the tenant's calls.
static asio::awaitable<counts> count_call(call& c, std::string minute_key, std::string calls_key)
{
    std::vector<redis_words> commands;
    commands.push_back({"GET", session_key(c.on->id, c.user_id)});
    commands.push_back({"INCR", minute_key});
    commands.push_back({"INCR", calls_key});
    auto const replies = co_await c.core.redis.pipeline(std::move(commands));
    counts const out{
        replies[0].text,
        static_cast<std::uint64_t>(replies[1].integer),
        static_cast<std::uint64_t>(replies[2].integer)};
    std::vector<redis_words> expiries;
    if (out.of_minute == 1) expiries.push_back({"EXPIRE", minute_key, "120"});
    // Until the next month is over: the count is billed then.
    if (out.of_month == 1) expiries.push_back({"EXPIRE", calls_key, "5400000"});
    if (!expiries.empty()) co_await c.core.redis.pipeline(std::move(expiries));
    co_return out;
}

static void check_session(call& c, std::string const& word)
{
    if (word == revoked && !c.faults().on("J10")) {
        throw refusal{401, "UNAUTHENTICATED", "the user is no longer active"};
    }
    if (!word.empty() && word != revoked) c.role = word;
}

static asio::awaitable<allowance> check_limits(call& c)
{
    auto const now = now_s();
    auto minute_key = fmt::format("{}rate:{}", key_prefix(c.on->id), now / 60);
    auto calls_key = month_key(c.faults(), c.on->id, month_of(now));
    if (c.faults().on("N2")) calls_key += ":" + c.user_id;
    auto const counted = co_await count_call(c, std::move(minute_key), std::move(calls_key));
    c.process().calls.note(c.on->id, counted.of_month);
    check_session(c, counted.session);

    if (counted.of_month > c.on->calls_per_month) {
        throw refusal{429, "MONTHLY_CALLS_USED_UP", "the tenant's calls of this month are used up"};
    }
    allowance const of_minute{c.on->calls_per_minute, counted.of_minute, 60 - now % 60};
    check_rate(of_minute, "the tenant sends too fast");
    co_return allowance{c.on->calls_per_month, counted.of_month, 0};
}

static asio::awaitable<response> admit_user(call& c, endpoint to)
{
    auto shown = read_credential(c.in);
    if (shown.api_key.empty()) {
        co_await identify_by_token(c, std::move(shown.token));
    } else {
        co_await identify_by_key(c, std::move(shown.api_key));
    }
    presence const here{c.process().tenants.in_flight(c.on->id)};
    // Between finding it and being counted as inside, it may have begun to go.
    c.on = co_await find_tenant(c.core, c.on->id);
    if (!c.on) throw refusal{401, "UNAUTHENTICATED", "the tenant does not exist"};
    c.core.logged_tenant = c.on->id;
    check_status(c);
    auto const month = co_await check_limits(c);
    if (to.who == access::platform) throw refusal{403, "FORBIDDEN", "for the platform alone"};
    if (to.who == access::admin && !c.is_admin() && !c.faults().on("A21")) {
        throw refusal{403, "FORBIDDEN", "for administrators of the tenant alone"};
    }
    auto out = co_await to.run(c);
    auto const left = month.limit > month.used ? month.limit - month.used : 0;
    out.headers.emplace_back("X-Monthly-Calls-Limit", std::to_string(month.limit));
    out.headers.emplace_back("X-Monthly-Calls-Remaining", std::to_string(left));
    co_return out;
}

static void write_line(call const& c, int status)
{
    if (!c.on) return;
    // With the defect the line's tenant is kept beside the request, and others wrote it meanwhile.
    auto const& whose = c.faults().on("X10") ? c.core.logged_tenant : c.on->id;
    c.process().log.write({whose, c.user_id, c.in.method, c.in.path, status});
}

static asio::awaitable<response> admit_and_log(call& c, endpoint to)
{
    response out;
    try {
        out = co_await admit_user(c, to);
    } catch (refusal const& r) {
        out = to_response(r);
    }
    write_line(c, out.status);
    co_return out;
}

asio::awaitable<response> admit(call& c, endpoint to)
{
    if (to.who == access::anyone) co_return co_await to.run(c);
    auto const authorization = c.in.header("Authorization").value_or("");
    if (same_secret(authorization, "Bearer " + c.process().admin_token)) {
        if (to.who != access::platform) {
            throw refusal{401, "UNAUTHENTICATED", "a user's credential is required"};
        }
        c.by_platform = true;
        co_return co_await to.run(c);
    }
    co_return co_await admit_and_log(c, to);
}

} // namespace watertight::lab::user_integers
