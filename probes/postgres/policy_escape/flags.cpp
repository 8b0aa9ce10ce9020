#include "harness/probe/toolbox.hpp"
#include "probes/postgres/policy_escape/ways.hpp"

#include <regex>
#include <set>

namespace watertight::probes::postgres::policy_escape {

using stores::quote_literal;

// The conditions themselves, and the functions that they call.
static constexpr auto conditions_sql = R"sql(
select coalesce(pg_get_expr(p.polqual, p.polrelid), '') || ' '
       || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
from pg_policy p where p.polrelid = {0}::regclass
union all
select coalesce(pg_get_function_sqlbody(f.oid), f.prosrc)
from pg_policy p
join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid
  and d.refclassid = 'pg_proc'::regclass
join pg_proc f on f.oid = d.refobjid
where p.polrelid = {0}::regclass)sql";

static std::set<std::string> matches(std::string const& text, std::regex const& what)
{
    std::set<std::string> out;
    auto const begin = std::sregex_iterator{text.begin(), text.end(), what};
    for (auto at = begin; at != std::sregex_iterator{}; ++at) out.insert((*at)[1].str());
    return out;
}

// Texts of the conditions first: one of them is what they compare with.
static std::vector<std::string>
values_in(std::string const& text, std::set<std::string> const& names)
{
    static constexpr std::size_t values_max = 12;
    static std::regex const literal{"'([^']{1,40})'"};
    std::vector<std::string> out;
    for (auto const& one : matches(text, literal)) {
        if (!names.contains(one) && out.size() < values_max) out.push_back(one);
    }
    out.insert(out.end(), {"true", "on", "1", "yes"});
    return out;
}

static asio::awaitable<std::string> opening_value(cell c, std::string name, std::string text)
{
    auto const values = values_in(text, {name});
    for (auto const& value : values) {
        auto set = fmt::format(
            "select set_config({}, {}, true)", quote_literal(name), quote_literal(value)
        );
        std::vector<attempt> tried;
        co_await try_way(c, "a setting", std::move(set), tried);
        if (tried.back().victim) co_return value;
    }
    co_return std::string{};
}

asio::awaitable<std::vector<std::string>> find_flags(cell c)
{
    static std::regex const setting{"current_setting\\(\\s*'([^']+)'"};
    std::vector<std::string> out;
    auto sql = fmt::format(conditions_sql, quote_literal(c.t.quoted()));
    auto const rows = co_await c.s.site.db->query(std::move(sql));
    if (rows.has_error()) co_return out;
    std::string const text = join(probe::texts_of(*rows), " ");
    auto names = matches(text, setting);
    for (auto const& one : probe::settings_of(c.ctx, c.s.intruder)) names.erase(one.name);
    for (auto const& name : names) {
        auto const value = co_await opening_value(c, name, text);
        if (value.empty()) continue;
        out.push_back(fmt::format(
            "{}: with {} set to '{}' other tenants' rows are shown. The setting alone says so, and "
            "whoever sends SQL of their own may set it.",
            c.t.display(),
            name,
            value
        ));
    }
    co_return out;
}

} // namespace watertight::probes::postgres::policy_escape
