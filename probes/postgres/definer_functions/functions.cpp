#include "probes/postgres/definer_functions/functions.hpp"

#include "harness/probe/toolbox.hpp"

#include <algorithm>
#include <cctype>

namespace watertight::probes::postgres::definer_functions {

char const* const functions_sql = R"sql(
select n.nspname, p.proname, pg_get_function_identity_arguments(p.oid), p.pronargs,
       coalesce((select string_agg((with recursive base as (
                     select t as oid union select d.typbasetype from base b
                     join pg_type d on d.oid = b.oid and d.typtype = 'd')
                   select case y.typtype when 'e' then 'enum ' || (
                              select quote_literal(e.enumlabel) from pg_enum e
                              where e.enumtypid = y.oid order by e.enumsortorder limit 1)
                          else format_type(y.oid, null) end
                   from base b join pg_type y on y.oid = b.oid and y.typtype <> 'd'),
                   E'\x1f' order by i)
                 from unnest(p.proargtypes::oid[]) with ordinality as a (t, i)), ''),
       p.pronargdefaults, p.prosecdef::int, p.proleakproof::int,
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), (p.provolatile = 'v')::int
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where p.prokind = 'f' and n.nspname not in ('pg_catalog', 'information_schema')
  and n.nspname !~ '^pg_'
  and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  and has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
  and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
order by 1, 2, 3 limit 500)sql";

static constexpr std::size_t arguments_max = 6;
static constexpr std::string_view enum_prefix = "enum ";
static constexpr char list_separator = '\x1f';

std::vector<function> functions_of(stores::postgres_rows const& rows)
{
    std::vector<function> out;
    for (auto const& row : rows.values) {
        function f;
        f.name = stores::quote_identifier(*row[0]) + "." + stores::quote_identifier(*row[1]);
        f.display = fmt::format("{}.{}({})", *row[0], *row[1], *row[2]);
        auto const types = row[4].value_or("");
        for (auto const type : split(types, list_separator)) {
            if (!type.empty()) f.types.emplace_back(type);
        }
        f.optional = std::stoul(*row[5]);
        f.is_definer = row[6] == "1";
        f.is_leakproof = row[7] == "1";
        f.body = row[8].value_or("");
        f.is_volatile = row[9] == "1";
        out.push_back(std::move(f));
    }
    return out;
}

static bool is_text(std::string_view type)
{
    return type == "text" || type.starts_with("character") || type.ends_with("citext");
}

static bool is_json(std::string_view type)
{
    return type == "json" || type == "jsonb";
}

static bool takes(std::string_view type, std::string_view value)
{
    if (type.ends_with("[]")) return takes(type.substr(0, type.size() - 2), value);
    if (type == "uuid") return value.size() == 36 && std::ranges::count(value, '-') == 4;
    if (type == "integer" || type == "bigint")
        return is_number(value) && value.size() < (type == "bigint" ? 19 : 10);
    return is_text(type);
}

// For each type: a value that matches everything, or as much as can be had.
static std::string widest(std::string_view type)
{
    if (is_text(type)) return "'%'";
    if (type == "integer" || type == "bigint" || type == "smallint") return "1000";
    if (type == "boolean") return "true";
    if (type.starts_with(enum_prefix)) return std::string{type.substr(enum_prefix.size())};
    if (is_json(type)) return "'{}'";
    if (type.ends_with("[]")) return "'{}'";
    if (type.starts_with("timestamp") || type == "date") return "'2000-01-01'";
    return "null";
}

static std::string typed(std::string_view value, std::string_view type)
{
    // Its schema may be closed to the caller.
    if (type.starts_with(enum_prefix)) return std::string{value};
    return fmt::format("{}::{}", value, type);
}

std::string with_id(std::string_view type, std::string_view id)
{
    auto const literal = stores::quote_literal(id);
    return typed(type.ends_with("[]") ? "array[" + literal + "]" : literal, type);
}

// "->> 'name'" and "-> 'name'".
std::vector<std::string> function::members() const
{
    static constexpr std::size_t members_max = 8;
    std::vector<std::string> out;
    for (auto at = body.find("->"); at != std::string::npos; at = body.find("->", at + 2)) {
        auto const begin = body.find_first_not_of("> ", at + 2);
        if (begin == std::string::npos || body[begin] != '\'') continue;
        auto const end = body.find('\'', begin + 1);
        if (end == std::string::npos) break;
        auto member = body.substr(begin + 1, end - begin - 1);
        if (out.size() < members_max && std::ranges::count(out, member) == 0) {
            out.push_back(std::move(member));
        }
    }
    return out;
}

// Objects in which each member holds what is not known of it, and one an id.
static void add_members(
    function const& f,
    std::size_t at,
    std::vector<std::string> const& ids,
    passing const& wide,
    std::vector<passing>& out
)
{
    if (!is_json(f.types[at])) return;
    auto const members = f.members();
    for (auto const& holder : members) {
        for (auto const& id : ids) {
            auto object = nlohmann::json::object();
            for (auto const& name : members) object[name] = name == holder ? id : "%";
            auto one = wide;
            one.what = "the id of another tenant's object";
            one.is_id = true;
            one.values[at] = with_id(f.types[at], object.dump());
            out.push_back(std::move(one));
        }
    }
}

std::vector<passing> passings(function const& f, std::vector<std::string> const& ids)
{
    std::vector<passing> out;
    if (f.types.size() > arguments_max) return out;
    if (f.types.size() == f.optional) out.push_back({.what = "no arguments"});
    if (f.types.empty()) return out;
    passing wide{.what = "arguments that match as much as possible"};
    for (auto const& type : f.types) {
        wide.values.push_back(typed(widest(type), type));
    }
    out.push_back(wide);
    for (std::size_t at = 0; at < f.types.size(); ++at) {
        for (auto const& id : ids) {
            if (!takes(f.types[at], id)) continue;
            auto one = wide;
            one.what = "the id of another tenant's object";
            one.is_id = true;
            one.values[at] = with_id(f.types[at], id);
            out.push_back(std::move(one));
        }
        add_members(f, at, ids, wide, out);
    }
    return out;
}

static bool has_word(std::string_view text, std::string_view word)
{
    auto const is_part = [](char c) {
        return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
    };
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        auto const end = at + word.size();
        auto const begins = at == 0 || !is_part(text[at - 1]);
        if (begins && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}

bool function::mentions(std::string_view relation) const
{
    return has_word(body, relation);
}

bool function::explains() const
{
    return has_word(to_lower(body), "explain");
}

std::string call_of(function const& f, passing const& p)
{
    return fmt::format("{}({})", f.name, join(p.values, ", "));
}

} // namespace watertight::probes::postgres::definer_functions
