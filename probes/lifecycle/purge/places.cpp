#include "probes/lifecycle/purge/places.hpp"

#include "harness/probe/findings.hpp"
#include "harness/probe/mongo_scan.hpp"
#include "harness/probe/redis_scan.hpp"
#include "harness/probe/toolbox.hpp"

#include <filesystem>

namespace watertight::probes::lifecycle::purge {

static constexpr std::size_t rows_max = 100'000;

static void add(trace_map& out, std::string const& channel, trace one)
{
    auto& known = out[channel];
    if (known.count == 0) known = std::move(one);
    ++known.count;
}

static std::string const* token_of(std::vector<evidence::sighting> const& seen, tenant_index tenant)
{
    for (auto const& s : seen) {
        if (s.who.tenant == tenant) return &s.token;
    }
    return nullptr;
}

static asio::awaitable<void> search_table(
    probe::context& ctx,
    stores::postgres& db,
    probe::table t,
    target::tenant const& tenant,
    trace_map& out
)
{
    auto const channel = "postgres " + t.display();
    auto const url = probe::variable_for(ctx, ctx.postgres_store().url);
    auto const marked = co_await probe::marked_rows(ctx, db, t, rows_max);
    if (marked.has_value()) {
        for (auto const& row : *marked) {
            auto const* const token = token_of(row.tokens, tenant.index);
            if (token == nullptr) continue;
            auto sql =
                fmt::format("select * from {} t where t::text like '%{}%'", t.quoted(), *token);
            add(out, channel, {0, *token, "row of " + t.display(), evidence::psql_command(url, sql)}
            );
        }
    }
    auto const value = probe::stored_tenant_value(ctx, tenant.index);
    // A tenant's own row may stay, as long as it says that the tenant is gone.
    if (!t.is_owned() || t.is_tenants || t.link || value.empty()) co_return;
    auto const condition = fmt::format("{} = {}", t.owner_sql("t"), stores::quote_literal(value));
    auto sql = fmt::format("select count(*) from {} t where {}", t.quoted(), condition);
    auto const rows = co_await db.query(sql);
    if (rows.has_error() || rows->values.empty() || rows->values[0][0] == "0") co_return;
    add(out, channel, {0, value, t.tenant_column, evidence::psql_command(url, sql)});
}

static asio::awaitable<void> search_postgres(
    probe::context& ctx,
    target::tenant const& tenant,
    trace_map& out,
    std::vector<std::string>& failures
)
{
    auto const db = co_await ctx.postgres();
    if (db.has_error()) {
        failures.push_back(db.error().message);
        co_return;
    }
    auto const tables = co_await probe::list_tables(**db, ctx.postgres_store());
    if (tables.has_error()) {
        failures.push_back(tables.error().message);
        co_return;
    }
    for (auto const& t : *tables) co_await search_table(ctx, **db, t, tenant, out);
}

// An id is a trace; a slug only where it is long enough not to be an ordinary word.
static bool names(target::tenant const& tenant, std::string_view text)
{
    auto const id = tenant.attributes.find("id");
    if (id && id->size() >= 8 && text.find(*id) != std::string_view::npos) return true;
    return tenant.slug.size() >= 8 && text.find(tenant.slug) != std::string_view::npos;
}

static asio::awaitable<void> search_redis(
    probe::context& ctx,
    target::tenant const& tenant,
    trace_map& out,
    std::vector<std::string>& failures
)
{
    probe::redis_visitor const visit = [&](auto const& entry, auto const& family) {
        std::vector<evidence::sighting> seen;
        ctx.eye().scan(entry.value, seen);
        auto const* const token = token_of(seen, tenant.index);
        if (token == nullptr && !names(tenant, entry.at.key)) return;
        auto repro = probe::redis_reproduction(ctx, entry);
        auto shown = token == nullptr ? std::string{} : *token;
        add(out, "redis " + family, {0, std::move(shown), entry.at.name(), std::move(repro)});
    };
    auto const walked = co_await probe::walk_redis(ctx, visit);
    if (walked.has_error()) failures.push_back(walked.error().message);
}

static asio::awaitable<void> search_mongo(
    probe::context& ctx,
    target::tenant const& tenant,
    trace_map& out,
    std::vector<std::string>& failures
)
{
    auto const db = co_await ctx.mongo();
    auto all = result<std::vector<stores::mongo_place>>{};
    if (db.has_value()) all = co_await probe::list_collections(**db, ctx.mongo_store());
    if (db.has_error() || all.has_error()) {
        failures.push_back(db.has_error() ? db.error().message : all.error().message);
        co_return;
    }
    auto const url = probe::variable_for(ctx, ctx.mongo_store().url);
    for (auto const& at : *all) {
        auto const marked = co_await probe::find_marked(ctx, **db, at);
        if (marked.has_error()) {
            failures.push_back(probe::display(at) + ": " + marked.error().message);
            continue;
        }
        for (auto const& [key, held] : marked->groups) {
            if (key.second != tenant.index) continue;
            auto const script = fmt::format(
                "db.getSiblingDB(\"{}\").getCollection(\"{}\").find({{_id: EJSON.parse('{}')}})",
                at.database,
                at.collection,
                held.id
            );
            trace found{held.count, held.token.token, "document " + held.id, {}};
            found.reproduction = evidence::mongo_command(url, script);
            auto& known = out["mongo " + probe::display(at)];
            found.count += known.count;
            known = std::move(found);
        }
    }
}

static void search_files(probe::context& ctx, target::tenant const& tenant, trace_map& out)
{
    namespace fs = std::filesystem;
    static constexpr std::uintmax_t file_bytes_max = 16U << 20;
    std::error_code error;
    for (fs::recursive_directory_iterator at{ctx.files_root(), error}, end; at != end && !error;
         at.increment(error))
    {
        auto const path = at->path().string();
        std::string token;
        if (at->is_regular_file(error) && at->file_size(error) <= file_bytes_max) {
            auto const content = read_file(path);
            std::vector<evidence::sighting> seen;
            if (content.has_value()) ctx.eye().scan(*content, seen);
            if (auto const* const found = token_of(seen, tenant.index)) token = *found;
        }
        if (token.empty() && !names(tenant, path)) continue;
        add(out, "files", {0, token, path, "ls -la " + shell_quote(path)});
    }
}

// The tenant's own credentials must no longer show anything.
static asio::awaitable<void> search_api(probe::context& ctx, target::tenant& tenant, trace_map& out)
{
    for (auto const& read : probe::collection_reads(ctx.model())) {
        if (read.of == nullptr) continue;
        // A session of a removed tenant can't be renewed; what it still holds is what counts.
        auto const e = co_await ctx.send(*read.op, tenant.actors.front());
        auto const* const token = e.success() ? e.token_of(tenant.index) : nullptr;
        if (token == nullptr) continue;
        add(out,
            e.channel,
            {0, token->token, probe::position(e, *token), probe::reproduction(ctx, e)});
    }
}

asio::awaitable<trace_map>
traces(probe::context& ctx, target::tenant& t, std::vector<std::string>& failures)
{
    trace_map out;
    co_await search_api(ctx, t, out);
    if (ctx.has_postgres()) co_await search_postgres(ctx, t, out, failures);
    if (ctx.has_redis()) co_await search_redis(ctx, t, out, failures);
    if (ctx.has_mongo()) co_await search_mongo(ctx, t, out, failures);
    if (!ctx.files_root().empty()) search_files(ctx, t, out);
    co_return out;
}

std::vector<place> compare(trace_map const& before, trace_map const& after)
{
    std::vector<place> out;
    for (auto const& [channel, was] : before) {
        place p{
            .channel = channel, .before = was.count, .token = {}, .where = {}, .reproduction = {}};
        if (auto const is = after.find(channel); is != after.end()) {
            p.after = is->second.count;
            p.token = is->second.token;
            p.where = is->second.where;
            p.reproduction = is->second.reproduction;
        }
        out.push_back(std::move(p));
    }
    for (auto const& [channel, is] : after) {
        if (before.contains(channel)) continue;
        out.push_back({channel, 0, is.count, is.token, is.where, is.reproduction});
    }
    return out;
}

} // namespace watertight::probes::lifecycle::purge
