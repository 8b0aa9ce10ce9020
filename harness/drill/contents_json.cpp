#include "harness/drill/contents_json.hpp"

#include <nlohmann/json.hpp>

namespace watertight::drill {

using plain_json = nlohmann::json;

static plain_json json_of(row_sums const& s)
{
    return {s.rows, s.first, s.second};
}

static row_sums sums_from(plain_json const& j)
{
    return {
        j.at(0).get<std::uint64_t>(), j.at(1).get<std::uint64_t>(), j.at(2).get<std::uint64_t>()};
}

static plain_json json_of(tenant_value const& tenant)
{
    return tenant ? plain_json(*tenant) : plain_json(nullptr);
}

static tenant_value tenant_from(plain_json const& j)
{
    if (j.is_null()) return std::nullopt;
    return j.get<std::string>();
}

static plain_json json_of(table_fingerprint const& f)
{
    plain_json out{{"all", json_of(f.all)}, {"columns", f.columns}, {"tenant_by", f.tenant_by}};
    auto& tenants = out["tenants"] = plain_json::array();
    for (auto const& [tenant, sums] : f.tenants) {
        tenants.push_back(plain_json::array({json_of(tenant), json_of(sums)}));
    }
    return out;
}

static table_fingerprint fingerprint_from(plain_json const& j)
{
    table_fingerprint out;
    out.all = sums_from(j.at("all"));
    j.at("columns").get_to(out.columns);
    j.at("tenant_by").get_to(out.tenant_by);
    for (auto const& one : j.at("tenants")) {
        out.tenants[tenant_from(one.at(0))] = sums_from(one.at(1));
    }
    return out;
}

static plain_json json_of(table_contents const& t)
{
    plain_json out{{"whole", json_of(t.whole)}, {"fields", t.fields}, {"excuse", t.excuse}};
    if (t.is_family) out["is_family"] = true;
    if (!t.has_rows) return out;
    auto& rows = out["rows"] = plain_json::object();
    for (auto const& [key, row] : t.rows) {
        rows[key] = plain_json::array({row.hash, json_of(row.tenant), row.body});
    }
    return out;
}

static table_contents table_from(plain_json const& j)
{
    table_contents out;
    out.whole = fingerprint_from(j.at("whole"));
    j.at("fields").get_to(out.fields);
    j.at("excuse").get_to(out.excuse);
    out.is_family = j.value("is_family", false);
    out.has_rows = j.contains("rows");
    if (!out.has_rows) return out;
    auto const& rows = j.at("rows");
    for (auto const& [key, row] : rows.items()) {
        out.rows[key] = {
            row.at(0).get<std::string>(),
            tenant_from(row.at(1)),
            row.size() > 2 ? row.at(2).get<std::string>() : std::string{},
            false};
    }
    return out;
}

std::string to_json(state_before const& before)
{
    plain_json out{{"data", plain_json::array()}, {"shapes", plain_json::object()}};
    for (auto const& tables : before.data) {
        auto& into = out["data"].emplace_back(plain_json::object());
        for (auto const& [name, table] : tables) into[name] = json_of(table);
    }
    for (auto const& [store, shape] : before.shapes) {
        out["shapes"][store] = {{"facts", shape.facts}, {"unread", shape.unread}};
    }
    return out.dump(-1, ' ', false, plain_json::error_handler_t::replace);
}

result<state_before> state_from_json(std::string const& text)
try {
    state_before out;
    auto const all = plain_json::parse(text);
    for (auto const& tables : all.at("data")) {
        auto& into = out.data.emplace_back();
        for (auto const& [name, table] : tables.items()) into[name] = table_from(table);
    }
    auto const& shapes = all.at("shapes");
    for (auto const& [store, shape] : shapes.items()) {
        auto& into = out.shapes[store];
        shape.at("facts").get_to(into.facts);
        shape.at("unread").get_to(into.unread);
    }
    return out;
} catch (plain_json::exception const& e) {
    return failure{errc::malformed, std::string{"what was kept of before: "} + e.what(), {}};
}

} // namespace watertight::drill
