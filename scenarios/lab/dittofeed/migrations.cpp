#include "scenarios/lab/dittofeed/migrations.hpp"

#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/http.hpp"

#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace watertight::lab::dittofeed {

using namespace std::chrono_literals;
using stores::quote_literal;

// In the order in which they run.
static constexpr std::array<std::string_view, 2> names{indexes_migration, rls_migration};

struct indexed_table {
    std::string_view table;
    std::string_view index;
};

static constexpr std::array indexed{
    indexed_table{R"("Segment")", "idx_segment_workspace_status_updated"},
    indexed_table{R"("Journey")", "idx_journey_workspace_status_updated"},
    indexed_table{R"("MessageTemplate")", "idx_template_workspace_status_updated"},
};

static constexpr std::array<std::string_view, 6> guarded{
    R"("Segment")",
    R"("Journey")",
    R"("MessageTemplate")",
    R"("WorkspaceMember")",
    R"("WorkspaceQuota")",
    R"("AuditLog")",
};

static std::string indexes_sql(direction way)
{
    std::string out;
    for (auto const& [table, index] : indexed) {
        out += way == direction::run
                   ? fmt::format(
                         "CREATE INDEX {} ON {} (\"workspaceId\", status, \"updatedAt\"); ",
                         index,
                         table
                     )
                   : fmt::format("DROP INDEX {}; ", index);
    }
    return out;
}

// An unset or empty setting is nobody's workspace.
static std::string guard_sql(std::string_view table)
{
    static constexpr auto own =
        "\"workspaceId\" = nullif(current_setting('app.current_workspace_id', true), '')::uuid";
    return fmt::format(
        "ALTER TABLE {0} ENABLE ROW LEVEL SECURITY; ALTER TABLE {0} FORCE ROW LEVEL SECURITY; "
        "CREATE POLICY workspace_only ON {0} USING ({1}) WITH CHECK ({1}); ",
        table,
        own
    );
}

static std::string unguard_sql(std::string_view table)
{
    return fmt::format(
        "DROP POLICY workspace_only ON {0}; ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY; "
        "ALTER TABLE {0} DISABLE ROW LEVEL SECURITY; ",
        table
    );
}

static std::string rls_sql(direction way, fault_set const& faults)
{
    std::string out;
    for (auto const table : guarded) {
        if (faults.on("P01") && table == R"("Journey")") continue;
        // The way back that its author tried on the first tables alone.
        bool const is_forgotten = faults.on("R5") && table == R"("MessageTemplate")";
        if (way == direction::roll_back && is_forgotten) {
            out += fmt::format("DROP POLICY workspace_only ON {}; ", table);
        } else {
            out += way == direction::run ? guard_sql(table) : unguard_sql(table);
        }
    }
    // Made for code that knows the former names, and forgotten; it runs with its owner's rights.
    if (way == direction::roll_back && faults.on("R11")) {
        out += "CREATE OR REPLACE VIEW \"SegmentOfV1\" AS SELECT * FROM \"Segment\"; "
               "GRANT SELECT ON \"SegmentOfV1\" TO dittofeed_app; ";
    }
    return out;
}

static std::size_t number_of(std::string const& name)
{
    auto const at = std::ranges::find(names, name);
    if (at == names.end()) throw refusal{404, "NOT_FOUND", "there is no such migration"};
    return static_cast<std::size_t>(at - names.begin());
}

// @return whether `wanted` is to be carried out. @throws refusal if it is not its turn.
static bool is_due(migration_order const& order, std::size_t wanted, std::size_t applied)
{
    bool const is_applied = wanted < applied;
    if (is_applied == (order.way == direction::run)) return false;
    auto const turn = order.way == direction::run ? applied : applied - 1;
    if (wanted == turn) return true;
    throw refusal{409, "OUT_OF_ORDER", fmt::format("it is the turn of {}", names.at(turn))};
}

static std::string record_sql(migration_order const& order)
{
    auto const name = quote_literal(order.name);
    return order.way == direction::run
               ? fmt::format("INSERT INTO \"Migration\" (name) VALUES ({})", name)
               : fmt::format("DELETE FROM \"Migration\" WHERE name = {}", name);
}

asio::awaitable<bool> migrate(migration_order order, fault_set const& faults)
{
    auto const wanted = number_of(order.name);
    auto const executor = co_await asio::this_coro::executor;
    auto db = co_await stores::postgres::connect(executor, order.owner_url, 10s);
    if (!db) throw store_error{db.error()};
    auto const begun = co_await db->script(
        "BEGIN; LOCK TABLE \"Migration\"; SELECT count(*) FROM \"Migration\"", 60s
    );
    if (!begun) throw store_error{begun.error()};
    // Leaving rolls back: the connection ends with this frame.
    if (!is_due(order, wanted, std::stoul(*begun->values[0][0]))) co_return false;

    auto sql = wanted == 0 ? indexes_sql(order.way) : rls_sql(order.way, faults);
    sql += record_sql(order) + "; COMMIT";
    auto const done = co_await db->script(std::move(sql), 60s);
    if (!done) throw store_error{done.error()};
    co_return true;
}

} // namespace watertight::lab::dittofeed
