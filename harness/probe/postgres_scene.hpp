#pragma once

#include "harness/probe/postgres_role.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// Two tenants before a database that keeps their rows apart: one looks for what is the other's.
struct row_scene {
    role_site site{};
    /// Tables whose rows the database keeps apart, and those that it leaves to the application.
    std::vector<table> guarded{};
    std::vector<table> filtered{};
    /// Nothing but schemas keeps them apart.
    bool by_schema = false;
    tenant_index intruder{};
    tenant_index victim{};
    /// The intruder sees its own canary in a guarded table, as the application's role.
    bool control = false;
    /// The role may read none of the guarded tables itself: it is given views of them, and sees
    /// its own canary in one of those.
    bool behind_views = false;
};

/// The site with its tables sorted and two tenants chosen who have rows in one guarded table. Ask
/// `site.refusal()` first.
/// @param with_schemas  tables in schemas of tenants' own are guarded, too.
asio::awaitable<row_scene> open_row_scene(context& ctx, bool with_schemas = false);

/// The first token of another tenant than the intruder in `texts` that no sharing rule allows, that
/// stands in a guarded table and in none that is left to the application: it has been carried past
/// row security. At most twenty texts with tokens are looked into.
asio::awaitable<std::optional<evidence::sighting>>
guarded_token_in(context& ctx, row_scene& s, std::vector<std::string> texts);

/// The first column of each row.
std::vector<std::string> texts_of(stores::postgres_rows const& rows);

/// An expression for all that a relation or a call shows: one text, another when a row is another.
std::string digest_sql(std::string_view from);

/// Whether what the intruder is shown by `digest`, an expression, is another after a row of the
/// victim's in `base` was copied (taken away, where the role can't write the table), and stays as
/// it is without that. All of it is taken back.
/// @return how to see it again; empty if it is not so, or could not be tried.
asio::awaitable<std::string>
moved_by_victims_row(context& ctx, row_scene& s, table base, std::string digest);

/// "select t::text ..." of rows that may carry a canary.
std::string marked_rows_sql(table const& t);

} // namespace watertight::probe
