#include "harness/probe/table_owner.hpp"

#include <algorithm>

namespace watertight::probe {

static asio::awaitable<bool> names_a_tenant(stores::postgres& db, table t, std::string values)
{
    auto sql = fmt::format(
        "select 1 from {} t where {} in ({}) limit 1", t.quoted(), t.owner_sql("t"), values
    );
    auto const rows = co_await db.query(std::move(sql), {}, std::chrono::seconds{30});
    co_return rows.has_value() && !rows->values.empty();
}

using value_votes = std::map<tenant_index, std::map<std::string, int>>;

// The value under which most of each tenant's canaries lie; nothing where two tenants share one.
static std::map<tenant_index, std::string> elected(value_votes const& votes)
{
    std::map<tenant_index, std::string> out;
    std::map<std::string, int> used;
    for (auto const& [who, values] : votes) {
        auto const best =
            std::ranges::max_element(values, {}, [](auto const& v) { return v.second; });
        out.emplace(who, best->first);
        ++used[best->first];
    }
    auto const is_shared = [](auto const& u) { return u.second > 1; };
    if (out.size() < 2 || std::ranges::any_of(used, is_shared)) out.clear();
    return out;
}

asio::awaitable<void>
learn_tenant_values(context& ctx, stores::postgres& db, std::vector<table> tables)
{
    static constexpr std::size_t rows_max = 1000;
    if (!ctx.begins_learning()) co_return;
    auto const known = literals_of(values_of_tenants(ctx));
    value_votes votes;
    for (auto const& t : tables) {
        // In a tenant's own schema a column names somebody else.
        if (!t.is_owned() || t.is_guessed || t.link || tenant_of_schema(ctx, t.schema)) continue;
        auto const is_known = co_await names_a_tenant(db, t, known);
        if (is_known) co_return;
        auto const rows = co_await marked_rows(ctx, db, t, rows_max);
        if (rows.has_error()) continue;
        for (auto const& row : *rows) {
            if (!row.tenant_value) continue;
            for (auto const& token : row.tokens) ++votes[token.who.tenant][*row.tenant_value];
        }
    }
    ctx.learn_stored_values(elected(votes));
}

} // namespace watertight::probe
