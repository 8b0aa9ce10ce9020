#include "probes/identity/alike_tenants/probe.hpp"

#include "harness/probe/redis_scan.hpp"
#include "harness/probe/tally.hpp"
#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <set>

namespace watertight::probes::identity::alike_tenants {

constexpr probe::spec spec{
    .id = "identity.alike_tenants",
    .title = "Tenants with like names share or lose data",
    .where = probe::layer::identity,
    .kind = evidence::guarantee::confidentiality,
    .level = evidence::severity::high,
    .cwe = "CWE-706",
    .owasp = "API1:2023",
    .asvs = "8.4.1, 2.2.1",
    .faults = "K02 K03 K04 K10 F6 MG12 J16 P53",
    .rationale =
        "Keys, prefixes, database and file names are made of tenants' names: cut to a length, put "
        "into lower case, joined without a separator, compared by their beginning. Two tenants "
        "whose names come out the same are one tenant to whatever is kept under them.",
    .remedy = "Make keys of the tenant's id, of fixed length and with a separator that ids never "
              "have; compare whole names; refuse names that come out the same as another's.",
};

std::vector<likeness> alike(std::string_view slug)
{
    std::string const name{slug};
    std::vector<likeness> out{
        {name + "0", "one begins with the other", "0"},
        {name + "-j", "one goes on behind the other", "-j"},
    };
    auto upper = std::string{slug};
    for (auto& c : upper) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    if (upper != slug) out.push_back({std::move(upper), "they differ in case alone", {}});
    auto joined = replace_all(std::string{slug}, "-", "_");
    if (joined != slug) out.push_back({std::move(joined), "they differ in separators alone", {}});
    return out;
}

std::vector<std::string> glued(std::string_view tail, std::string_view id)
{
    std::vector<std::string> out;
    if (tail.empty() || id.empty()) return out;
    out.push_back(fmt::format("{}{}", tail, id));
    auto const is_separator = tail.size() > 1 && (tail.front() == '-' || tail.front() == '_');
    if (is_separator) out.push_back(fmt::format("{}{}{}", tail.substr(1), tail.front(), id));
    return out;
}

std::string lengthened(std::string_view slug, std::size_t size)
{
    std::string out{slug};
    if (out.size() + 2 < size) out.append(size - 2 - out.size(), 'k');
    return out;
}

std::string continuation(std::string_view key, std::string_view slug)
{
    static constexpr std::size_t size_max = 24;
    if (!probe::names_word(key, slug)) return {};
    auto const tail = key.substr(key.find(slug) + slug.size());
    static constexpr std::string_view separators = ":/|#.-_";
    if (tail.size() < 2 || tail.size() > size_max) return {};
    if (separators.find(tail.front()) == std::string_view::npos) return {};
    auto const is_fixed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               separators.find(c) != std::string_view::npos;
    };
    return std::ranges::all_of(tail, is_fixed) ? std::string{tail} : std::string{};
}

probe::conclusion judge(std::vector<view> const& views)
{
    probe::conclusion out;
    probe::tally seen;
    for (auto const& v : views) {
        auto const& e = v.seen;
        auto const* const token = e.token_of(v.other);
        auto const shows_own = e.shows_canary_of(e.tenant);
        if (token != nullptr) {
            seen.decided(e.channel);
            out.violations.push_back(probe::shown_by(
                *token,
                e.channel,
                fmt::format("{} was shown the other's data; {}.", e.sender, v.how),
                {e}
            ));
        } else if (v.asks_for_others) {
            if (e.undecided()) {
                seen.undecided(e.channel, "a request failed: " + probe::summary(e));
            } else {
                seen.decided(e.channel);
            }
        } else if (!e.success() && !v.is_afterwards) {
            seen.undecided(e.channel, "a tenant can't read its own: " + probe::summary(e));
        } else if (v.is_afterwards && e.undecided()) {
            seen.undecided(e.channel, "a request failed: " + probe::summary(e));
        } else if (v.has_own && !shows_own && v.is_afterwards) {
            seen.decided(e.channel);
            probe::violation lost;
            lost.victim = e.tenant;
            lost.intruder = v.other;
            lost.channel = e.channel;
            lost.detail = fmt::format(
                "{} no longer finds what is its own after the other tenant was removed; {}.",
                e.sender,
                v.how
            );
            lost.exchanges = {e};
            lost.kind = evidence::guarantee::integrity;
            out.violations.push_back(std::move(lost));
        } else if (v.has_own && !shows_own) {
            seen.undecided(e.channel, "a tenant's own read shows no canary of its own");
        } else {
            seen.decided(e.channel);
        }
    }
    seen.finish(out);
    return out;
}

static std::vector<target::resource const*> kinds(target::model const& m)
{
    using target::resource;
    auto out = probe::resources_with(m, {&resource::create});
    std::erase_if(out, [](auto const* r) {
        return !r->parent.empty() || (!r->read && !r->list) || !probe::writes_canary(*r->create);
    });
    return out;
}

// What the tenant sees of its own: the objects by id, lists, and whatever else it can ask without
// naming an object.
static asio::awaitable<void> look(
    probe::context& ctx,
    target::tenant& viewer,
    tenant_index other,
    std::string const& how,
    bool is_afterwards,
    std::vector<view>& out
)
{
    auto& who = viewer.actors.front();
    for (auto const* const r : kinds(ctx.model())) {
        auto const* const object = probe::pick_object(ctx, viewer.index, *r, 0);
        if (object == nullptr || !r->read) continue;
        auto const options = probe::about(ctx, *object);
        auto e = co_await ctx.send(*r->read, who, options);
        out.push_back({std::move(e), other, how, is_afterwards, true, false});
    }
    for (auto const& read : probe::collection_reads(ctx.model())) {
        auto const place = probe::own_place(ctx, viewer.index, read, 0);
        // Nothing is made here that lives under something else, nor what would live under that.
        if (probe::names_parent(*read.op) && place.parent == nullptr) continue;
        auto e = co_await ctx.send(*read.op, who, place);
        auto const is_list = read.of != nullptr && read.of->list && read.op == &*read.of->list;
        auto const has_own = is_list && read.of->parent.empty() &&
                             probe::pick_object(ctx, viewer.index, *read.of, 0) != nullptr;
        // A summary may well need what a tenant without traffic has not.
        if (is_list || e.success()) {
            out.push_back({std::move(e), other, how, is_afterwards, has_own, false});
        }
    }
}

// Under its own name and the rest of the other's.
static asio::awaitable<void> look_behind(
    probe::context& ctx,
    target::tenant& shorter,
    target::tenant& longer,
    likeness const& like,
    std::vector<view>& out
)
{
    for (auto const* const r : kinds(ctx.model())) {
        auto const* const object = probe::pick_object(ctx, longer.index, *r, 0);
        if (object == nullptr || !r->read || probe::object_slots(*r->read).empty()) continue;
        for (auto& id : glued(like.tail, probe::id_of(*object))) {
            auto named = *object;
            named.attributes.set("id", id);
            auto const options = probe::about(ctx, named);
            auto e = co_await ctx.send(*r->read, shorter.actors.front(), options);
            auto how = fmt::format("asked for {}; {}", id, like.how);
            out.push_back({std::move(e), longer.index, std::move(how), false, false, true});
        }
    }
}

static asio::awaitable<void> populate(probe::context& ctx, target::tenant& t)
{
    for (auto const* const r : kinds(ctx.model())) {
        co_await ctx.create_object(*r, t.index);
    }
}

static asio::awaitable<target::tenant*> provision(probe::context& ctx, std::string slug)
{
    tenants::further_tenant like;
    like.slug = std::move(slug);
    auto const made = co_await tenants::provision_extra(ctx.shop(), std::move(like));
    if (made.has_error()) co_return nullptr;
    co_await populate(ctx, **made);
    co_return *made;
}

// As long as the target takes it: what is cut is cut at the end.
static asio::awaitable<target::tenant*> provision_long(probe::context& ctx, std::string slug)
{
    static constexpr std::size_t sizes[] = {63, 40, 32, 0};
    for (auto const size : sizes) {
        auto name = lengthened(slug, size);
        auto* const made = co_await provision(ctx, std::move(name));
        if (made != nullptr) co_return made;
    }
    co_return nullptr;
}

static asio::awaitable<void> compare(
    probe::context& ctx,
    target::tenant& one,
    target::tenant& other,
    std::string how,
    std::vector<view>& out
)
{
    how = fmt::format("the tenants are called {} and {}: {}", one.slug, other.slug, how);
    // There and back: whoever comes first fills what both are served from.
    co_await look(ctx, one, other.index, how, false, out);
    co_await look(ctx, other, one.index, how, false, out);
    co_await look(ctx, one, other.index, how, false, out);
}

// As the store's keys of any tenant show them; without a store, what the paths of a tenant's views
// end in.
static asio::awaitable<std::set<std::string>> continuations(probe::context& ctx)
{
    static constexpr std::size_t names_max = 3;
    std::set<std::string> out;
    if (!ctx.has_redis()) {
        for (auto const& read : probe::collection_reads(ctx.model())) {
            auto const path = read.op->channel();
            auto tail = continuation("x:" + path.substr(path.rfind('/') + 1), "x");
            if (read.of == nullptr && !tail.empty() && out.size() < 2) out.insert(std::move(tail));
        }
        co_return out;
    }
    probe::redis_visitor const visit = [&](auto const& entry, auto const&) {
        for (auto const& t : ctx.population().tenants) {
            auto tail = continuation(entry.at.key, t.slug);
            if (!tail.empty() && out.size() < names_max) out.insert(std::move(tail));
        }
    };
    static_cast<void>(co_await probe::walk_redis(ctx, visit));
    co_return out;
}

// A colon ends the user's name in Basic authentication: whoever is named after such a tenant could
// not sign in, and nobody could remove it.
static bool allows_colon(target::model const& m)
{
    return std::ranges::none_of(m.login.headers, [](auto const& header) {
        return header.second.mentions("basic.");
    });
}

// Tenants whose names go on as keys of another do. They come first, so that what they leave under
// a key of both is there for the other to find.
static asio::awaitable<bool>
compare_joined(probe::context& ctx, std::string slug, std::vector<view>& out)
{
    bool is_any = false;
    auto const tails = co_await continuations(ctx);
    for (auto const& tail : tails) {
        if (tail.find(':') != std::string::npos && !allows_colon(ctx.model())) continue;
        slug += 'j';
        auto* const other = co_await provision(ctx, slug + tail);
        if (other == nullptr) continue;
        auto* const one = co_await provision(ctx, slug);
        if (one != nullptr) {
            is_any = true;
            co_await compare(
                ctx, *other, *one, "one name is how a key of the other's goes on", out
            );
            co_await tenants::remove_tenant(ctx.shop(), *one);
        }
        co_await tenants::remove_tenant(ctx.shop(), *other);
    }
    co_return is_any;
}

static asio::awaitable<probe::conclusion> run(probe::context& ctx)
{
    probe::conclusion out;
    auto const& how = ctx.shop().how;
    if (!how.from_file.empty() || kinds(ctx.model()).empty()) {
        out.not_applicable = "the scenario can't make tenants, or nothing that a tenant can read";
        co_return out;
    }
    auto const base = ctx.tenant(ctx.tenants().front()).slug + "-k";
    auto* const one = co_await provision_long(ctx, base);
    if (one == nullptr) {
        out.not_applicable = "the target takes no tenant of another name than its own";
        co_return out;
    }
    std::vector<view> views;
    std::vector<std::pair<target::tenant*, std::string>> others;
    auto likes = alike(one->slug);
    // A name that is taken: whoever signs up under it all the same must not become one of the
    // first's. An administrator that asks for it again may well be given the same tenant.
    auto const signs_up = how.create && how.create->as == "anonymous";
    if (signs_up) likes.push_back({one->slug, "they have the same name", {}});
    for (auto const& like : likes) {
        auto* const other = co_await provision(ctx, like.slug);
        if (other == nullptr) continue;
        co_await compare(ctx, *one, *other, like.how, views);
        co_await look_behind(ctx, *one, *other, like, views);
        others.emplace_back(other, like.how);
    }
    auto const removed = co_await tenants::remove_tenant(ctx.shop(), *one);
    for (auto const& [other, why] : others) {
        auto const text =
            fmt::format("they were called {} and {}: {}", one->slug, other->slug, why);
        if (removed.has_value()) co_await look(ctx, *other, one->index, text, true, views);
        co_await tenants::remove_tenant(ctx.shop(), *other);
    }
    auto joined = ctx.tenant(ctx.tenants().front()).slug + "-j";
    auto const is_joined = co_await compare_joined(ctx, std::move(joined), views);
    out = judge(views);
    if (others.empty() && !is_joined)
        out.not_applicable = "the target takes no two tenants with like names";
    co_return out;
}

probe::unit unit()
{
    return {&spec, run};
}

} // namespace watertight::probes::identity::alike_tenants
