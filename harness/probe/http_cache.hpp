#pragma once

#include "harness/probe/reach.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// What an answer's headers say of caches on its way.
struct cache_facts {
    /// Age above 0, or a cache's header that says HIT.
    bool is_hit = false;
    /// Cache-Control: public or s-maxage, and neither private nor no-store.
    bool is_public = false;
    /// Vary names the credentials' header, or everything.
    bool varies_by_credentials = false;
    /// The headers that say so, for people: "age: 3, x-cache: HIT"; empty if there are none.
    std::string text{};
};

cache_facts cache_facts_of(exchange const& e);

/// Who asks for a URL that the victim has asked for.
enum class asker {
    /// The intruder as it always asks: the same URL where neither path nor host names the tenant.
    as_itself,
    /// The intruder's credentials at the victim's host, path and other channels.
    at_victims,
    /// No credentials, there.
    nobody,
};

inline constexpr asker askers[] = {asker::as_itself, asker::at_victims, asker::nobody};

/// "with its own credentials at the other tenant's address".
std::string_view describe(asker who);

/// Sends what the victim has sent, as `who`: with the victim's slots and whatever else `options`
/// say. The exchange is the intruder's, so that tokens of the victim in it are foreign.
asio::awaitable<exchange> ask_as(
    context& ctx, target::operation const& op, tenant_pair pair, asker who, request_options options
);

/// GETs of tenants' users: lists, summaries, single objects.
std::vector<target_operation> cacheable_reads(target::model const& m);

/// The victim's own place for the read: one of its objects, or where its list stands. Nothing if it
/// has no such object.
std::optional<request_options>
victims_place(context& ctx, target_operation read, tenant_index victim, std::size_t turn);

/// A query parameter with a value that no request has had: a cache's entry of its own, which nobody
/// else is ever served from.
std::pair<std::string, std::string> cache_buster(context& ctx);

} // namespace watertight::probe
