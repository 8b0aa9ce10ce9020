#include "harness/drill/catalogue.hpp"
#include "harness/drill/fingerprint.hpp"
#include "harness/drill/standing.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

namespace watertight::drill {

static constexpr auto query_budget = std::chrono::seconds{60};

// Names of what belongs to the system or to an extension are nobody's to change.
static constexpr auto prelude_sql = R"sql(
with spaces as (
    select oid, nspname, nspowner, nspacl from pg_namespace
    where nspname <> 'information_schema' and nspname !~ '^pg_'
), extended as (
    select classid, objid from pg_depend where deptype = 'e'
), relations as (
    select c.*, n.nspname || '.' || c.relname as label
    from pg_class c join spaces n on n.oid = c.relnamespace
    where not exists (select from extended e
                      where e.classid = 'pg_class'::regclass and e.objid = c.oid)
), functions as (
    select p.*, n.nspname || '.' || p.proname || '(' ||
           pg_get_function_identity_arguments(p.oid) || ')' as label
    from pg_proc p join spaces n on n.oid = p.pronamespace
    where not exists (select from extended e
                      where e.classid = 'pg_proc'::regclass and e.objid = p.oid)
), privileges as (
    select 'r' as kind, label, relowner as owner, coalesce(relacl, acldefault(
           case when relkind = 'S' then 's'::"char" else 'r'::"char" end, relowner)) as acl
    from relations where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all select 'n', nspname, nspowner, coalesce(nspacl, acldefault('n', nspowner)) from spaces
    union all select 'f', label, proowner, coalesce(proacl, acldefault('f', proowner))
    from functions
    union all select 'c', r.label || '.' || a.attname, r.relowner, a.attacl
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attacl is not null
    union all select 'd', 'database', datdba, coalesce(datacl, acldefault('d', datdba))
    from pg_database where datname = current_database()
)
)sql";

static constexpr std::array<std::string_view, 14> parts{
    R"sql(select case c.relkind when 'v' then 'view' when 'm' then 'materialised view'
    when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end, c.label,
    concat_ws(' ', 'owned by ' || pg_get_userbyid(c.relowner),
        case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
        case when c.relkind not in ('r', 'p') then null when c.relreplident = 'n' then
            'without replica identity' when c.relreplident = 'f' then 'replica identity full' end,
        case when not c.relispopulated then 'not populated' end,
        (select format('%s from %s to %s by %s%s', seqtypid::regtype, seqmin, seqmax, seqincrement,
                       case when seqcycle then ', cycling' else '' end)
         from pg_sequence where seqrelid = c.oid),
        (select format('of column %s.%s', d.refobjid::regclass, a.attname) from pg_depend d
         join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
         where c.relkind = 'S' and d.classid = 'pg_class'::regclass and d.objid = c.oid
           and d.refclassid = 'pg_class'::regclass and d.deptype in ('a', 'i')),
        (select 'in tablespace ' || spcname from pg_tablespace s where s.oid = c.reltablespace),
        'with ' || (select string_agg(o, ', ' order by o) from unnest(c.reloptions) o),
        'part of ' || (select string_agg(i.inhparent::regclass::text, ', '
                                          order by i.inhparent::regclass::text)
                       from pg_inherits i where i.inhrelid = c.oid),
        pg_get_expr(c.relpartbound, c.oid),
        case when c.relkind in ('v', 'm') then 'as' || pg_get_viewdef(c.oid) end)
    from relations c where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f'))sql",
    R"sql(select 'row security of', label,
    case when relrowsecurity then 'enabled' else 'disabled' end ||
    case when relforcerowsecurity then ', forced' else ', not forced' end
    from relations where relkind in ('r', 'p'))sql",
    R"sql(select 'column', r.label || '.' || a.attname, concat_ws(' ',
        format_type(a.atttypid, a.atttypmod),
        (select 'collate ' || l.collname from pg_collation l join pg_type t on t.oid = a.atttypid
         where l.oid = a.attcollation and a.attcollation <> t.typcollation),
        case when a.attnotnull then 'not null' end,
        'default ' || pg_get_expr(d.adbin, d.adrelid),
        case a.attidentity when 'a' then 'always identity' when 'd' then 'identity' end,
        case a.attgenerated when 's' then 'generated' end,
        (select 'storage ' || a.attstorage::text from pg_type t
         where t.oid = a.atttypid and a.attstorage <> t.typstorage),
        case when a.attstattarget >= 0 then 'statistics ' || a.attstattarget end,
        'with ' || array_to_string(a.attoptions, ', '))
    from relations r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0
        and not a.attisdropped
    left join pg_attrdef d on d.adrelid = r.oid and d.adnum = a.attnum
    where r.relkind in ('r', 'p', 'f'))sql",
    R"sql(select 'policy', r.label || '.' || p.polname, concat_ws(' ',
        case when p.polpermissive then 'permissive' else 'restrictive' end,
        'for ' || case p.polcmd when 'r' then 'select' when 'a' then 'insert'
            when 'w' then 'update' when 'd' then 'delete' else 'all' end,
        'to ' || (select string_agg(case when o = 0 then 'public' else pg_get_userbyid(o) end,
            ', ' order by o) from unnest(p.polroles) o),
        'using ' || pg_get_expr(p.polqual, p.polrelid),
        'with check ' || pg_get_expr(p.polwithcheck, p.polrelid))
    from pg_policy p join relations r on r.oid = p.polrelid)sql",
    R"sql(select 'index', r.label, pg_get_indexdef(i.indexrelid) ||
        case when i.indisvalid then '' else ' (invalid)' end ||
        case when i.indisclustered then ' (clustered)' else '' end ||
        case when i.indisreplident then ' (replica identity)' else '' end
    from pg_index i join relations r on r.oid = i.indexrelid)sql",
    R"sql(select 'constraint', r.label || '.' || k.conname, pg_get_constraintdef(k.oid)
    from pg_constraint k join relations r on r.oid = k.conrelid
    where k.contype in ('c', 'f', 'p', 'u', 'x'))sql",
    R"sql(select 'function', label, 'owned by ' || pg_get_userbyid(proowner) || ' ' ||
    case when prokind = 'a' then 'aggregate' else pg_get_functiondef(oid) end
    from functions)sql",
    R"sql(select 'trigger', r.label || '.' || t.tgname, pg_get_triggerdef(t.oid) ||
    case t.tgenabled when 'O' then '' when 'D' then ' (disabled)' when 'A' then ' (always)'
    else ' (on replicas)' end
    from pg_trigger t join relations r on r.oid = t.tgrelid where not t.tgisinternal
    union all select 'checks of constraint', r.label || '.' || k.conname, 'disabled for ' ||
        string_agg(t.tgfoid::regproc::text, ', ' order by t.tgfoid::regproc::text)
    from pg_trigger t join relations r on r.oid = t.tgrelid join pg_constraint k
        on k.oid = t.tgconstraint where t.tgisinternal and t.tgenabled <> 'O' group by 2
    union all select 'event trigger', evtname, evtevent || ' ' || evtfoid::regproc::text ||
    ' ' || evtenabled::text from pg_event_trigger
    union all select 'rule', r.label || '.' || w.rulename, pg_get_ruledef(w.oid)
    from pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN')sql",
    R"sql(select 'privileges on', label || ' of ' ||
        case when a.grantee = 0 then 'public' else pg_get_userbyid(a.grantee) end,
        lower(string_agg(a.privilege_type ||
            case when a.is_grantable then ' with grant option' else '' end, ', '
            order by a.privilege_type))
    from privileges, lateral aclexplode(acl) a group by kind, label, a.grantee)sql",
    R"sql(select 'default privileges of', concat_ws(' ', pg_get_userbyid(d.defaclrole),
        'in ' || d.defaclnamespace::regnamespace::text, 'on ' || d.defaclobjtype::text),
        (select string_agg(x::text, ', ' order by x::text) from unnest(d.defaclacl) x)
    from pg_default_acl d
    union all select 'schema', nspname, 'owned by ' || pg_get_userbyid(nspowner) from spaces
    union all select 'extension', extname, extversion from pg_extension
    union all select 'settings of', concat_ws(' ', 'database ' ||
        (select datname from pg_database where oid = setdatabase),
        'role ' || pg_get_userbyid(nullif(setrole, 0))), array_to_string(setconfig, ', ')
    from pg_db_role_setting)sql",
    R"sql(select 'role', rolname, concat_ws(' ', case when rolsuper then 'superuser' end,
        case when rolbypassrls then 'bypasses row security' end,
        case when rolinherit then 'inherits' else 'does not inherit' end,
        case when rolcanlogin then 'logs in' end, case when rolcreaterole then 'makes roles' end,
        case when rolcreatedb then 'makes databases' end,
        case when rolreplication then 'replicates' end,
        case when rolconnlimit >= 0 then 'connections ' || rolconnlimit end)
    from pg_roles where rolname !~ '^pg_'
    union all select 'membership of', pg_get_userbyid(m.member) || ' in ' ||
        pg_get_userbyid(m.roleid), string_agg(case when m.admin_option then 'with admin option'
        else 'plain' end, ', ' order by m.admin_option)
    from pg_auth_members m where pg_get_userbyid(m.member) !~ '^pg_' group by 2)sql",
    R"sql(select 'type', n.nspname || '.' || t.typname, concat_ws(' ', t.typtype::text,
        (select string_agg(e.enumlabel, ', ' order by e.enumsortorder)
         from pg_enum e where e.enumtypid = t.oid),
        case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod) end,
        case when t.typnotnull then 'not null' end, t.typdefault,
        (select string_agg(pg_get_constraintdef(k.oid), ' ' order by k.conname)
         from pg_constraint k where k.contypid = t.oid))
    from pg_type t join spaces n on n.oid = t.typnamespace
    where t.typtype in ('e', 'd', 'r') and not exists (select from extended e
        where e.classid = 'pg_type'::regclass and e.objid = t.oid))sql",
    // What is the system's own has a smaller number.
    R"sql(select said.what || o.type, o.identity, said.text
    from (select 'comment on ' as what, classoid, objoid, objsubid, description as text
          from pg_description
          union all select 'security label on ', classoid, objoid, objsubid,
                           provider || ' ' || label from pg_seclabel) said,
    lateral pg_identify_object(said.classoid, said.objoid, said.objsubid) o
    where said.objoid >= 16384 and coalesce(o.schema, '') !~ '^(pg_|information_schema$)'
      and not exists (select from extended e
                      where e.classid = said.classoid and e.objid = said.objoid))sql",
    R"sql(select 'statistics', n.nspname || '.' || s.stxname, pg_get_statisticsobjdef(s.oid)
    from pg_statistic_ext s join spaces n on n.oid = s.stxnamespace
    union all select 'publication', pubname, concat_ws(' ',
        case when puballtables then 'of all tables' end, case when pubinsert then 'insert' end,
        case when pubupdate then 'update' end, case when pubdelete then 'delete' end,
        case when pubtruncate then 'truncate' end,
        (select 'of ' || string_agg(t.schemaname || '.' || t.tablename, ', '
                                    order by t.schemaname, t.tablename)
         from pg_publication_tables t where t.pubname = p.pubname)) from pg_publication p
    union all select 'subscription', subname, concat_ws(' ',
        case when subenabled then 'enabled' end, array_to_string(subpublications, ', '))
    from pg_subscription where subdbid = (select oid from pg_database
                                          where datname = current_database())
    union all select 'foreign server', srvname, array_to_string(srvoptions, ', ')
    from pg_foreign_server
    union all select 'collation', n.nspname || '.' || l.collname,
        (to_jsonb(l) - 'oid' - 'collnamespace' - 'collowner')::text
    from pg_collation l join spaces n on n.oid = l.collnamespace
    union all select 'operator', p.oid::regoperator::text, p.oprcode::regproc::text
    from pg_operator p join spaces n on n.oid = p.oprnamespace where not exists (select
        from extended e where e.classid = 'pg_operator'::regclass and e.objid = p.oid)
    union all select 'cast', k.castsource::regtype || ' to ' || k.casttarget::regtype,
        concat_ws(' ', k.castfunc::regproc, k.castcontext, k.castmethod)
    from pg_cast k where k.oid >= 16384 and not exists (select
        from extended e where e.classid = 'pg_cast'::regclass and e.objid = k.oid)
    union all select 'text search configuration', n.nspname || '.' || f.cfgname,
        (select string_agg(m.maptokentype || ' ' || m.mapdict::regdictionary, ', '
                           order by m.maptokentype, m.mapseqno)
         from pg_ts_config_map m where m.mapcfg = f.oid)
    from pg_ts_config f join spaces n on n.oid = f.cfgnamespace where not exists (select
        from extended e where e.classid = 'pg_ts_config'::regclass and e.objid = f.oid))sql",
};

asio::awaitable<result<catalogue>> read_catalogue(stores::postgres& db)
{
    std::string no_hint;
    auto columns = co_await find_tenant_columns(db, std::move(no_hint));
    if (!db.is_open()) co_return columns.error();
    auto tenants = columns.has_value() ? std::move(*columns) : named_tenant_columns{};
    auto const opened = co_await db.script(
        "begin isolation level repeatable read read only; set local search_path = pg_catalog;"
        " set local jit = off",
        query_budget
    );
    if (opened.has_error()) co_return opened.error();
    catalogue out;
    std::vector<std::optional<std::string>> const none;
    for (auto const part : parts) {
        auto const marked = co_await db.script("savepoint part", query_budget);
        if (marked.has_error()) co_return marked.error();
        auto sql = fmt::format("{}{}", prelude_sql, part);
        auto const rows = co_await db.query(std::move(sql), none, query_budget);
        if (!db.is_open()) co_return rows.error();
        if (rows.has_error()) {
            out.unread.push_back(rows.error().message);
            auto const back = co_await db.script("rollback to part", query_budget);
            if (back.has_error()) co_return back.error();
            continue;
        }
        for (auto const& row : rows->values) {
            auto fact = fmt::format("{}: {}", row[0].value_or(""), row[1].value_or(""));
            out.facts.emplace(std::move(fact), row[2].value_or(""));
        }
    }
    auto const looked = co_await read_standing(db, std::move(tenants), out);
    if (looked.has_error()) co_return looked.error();
    auto const closed = co_await db.script("rollback", query_budget);
    if (closed.has_error()) co_return closed.error();
    co_return out;
}

} // namespace watertight::drill
