#include "harness/probe/toolbox.hpp"
#include "probes/identity/precedence/probe.hpp"

#include <algorithm>

namespace watertight::probes::identity::precedence {

using channel_kind = target::identity_channel::kind;
using named_channels = std::vector<std::pair<std::size_t, std::string>>;

// One channel of the scenario, with what stands in it for either side.
struct channel {
    std::size_t index = 0;
    channel_kind type{};
    std::string key{};
    std::string name{};
    std::string own{};
    std::string victims{};
};

static std::vector<channel> channels_of(probe::context& ctx, probe::tenant_pair pair)
{
    std::vector<channel> out;
    auto const& all = ctx.model().identity;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const& c = all[i];
        // The path is part of every request, and the token is what the channels are held against.
        if (c.type == channel_kind::jwt || c.type == channel_kind::path) continue;
        auto const own = probe::render_for(ctx, c.value, pair.intruder);
        auto const victims = probe::render_for(ctx, c.value, pair.victim);
        if (own == victims) continue;
        out.push_back({i, c.type, c.name, c.describe(), own, victims});
    }
    return out;
}

static plan make(channel const& c, way how, named_channels identity)
{
    plan out{c.name, how};
    out.changes.identity = std::move(identity);
    return out;
}

// The ordinary channels without this one.
static named_channels others(probe::context& ctx, channel const& c, probe::tenant_pair pair)
{
    auto out = probe::identity_of(ctx, pair.intruder);
    std::erase_if(out, [&](auto const& one) { return one.first == c.index; });
    return out;
}

static void
add_plain(probe::context& ctx, channel const& c, probe::tenant_pair pair, std::vector<plan>& out)
{
    auto beside = others(ctx, c, pair);
    auto agreeing = beside;
    agreeing.emplace_back(c.index, c.own);
    out.push_back(make(c, way::agrees, agreeing));
    out.push_back(make(c, way::alone, {{c.index, c.own}}));
    auto alone = make(c, way::others, {{c.index, c.victims}});
    out.push_back(alone);
    alone.is_victims_path = true;
    alone.detail = "the other's, alone, with its path";
    out.push_back(alone);
    alone.how = way::no_credentials;
    alone.detail = "without credentials";
    alone.changes.credentials.emplace();
    out.push_back(std::move(alone));
    if (beside.empty()) return;
    beside.emplace_back(c.index, c.victims);
    out.push_back(make(c, way::beside_own, std::move(beside)));
}

// Two channels that disagree with each other, and two that disagree with the credentials together.
static void add_pairs(std::vector<channel> const& all, std::vector<plan>& out)
{
    for (auto const& c : all) {
        for (auto const& other : all) {
            if (other.index == c.index) continue;
            auto p = make(c, way::beside_own, {{c.index, c.victims}, {other.index, other.own}});
            p.detail = "against the own " + other.name;
            out.push_back(std::move(p));
            if (other.index < c.index) continue;
            auto both = make(c, way::others, {{c.index, c.victims}, {other.index, other.victims}});
            both.detail = "together with " + other.name;
            out.push_back(std::move(both));
        }
    }
}

static std::string cookies_of(probe::context& ctx, tenant_index t)
{
    auto const& own = ctx.actor(t).cookies;
    return own.empty() ? own : own + "; ";
}

// The same channel two times in a request, in either order, and as a list in one.
static void
add_twice(probe::context& ctx, channel const& c, probe::tenant_pair pair, std::vector<plan>& out)
{
    struct order {
        char const* name;
        std::string const& first;
        std::string const& second;
    };
    order const orders[] = {
        {"twice, the other's last", c.own, c.victims},
        {"twice, the other's first", c.victims, c.own}};
    for (auto const& o : orders) {
        auto p = make(c, way::twice, others(ctx, c, pair));
        p.detail = o.name;
        auto joined = p;
        joined.detail += ", in a list";
        if (c.type == channel_kind::header) {
            p.changes.headers = {{c.key, o.first}, {c.key, o.second}};
            joined.changes.headers = {{c.key, o.first + "," + o.second}};
        } else if (c.type == channel_kind::host) {
            p.changes.headers = {{"Host", o.first}, {"Host", o.second}};
            joined.changes.headers = {{"Host", o.first + "," + o.second}};
        } else if (c.type == channel_kind::query) {
            p.changes.query = {{c.key, o.first}, {c.key, o.second}};
            joined.changes.query = {{c.key + "[]", o.first}, {c.key + "[]", o.second}};
        } else {
            auto const session = cookies_of(ctx, pair.intruder);
            auto const text = session + c.key + "=" + o.first + "; " + c.key + "=" + o.second;
            p.changes.headers = {{"Cookie", text}};
            joined.changes.headers = {{"Cookie", session + c.key + "=" + o.first + "," + o.second}};
        }
        out.push_back(std::move(p));
        out.push_back(std::move(joined));
    }
}

static void add_spellings(
    probe::context& ctx, channel const& c, probe::tenant_pair pair, std::vector<plan>& out
)
{
    for (auto const& s : spellings(c.victims, c.type == channel_kind::host)) {
        for (bool const is_alone : {true, false}) {
            auto identity = is_alone ? named_channels{} : others(ctx, c, pair);
            if (!is_alone && identity.empty()) continue;
            identity.emplace_back(c.index, s.value);
            auto p = make(c, way::spelt, std::move(identity));
            p.detail = "the other's " + s.name;
            out.push_back(std::move(p));
        }
    }
    if (c.type != channel_kind::header) return;
    // The name itself, beside the own tenant under the name as it ought to be.
    for (auto const& name : {replace_all(c.key, "-", "_"), to_lower(c.key)}) {
        if (name == c.key) continue;
        auto p = make(c, way::spelt, probe::identity_of(ctx, pair.intruder));
        p.detail = "under the name " + name;
        p.changes.headers = {{name, c.victims}};
        // Names differ in more than their case: another header, which nobody described.
        p.is_guess = !iequals(name, c.key);
        out.push_back(std::move(p));
    }
}

// Where a proxy writes the host that was asked for, and a request target that names one.
static void add_forwarded(
    probe::context& ctx, channel const& c, probe::tenant_pair pair, std::vector<plan>& out
)
{
    if (c.type != channel_kind::host) return;
    auto own = others(ctx, c, pair);
    own.emplace_back(c.index, c.own);
    for (auto const* const header :
         {"X-Forwarded-Host", "X-Original-Host", "X-Host", "X-Forwarded-Server", "Forwarded"})
    {
        auto const is_forwarded = std::string_view{header} == "Forwarded";
        auto p = make(c, way::forwarded, own);
        p.channel = fmt::format("header {} (not in the scenario)", header);
        p.detail = "beside the own host";
        p.is_guess = true;
        auto value = is_forwarded ? "host=\"" + c.victims + "\"" : c.victims;
        p.changes.headers.emplace_back(header, std::move(value));
        out.push_back(p);
        // Without a host of its own the service has nothing to hold it against.
        p.changes.identity = others(ctx, c, pair);
        p.detail = "beside no tenant's host";
        out.push_back(p);
        p.changes.identity.emplace();
        p.detail = "alone";
        out.push_back(std::move(p));
    }
    auto absolute = make(c, way::forwarded, own);
    absolute.detail = "in the request target, beside the own host";
    absolute.absolute_host = c.victims;
    absolute.is_guess = true;
    out.push_back(std::move(absolute));
}

static void
add_nobodys(probe::context& ctx, channel const& c, probe::tenant_pair pair, std::vector<plan>& out)
{
    auto const absent = probe::absent_twin(c.own, ctx.random());
    for (bool const is_alone : {true, false}) {
        auto identity = is_alone ? named_channels{} : others(ctx, c, pair);
        if (!is_alone && identity.empty()) continue;
        identity.emplace_back(c.index, absent);
        out.push_back(make(c, way::unknown, identity));
        if (c.type == channel_kind::host) continue;
        identity.back().second.clear();
        out.push_back(make(c, way::empty, identity));
    }
}

// Headers by which some gateways and frameworks are told another path than the one asked for.
static void add_rewritten(
    probe::context& ctx,
    target::operation const& read,
    probe::tenant_pair pair,
    std::vector<plan>& out
)
{
    if (!probe::names_tenant(read)) return;
    auto const path = ctx.model().base_path + probe::render_for(ctx, read.path, pair.victim);
    for (auto const* const header : {"X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"}) {
        plan p{fmt::format("header {} (not in the scenario)", header), way::forwarded};
        p.changes.headers.emplace_back(header, path);
        p.is_guess = true;
        out.push_back(std::move(p));
    }
}

std::vector<plan> plans_for(
    probe::context& ctx, target::operation const& read, probe::tenant_pair pair, bool short_list
)
{
    std::vector<plan> out;
    auto const all = channels_of(ctx, pair);
    for (auto const& c : all) {
        add_plain(ctx, c, pair, out);
        add_twice(ctx, c, pair, out);
        add_forwarded(ctx, c, pair, out);
        if (short_list) continue;
        add_spellings(ctx, c, pair, out);
        add_nobodys(ctx, c, pair, out);
    }
    add_pairs(all, out);
    if (!short_list) add_rewritten(ctx, read, pair, out);
    return out;
}

} // namespace watertight::probes::identity::precedence
