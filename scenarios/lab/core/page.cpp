#include "scenarios/lab/core/page.hpp"

#include <fmt/format.h>

namespace watertight::lab {

page_window read_window(request const& in)
{
    return {
        in.query_number("limit", 100, 1, 1000),
        in.query_number("offset", 0, 0, 1'000'000'000),
    };
}

response page_response(
    std::string_view name, std::string_view items, std::string_view total, page_window window
)
{
    response out;
    out.body = fmt::format(
        R"({{"{}":{},"total":{},"limit":{},"offset":{}}})",
        name,
        items,
        total,
        window.limit,
        window.offset
    );
    return out;
}

std::string page_sql(page_query const& what, page_window window)
{
    return fmt::format(
        "SELECT (SELECT count(*) FROM {0} WHERE {4}), coalesce(json_agg(item), '[]') FROM "
        "(SELECT {1} AS item FROM {0} WHERE {2} ORDER BY {6} LIMIT {3} OFFSET {5}) p",
        what.table,
        what.item,
        what.where,
        window.limit,
        what.total_where.empty() ? what.where : what.total_where,
        window.offset,
        what.order
    );
}

asio::awaitable<response> read_page(transaction& tx, page_query what, page_window window)
{
    auto sql = page_sql(what, window);
    auto const rows = co_await tx.query(std::move(sql), std::move(what.values));
    auto const& row = rows.values[0];
    co_return page_response(what.name, row[1].value(), row[0].value(), window);
}

} // namespace watertight::lab
