#include "harness/probe/shaping.hpp"

#include "harness/probe/body_diff.hpp"
#include "harness/probe/targets.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace watertight::probe {

std::string stem_of_reference(std::string const& member)
{
    static constexpr std::string_view endings[] = {"_id", "Id", "ID", "_uuid", "_ref", "_number"};
    for (auto const ending : endings) {
        if (member.size() > ending.size() && member.ends_with(ending)) {
            return member.substr(0, member.size() - ending.size());
        }
    }
    return member;
}

query_parameters expanding(std::string_view names)
{
    static constexpr std::string_view known[] = {
        "include", "expand", "expand[]", "embed", "populate", "with", "$expand"};
    query_parameters out;
    for (auto const name : known) out.emplace_back(name, names);
    return out;
}

// One whose answers are long has its references in the first part of them, too.
static constexpr std::size_t objects_max = 64;

std::vector<std::string> referring_members(context& ctx, exchange const& view)
{
    std::vector<std::string> out;
    std::size_t looked_at = 0;
    for (auto const& r : ctx.model().resources) {
        for (auto const* const o : ctx.population().living(view.tenant, r.name)) {
            if (++looked_at > objects_max) return out;
            for (auto const& member : members_that_hold(view.body, id_of(*o))) {
                auto stem = stem_of_reference(member);
                auto const is_own = stem == "id" || stem == "_id" || stem == "uuid";
                if (!is_own && std::ranges::count(out, stem) == 0) out.push_back(std::move(stem));
            }
        }
    }
    return out;
}

std::vector<query_parameters>
shaping_queries(context& ctx, target::operation const& read, exchange const& own_view)
{
    std::vector<query_parameters> out;
    auto const names = referring_members(ctx, own_view);
    if (!names.empty()) out.push_back(expanding(fmt::format("{}", fmt::join(names, ","))));
    out.push_back({{"fields", "*"}, {"select", "*"}, {"view", "full"}, {"details", "true"}});
    for (auto const& described : read.parameters) out.push_back({described});
    return out;
}

} // namespace watertight::probe
