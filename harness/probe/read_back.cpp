#include "harness/probe/read_back.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::probe {

using nlohmann::json;

std::vector<view> views_of(target::resource const& r)
{
    std::vector<view> out;
    if (r.read) out.push_back({&*r.read, false});
    if (r.list) out.push_back({&*r.list, true});
    return out;
}

asio::awaitable<std::vector<exchange>>
look_at(context& ctx, std::vector<view> const& views, tenant_index owner, request_options options)
{
    std::vector<exchange> out;
    for (auto const& v : views) {
        auto seen = co_await ctx.send(*v.op, ctx.actor(owner), options);
        out.push_back(std::move(seen));
    }
    co_return out;
}

std::vector<std::string> tokens_of(target::object const& o)
{
    return {o.canary, std::to_string(o.canary_number), id_of(o)};
}

static bool is_about(json const& element, std::vector<std::string> const& tokens)
{
    auto const text = element.dump(-1, ' ', false, json::error_handler_t::replace);
    for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (tokens[i].size() > 1 && text.find(tokens[i]) != std::string::npos) return true;
    }
    if (!element.is_object() || tokens.empty() || tokens.back().empty()) return false;
    return std::ranges::any_of(element, [&](json const& member) {
        auto const value = member.is_string() ? member.get<std::string>() : member.dump();
        return member.is_primitive() && value == tokens.back();
    });
}

static std::string find_part(json const& from, std::vector<std::string> const& tokens)
{
    if (!from.is_structured()) return {};
    if (from.is_array()) {
        for (auto const& element : from) {
            if (is_about(element, tokens)) {
                return element.dump(-1, ' ', false, json::error_handler_t::replace);
            }
        }
        return {};
    }
    for (auto const& member : from) {
        if (auto found = find_part(member, tokens); !found.empty()) return found;
    }
    return {};
}

std::string part_about(std::string_view body, std::vector<std::string> const& tokens)
{
    auto const parsed = json::parse(body, nullptr, false);
    return parsed.is_discarded() ? std::string{} : find_part(parsed, tokens);
}

bool can_be_looked_up(target::resource const& r)
{
    return r.read.has_value() || r.list.has_value();
}

std::vector<target::resource const*> seen_resources_with(
    target::model const& m,
    std::vector<std::optional<target::operation> target::resource::*> const& has
)
{
    auto out = resources_with(m, has);
    std::erase_if(out, [](auto const* r) { return !can_be_looked_up(*r); });
    return out;
}

// What the rest of a list shows tells nothing of the object.
static exchange narrowed(exchange listed, std::vector<std::string> const& tokens)
{
    if (!listed.success()) return listed;
    listed.body = part_about(listed.body, tokens);
    if (listed.body.empty()) {
        listed.answered = false;
        listed.failure = "the owner's list does not show the object";
    }
    std::erase_if(listed.seen, [&](evidence::sighting const& s) {
        return listed.body.find(s.token) == std::string::npos;
    });
    return listed;
}

asio::awaitable<exchange>
look_up(context& ctx, target::resource const& r, target::actor& owner, request_options options)
{
    if (r.read) co_return co_await ctx.send(*r.read, owner, std::move(options));
    auto const tokens = tokens_of(*options.object);
    auto listed = co_await ctx.send(*r.list, owner, std::move(options));
    co_return narrowed(std::move(listed), tokens);
}

asio::awaitable<exchange> look_up_until(
    context& ctx,
    target::resource const& r,
    target::actor& owner,
    request_options options,
    std::function<bool(exchange const&)> wanted
)
{
    auto const& view = r.read ? *r.read : *r.list;
    auto const until = steady::now() + view.within;
    for (;;) {
        auto e = co_await look_up(ctx, r, owner, options);
        if (wanted(e) || steady::now() >= until) co_return e;
        asio::steady_timer pause{
            co_await asio::this_coro::executor, std::chrono::milliseconds{100}};
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> warm_reads(context& ctx, tenant_index t)
{
    for (auto const& read : object_reads(ctx.model())) {
        auto const* const object = pick_object(ctx, t, *read.of, 0);
        if (object == nullptr) continue;
        auto const options = about(ctx, *object);
        co_await ctx.send(*read.op, ctx.actor(t), options);
        co_await ctx.send(*read.op, ctx.actor(t), options);
    }
}

asio::awaitable<void> discard(context& ctx, target::resource const& r, target::object& o)
{
    if (r.remove && !o.removed) {
        auto const options = about(ctx, o);
        auto const gone = co_await ctx.send(*r.remove, ctx.actor(o.tenant), options);
        o.removed = gone.success() || gone.status == 404 || gone.status == 410;
    }
    if (tenants::goes_with_tenant(ctx.shop(), o.tenant)) o.removed = true;
}

} // namespace watertight::probe
