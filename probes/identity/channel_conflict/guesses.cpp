#include "probes/identity/channel_conflict/guesses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace watertight::probes::identity::channel_conflict {

// "team_group" is "Team-Group".
static std::string as_header(std::string_view word)
{
    std::string out;
    bool begins = true;
    for (char const c : word) {
        auto const shown = c == '_' ? '-' : c;
        out += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(shown))) : shown;
        begins = shown == '-';
    }
    return out;
}

static void add_once(header_list& to, std::string name, std::string_view value)
{
    auto const is_there =
        std::ranges::any_of(to, [&](auto const& known) { return iequals(known.first, name); });
    if (!is_there) to.emplace_back(std::move(name), value);
}

std::vector<header_list>
usual_headers(std::vector<std::string> const& words, std::string_view id, std::string_view slug)
{
    auto all = words;
    for (auto const* const word :
         {"tenant",
          "workspace",
          "org",
          "organization",
          "account",
          "customer",
          "company",
          "client",
          "team",
          "project",
          "site",
          "store",
          "realm",
          "namespace"})
    {
        all.emplace_back(word);
    }
    header_list by_id;
    header_list by_slug;
    for (auto const& word : all) {
        auto const name = as_header(word);
        for (auto const& spelt : {"X-" + name + "-ID", "X-" + name, name + "-ID", name + "Id"}) {
            add_once(by_id, spelt, id);
        }
        for (auto const& spelt : {"X-" + name, "X-" + name + "-Slug", "X-" + name + "-Name", name})
        {
            add_once(by_slug, spelt, slug);
        }
    }
    for (auto const* const name :
         {"X-Scope-OrgID",
          "X-Grafana-Org-Id",
          "X-Auth-Tenant",
          "X-Forwarded-Tenant",
          "Fineract-Platform-TenantId"})
    {
        add_once(by_id, name, id);
        add_once(by_slug, name, slug);
    }
    std::vector<header_list> out;
    if (!id.empty()) out.push_back(std::move(by_id));
    if (!slug.empty() && slug != id) out.push_back(std::move(by_slug));
    return out;
}

static bool is_ignored(trial const& t)
{
    auto const lands = !t.planted.empty() && probe::shown_in(t.victims_views, t.planted) != nullptr;
    return t.hostile.success() && t.hostile.token_of(t.victim) == nullptr && !lands;
}

asio::awaitable<void> narrow_down(guess const& send, header_span headers, std::vector<trial>& out)
{
    if (headers.empty()) co_return;
    auto t = co_await send(headers);
    t.is_guess = true;
    if (headers.size() == 1) {
        t.channel =
            fmt::format("identity header {} (not in the scenario) vs token", headers.front().first);
    } else {
        t.channel = "identity headers that the scenario does not name vs token";
        if (!is_ignored(t)) {
            auto const half = headers.size() / 2;
            co_await narrow_down(send, headers.first(half), out);
            co_await narrow_down(send, headers.subspan(half), out);
            co_return;
        }
    }
    out.push_back(std::move(t));
}

} // namespace watertight::probes::identity::channel_conflict
