#pragma once

#include "harness/probe/notices.hpp"
#include "harness/probe/postgres_role.hpp"
#include "harness/probe/toolbox.hpp"
#include "probes/postgres/observability/probe.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::probes::postgres::observability {

/// A session of the application's role watches while tenants of the service work.
struct stage {
    probe::context& ctx;
    /// By the application's own way, which may lead through a pooler.
    probe::role_session& role;
    /// The privileged connection.
    stores::postgres& db;
    /// The application's role, or whoever else could be had, straight to the server: for what
    /// belongs to a session. Null if there is none.
    stores::postgres* direct = nullptr;
    /// The direct one is the application's role indeed.
    bool is_role = false;
    tenant_index victim{};
    tenant_index intruder{};
};

/// The tenant creates, changes and searches, by every resource that lets it.
asio::awaitable<void> have_work_done(stage s, tenant_index t);

/// What pg_stat_activity and pg_locks showed meanwhile.
struct watched {
    /// Answers of the server.
    std::size_t looks = 0;
    std::string failure{};
    /// A canary of the tenant that worked, in another session's statement.
    std::string token{};
    /// Advisory locks of other sessions: SQL that takes the same one.
    std::vector<std::string> locks{};
};
asio::awaitable<watched> watch_work(stage s, tenant_index t);

/// What may be listened to: names in functions and in what sessions listen to.
asio::awaitable<std::vector<std::string>> channels_of(stage s);
/// What was told of the victim, by channel.
void note_channels(
    stage const& s,
    std::vector<std::string> const& names,
    result<std::vector<stores::postgres_notice>> const& told,
    std::vector<attempt>& out
);

/// Looks, without taking, into each logical slot of the database.
asio::awaitable<void> note_slots(stage s, std::vector<attempt>& out);

/// Times requests of the victim's with and without the lock held by another session.
asio::awaitable<void> time_lock(stage s, std::string take, std::vector<attempt>& out);

} // namespace watertight::probes::postgres::observability
