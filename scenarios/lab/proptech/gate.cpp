#include "harness/base/text.hpp"
#include "scenarios/lab/core/crypto.hpp"
#include "scenarios/lab/proptech/call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::lab::proptech {

// With the defect of J02 the first of two headers is checked, and the last is used.
static std::string last_named(request const& in)
{
    std::string out;
    for (auto const& [name, value] : in.headers) {
        if (iequals(name, "X-Tenant-Id")) out = std::string{trim(value)};
    }
    return out;
}

static std::string named_tenant(request const& in, bool takes_first)
{
    std::string out;
    for (auto const& [name, value] : in.headers) {
        if (!iequals(name, "X-Tenant-Id")) continue;
        auto const said = std::string{trim(value)};
        if (takes_first && !out.empty()) continue;
        if (!out.empty() && out != said) {
            throw refusal{400, "TENANT_AMBIGUOUS", "X-Tenant-Id names two tenants"};
        }
        out = said;
    }
    if (out.empty()) throw refusal{400, "TENANT_REQUIRED", "X-Tenant-Id is required"};
    return out;
}

// One answer for a tenant that does not exist and for one of others: neither is the asker's.
static refusal not_a_member()
{
    return {403, "NOT_A_MEMBER", "no membership of this tenant"};
}

// The tenant that the request names. With the defect an account goes on for a while where it was.
static std::string workplace_of(call& c)
{
    auto named = named_tenant(c.in, c.faults().on("J02"));
    if (!c.faults().on("J11")) return named;
    auto& memory = c.process().workplaces;
    auto kept = memory.find(c.user_id);
    if (!kept.empty()) return kept;
    memory.keep(c.user_id, named);
    return named;
}

static bool names_none(request const& in)
{
    return std::ranges::none_of(in.headers, [](auto const& h) {
        return iequals(h.first, "X-Tenant-Id");
    });
}

// The defect: an owner who names no tenant is taken for the platform.
static asio::awaitable<response> run_for_all(call& c, endpoint to)
{
    mongo_query q;
    q.filter = matching("user_id", c.user_id);
    q.filter["role"] = "owner";
    auto const owned = co_await c.core.store.find_one(main_place("memberships"), std::move(q));
    if (!owned) throw refusal{400, "TENANT_REQUIRED", "X-Tenant-Id is required"};
    c.on = std::make_shared<tenant const>();
    c.role = "viewer";
    co_return co_await to.run(c);
}

static asio::awaitable<response> run_for_member(call& c, endpoint to)
{
    if (c.faults().on("J17") && to.needs == scope::read && names_none(c.in)) {
        co_return co_await run_for_all(c, to);
    }
    auto const id = workplace_of(c);
    if (c.faults().on("X07") && (id == "undefined" || id == "null")) {
        // Taken for nothing, and nothing is no part of a filter.
        c.on = std::make_shared<tenant const>();
        c.role = "viewer";
        co_return co_await to.run(c);
    }
    presence const here{c.process().tenants.in_flight(id)};
    c.on = co_await find_tenant(c.core, id);
    if (!c.on) throw not_a_member();
    if (c.faults().on("K06")) c.role = c.process().roles.find(c.user_id);
    if (c.role.empty()) c.role = co_await role_of(c.core, id, c.user_id);
    if (c.faults().on("K06") && !c.role.empty()) c.process().roles.keep(c.user_id, c.role);
    if (c.role.empty() && c.faults().on("J15")) c.role = "agent";
    if (c.role.empty()) throw not_a_member();
    if (!c.on->is_active()) throw refusal{403, "TENANT_INACTIVE", "the tenant is not active"};
    if (!has_scope(c.role, to.needs)) {
        throw refusal{403, "SCOPE_MISSING", "the role has no scope for this"};
    }
    if (c.faults().on("J02")) {
        auto const used = last_named(c.in);
        if (used != id) c.on = co_await find_tenant(c.core, used);
        if (!c.on) throw not_a_member();
    }
    co_return co_await to.run(c);
}

asio::awaitable<response> admit(call& c, endpoint to)
{
    if (to.who == access::anyone) co_return co_await to.run(c);
    auto const token = bearer_of(c.in);
    c.by_platform = same_secret(token, c.process().admin_token);
    if (to.who == access::platform && !c.by_platform) {
        static_cast<void>(c.process().tokens.read(token));
        throw refusal{403, "FORBIDDEN", "for the platform alone"};
    }
    if (c.by_platform) {
        if (to.who == access::member) {
            throw refusal{403, "NOT_A_MEMBER", "the platform is a member of no tenant"};
        }
        co_return co_await to.run(c);
    }
    c.user_id = text_claim(c.process().tokens.read(token), "sub");
    if (c.user_id.empty()) throw refusal{401, "UNAUTHENTICATED", "the token names no user"};
    if (to.who == access::account) co_return co_await to.run(c);
    co_return co_await run_for_member(c, to);
}

} // namespace watertight::lab::proptech
