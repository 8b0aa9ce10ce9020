#include "harness/probe/toolbox.hpp"
#include "probes/token/claims/probe.hpp"

namespace watertight::probes::token::claims {

using json = nlohmann::ordered_json;

static constexpr std::int64_t hour_s = 3600;

static variant with(probe::jwt const& own, std::string name, std::string_view claim, json value)
{
    variant out{std::move(name), own};
    out.token.claims[std::string{claim}] = std::move(value);
    return out;
}

static void refuse(std::vector<variant>& out, variant v)
{
    v.must_be_refused = true;
    out.push_back(std::move(v));
}

static void add_times(probe::jwt const& own, std::int64_t now_s, std::vector<variant>& out)
{
    auto past = with(own, "exp an hour ago", "exp", now_s - hour_s);
    for (auto const* const name : {"iat", "nbf", "auth_time"}) {
        if (past.token.claims.contains(name)) past.token.claims[name] = now_s - 2 * hour_s;
    }
    refuse(out, std::move(past));
    // Who never writes it need not read it.
    if (own.claims.contains("nbf")) refuse(out, with(own, "nbf in an hour", "nbf", now_s + hour_s));
}

static void add_parties(probe::jwt const& own, std::vector<variant>& out)
{
    if (own.claims.contains("iss")) {
        refuse(out, with(own, "iss of somebody else", "iss", "https://issuer.invalid/"));
    }
    if (own.claims.contains("aud")) {
        auto const is_list = own.claims["aud"].is_array();
        auto const other = is_list ? json::array({"another-service"}) : json("another-service");
        refuse(out, with(own, "aud of another service", "aud", other));
    }
    for (auto const* const name : {"type", "typ", "token_type", "token_use", "use"}) {
        auto const said = to_lower(own.claim(name));
        if (said.find("access") == said.npos) continue;
        auto const other = said.size() == 6 ? "refresh" : "refresh_token";
        refuse(out, with(own, fmt::format("{} of a refresh token", name), name, other));
    }
}

// One claim at a time, and all of them: any of them may be the one that is read.
static void add_tenantless(
    probe::jwt const& own, std::vector<std::string> const& tenant, std::vector<variant>& out
)
{
    auto const add = [&](std::string const& name, probe::jwt token) {
        out.push_back({name, token, false, named::own});
        out.push_back({name + ", another tenant named", token, false, named::victim});
        out.push_back({name + ", no tenant named", token, false, named::nobody});
    };
    auto none = own;
    for (auto const& name : tenant) {
        none.claims.erase(name);
        auto without = own;
        without.claims.erase(name);
        add(name + " missing", without);
        add(name + " null", with(own, "", name, nullptr).token);
        add(name + " empty", with(own, "", name, "").token);
    }
    if (tenant.size() > 1) add("every tenant claim missing", none);
}

std::vector<variant>
variants(probe::jwt const& own, std::vector<std::string> const& tenant, std::int64_t now_s)
{
    std::vector<variant> out;
    add_times(own, now_s, out);
    add_parties(own, out);
    add_tenantless(own, tenant, out);
    return out;
}

} // namespace watertight::probes::token::claims
