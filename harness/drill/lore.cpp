#include "harness/drill/lore.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace watertight::drill {

using plain_json = nlohmann::json;

bool table_lore::explains(std::string const& key, kept_row const& was) const
{
    return changed.contains(key) || (was.tenant && changed_of.contains(was.tenant));
}

// Rows of `now` that were not there and that nobody marked.
static std::set<std::string> came_unmarked(table_contents const& before, table_contents const& now)
{
    std::set<std::string> out;
    for (auto const& [key, row] : now.rows) {
        if (!row.is_own && !before.rows.contains(key)) out.insert(key);
    }
    return out;
}

static table_lore learn_table(table_contents const& before, table_contents const& now)
{
    table_lore out;
    for (auto const& [key, row] : before.rows) {
        auto const at = now.rows.find(key);
        if (at == now.rows.end() || at->second.tenant != row.tenant) continue;
        if (at->second.hash == row.hash) continue;
        out.changed.insert(key);
        if (row.tenant) out.changed_of.insert(row.tenant);
    }
    out.adds = !came_unmarked(before, now).empty();
    return out;
}

lore learn(contents const& before, contents const& now)
{
    lore out;
    for (auto const& [name, was] : before) {
        auto const at = now.find(name);
        if (at == now.end() || !was.has_rows || !at->second.has_rows) continue;
        out.emplace(name, learn_table(was, at->second));
    }
    for (auto const& [name, is] : now) {
        if (is.is_family && !before.contains(name)) out[name].adds = true;
    }
    return out;
}

void learn_steps(lore& all, contents const& before_steps, contents const& after_steps)
{
    for (auto& [name, known] : all) {
        auto const was = before_steps.find(name);
        auto const is = after_steps.find(name);
        if (known.adds || was == before_steps.end() || is == after_steps.end()) continue;
        // Rows of another shape may have other keys.
        if (!is->second.has_rows || was->second.whole.columns.empty()) continue;
        known.made_by_steps = came_unmarked(was->second, is->second);
    }
}

void learn_window(lore& all, contents const& after_steps, contents const& now)
{
    for (auto& [name, known] : all) {
        if (known.made_by_steps.empty()) continue;
        auto const was = after_steps.find(name);
        auto const is = now.find(name);
        auto const is_seen = was != after_steps.end() && is != now.end() && is->second.has_rows;
        if (is_seen && came_unmarked(was->second, is->second).empty()) continue;
        known.made_by_steps.clear();
    }
}

static plain_json json_of(std::set<tenant_value> const& tenants)
{
    auto out = plain_json::array();
    for (auto const& t : tenants) out.push_back(t ? plain_json(*t) : plain_json(nullptr));
    return out;
}

std::string to_json(lore const& all)
{
    auto out = plain_json::object();
    for (auto const& [name, t] : all) {
        if (t.changed.empty() && !t.adds) continue;
        out[name] = {{"changed", t.changed}, {"of", json_of(t.changed_of)}, {"adds", t.adds}};
    }
    return out.dump(-1, ' ', false, plain_json::error_handler_t::replace);
}

result<lore> lore_from_json(std::string const& text)
try {
    lore out;
    auto const all = plain_json::parse(text);
    for (auto const& [name, t] : all.items()) {
        auto& into = out[name];
        t.at("changed").get_to(into.changed);
        t.at("adds").get_to(into.adds);
        for (auto const& tenant : t.at("of")) {
            into.changed_of.insert(
                tenant.is_null() ? tenant_value{} : tenant_value{tenant.get<std::string>()}
            );
        }
    }
    return out;
} catch (plain_json::exception const& e) {
    return failure{errc::malformed, std::string{"what was kept of the traffic: "} + e.what(), {}};
}

} // namespace watertight::drill
