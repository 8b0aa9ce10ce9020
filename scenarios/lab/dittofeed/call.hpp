#pragma once

#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/event_bus.hpp"
#include "scenarios/lab/core/jobs.hpp"
#include "scenarios/lab/core/merged_reads.hpp"
#include "scenarios/lab/core/router.hpp"
#include "scenarios/lab/core/sessions.hpp"
#include "scenarios/lab/dittofeed/quota.hpp"
#include "scenarios/lab/dittofeed/tenant_cache.hpp"
#include "scenarios/lab/dittofeed/workspace.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace watertight::lab::dittofeed {

/// What all cores share. Its parts are constant or guard themselves.
struct process_state {
    options const& asked;
    fault_set const& faults;
    token_office tokens;
    std::string admin_token;
    /// Connects as the tables' owner, past the pooler: for migrations alone.
    std::string owner_url{};
    /// ENABLE_RLS_ENFORCEMENT: whether transactions say for which workspace they are.
    std::atomic<bool> enforces_rls{true};
    std::atomic<bool> caches{true};
    workspace_directory workspaces{};
    look_up_book look_ups{};
    shared_counts counted_for_all{};
    job_book jobs{faults};
    event_bus events{};
};

/// What requests of one core share, if they share too much: defects alone use it.
struct shared_too_much {
    explicit shared_too_much(asio::any_io_executor core) : flights(core), batch(core) {}

    merged_reads flights;
    batch_loader batch;
    std::uint64_t jobs = 0;
};

/// What one core has.
struct core_state {
    process_state& process;
    database db;
    cache redis;
    shared_too_much shared;
};

struct resource_kind;

/// One request while it is answered.
struct call : arrival {
    core_state& core;

    bool by_platform = false;
    /// The workspace of the session, or the one that the platform's administrator names.
    std::shared_ptr<workspace const> on{};
    std::string user_id{};
    std::string role{};
    /// What the endpoint is about, where it serves several kinds.
    resource_kind const* kind = nullptr;

    process_state& process() const noexcept { return core.process; }
    fault_set const& faults() const noexcept { return core.process.faults; }
};

using handler = asio::awaitable<response> (*)(call&);

enum class access {
    anyone,
    /// The platform's administrator, by the administration token.
    platform,
    /// Any member, for the member's own workspace.
    member,
    /// An administrator of the workspace.
    admin,
};

struct endpoint {
    access who = access::member;
    handler run = nullptr;
    resource_kind const* kind = nullptr;
};

using routes = router<endpoint>;

/// The workspace with this id as it is now, or null.
asio::awaitable<std::shared_ptr<workspace const>> find_workspace(core_state& core, std::string id);

/// SQL that sets the workspace for the row policies until the transaction ends; empty while the
/// enforcement is switched off.
std::string context_sql(process_state const& process, std::string_view workspace_id);
/// A transaction for the call's workspace. @param then further statements of the first message.
asio::awaitable<transaction> begin(call& c, std::string then = {});
/// One statement for the call's workspace, in one message and a transaction of its own.
asio::awaitable<stores::postgres_rows> ask(call& c, std::string sql);

/// Records something in a workspace's log. @param resource names nothing of another workspace.
asio::awaitable<void> audit(
    core_state& core,
    std::string workspace_id,
    std::string actor,
    std::string action,
    std::string resource
);

} // namespace watertight::lab::dittofeed
