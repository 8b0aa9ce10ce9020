#include "harness/probe/http_cache.hpp"

#include "harness/base/text.hpp"
#include "harness/net/http.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace watertight::probe {

// By what caches and content delivery networks tell whether they answered themselves.
static constexpr std::string_view hit_headers[] = {
    "X-Cache",
    "X-Cache-Status",
    "X-Proxy-Cache",
    "X-Cache-Lookup",
    "X-Cache-Hits",
    "X-Drupal-Cache",
    "CF-Cache-Status",
    "Cache-Status",
    "X-Nginx-Cache",
    "X-Varnish-Cache",
    "X-Rack-Cache",
    "X-Served-By-Cache",
    "Server-Timing",
};

static bool says(std::string_view value, std::string_view word)
{
    return to_lower(value).find(word) != std::string::npos;
}

cache_facts cache_facts_of(exchange const& e)
{
    cache_facts out;
    std::vector<std::string> lines;
    auto const value_of = [&](std::string_view name) {
        auto const found = net::find_header(e.head, name);
        if (found) lines.push_back(fmt::format("{}: {}", to_lower(name), *found));
        return found ? std::string{*found} : std::string{};
    };
    auto const age = value_of("Age");
    out.is_hit = !age.empty() && age.find_first_not_of("0 ") != std::string::npos;
    for (auto const name : hit_headers) {
        auto const value = value_of(name);
        auto const is_count = name == "X-Cache-Hits";
        auto const hit =
            is_count ? value.find_first_not_of("0, ") != std::string::npos : says(value, "hit");
        out.is_hit = out.is_hit || (!value.empty() && hit);
    }
    auto const control = value_of("Cache-Control");
    auto const vary = value_of("Vary");
    out.is_public = (says(control, "public") || says(control, "s-maxage")) &&
                    !says(control, "private") && !says(control, "no-store");
    out.varies_by_credentials =
        vary.find('*') != std::string::npos || says(vary, "authorization") || says(vary, "cookie");
    out.text = fmt::format("{}", fmt::join(lines, ", "));
    return out;
}

std::string_view describe(asker who)
{
    switch (who) {
    case asker::as_itself:
        return "with its own identity and credentials";
    case asker::at_victims:
        return "with its own credentials at the other tenant's address";
    case asker::nobody:
        return "without credentials at the other tenant's address";
    }
    return "";
}

asio::awaitable<exchange> ask_as(
    context& ctx, target::operation const& op, tenant_pair pair, asker who, request_options options
)
{
    if (who == asker::as_itself) {
        co_return co_await send_as_intruder(ctx, op, pair, std::move(options));
    }
    options.slots_of = &ctx.tenant(pair.victim);
    if (!options.changes.identity) options.changes.identity = identity_of(ctx, pair.victim);
    if (who == asker::nobody) options.changes.credentials.emplace();
    auto e = co_await ctx.send(op, ctx.actor(pair.intruder), std::move(options));
    if (who == asker::nobody) e.sender = "somebody without credentials";
    co_return e;
}

std::vector<target_operation> cacheable_reads(target::model const& m)
{
    auto out = collection_reads(m);
    std::ranges::copy(object_reads(m), std::back_inserter(out));
    std::erase_if(out, [](target_operation const& one) { return one.op->method != "GET"; });
    return out;
}

std::optional<request_options>
victims_place(context& ctx, target_operation read, tenant_index victim, std::size_t turn)
{
    if (object_slots(*read.op).empty()) return own_place(ctx, victim, read, turn);
    if (read.of == nullptr) return std::nullopt;
    auto const* const object = pick_object(ctx, victim, *read.of, turn);
    if (object == nullptr) return std::nullopt;
    return about(ctx, *object);
}

std::pair<std::string, std::string> cache_buster(context& ctx)
{
    return {"wtcb", fmt::format("{:x}", ctx.random()())};
}

} // namespace watertight::probe
