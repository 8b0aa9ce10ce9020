#pragma once

#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/http.hpp"

#include <string>
#include <string_view>

namespace watertight::lab {

/// Which part of a list is asked for, by ?limit= and ?offset=.
struct page_window {
    long limit = 100;
    long offset = 0;
};

page_window read_window(request const& in);

/// {"<name>":[…],"total":n,"limit":…,"offset":…}
/// @param items a JSON array as text.
response page_response(
    std::string_view name, std::string_view items, std::string_view total, page_window window
);

/// A page of a PostgreSQL table.
struct page_query {
    std::string name;
    /// The SQL expression that makes an item's JSON.
    std::string item;
    std::string table;
    std::string where;
    sql_values values;
    /// What `total` counts, if it is not the same rows.
    std::string total_where = {};
    std::string order = "created_at DESC, id";
};

/// One statement, so that the items and their number are of the same moment. Its row is
/// (total, items).
std::string page_sql(page_query const& what, page_window window);
/// Reads the page inside the transaction, which stays open.
asio::awaitable<response> read_page(transaction& tx, page_query what, page_window window);

} // namespace watertight::lab
