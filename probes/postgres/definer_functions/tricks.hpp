#pragma once

#include "probes/postgres/definer_functions/functions.hpp"
#include "probes/postgres/definer_functions/probe.hpp"

namespace watertight::probes::postgres::definer_functions {

/// What is tried beside calling a function: with SQL of the caller's own, rolled back.
struct bench {
    probe::context& ctx;
    probe::row_scene& scene;
    /// "schema"."name" of each relation by its bare name.
    std::vector<probe::table> relations{};
    /// A gateway lets users call functions with what they like.
    bool users_call = false;
    /// SQL: one text of all that a tenant sees of the protected tables, and by views of them; empty
    /// if it sees nothing.
    std::string seen{};
};

/// Puts a view in the place of each relation that the function names; whoever asks it runs code of
/// ours that reads the protected tables.
asio::awaitable<void> try_shadow(bench b, function f, passing with, std::vector<attempt>& out);

/// Calls it in the WHERE of a query of each protected table, about rows of others alone.
asio::awaitable<void> try_leak(bench b, function f, std::vector<attempt>& out);
/// The same with a cast, which the server has to ask after the policies.
asio::awaitable<void> try_casts(bench b, std::vector<attempt>& out);

/// Whether, called with the id of something of another tenant's or with that tenant's own, it
/// changes what that tenant has in the protected tables. Rolled back.
asio::awaitable<void>
try_writes(bench b, function f, std::vector<passing> calls, std::vector<attempt>& out);

/// Whether what it returns tells of another tenant: for its id and not for one that nobody has, or
/// by changing with a row that it writes.
asio::awaitable<void> try_figures(bench b, function f, passing with, std::vector<attempt>& out);

} // namespace watertight::probes::postgres::definer_functions
