#pragma once

#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/audit.hpp"
#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/event_bus.hpp"
#include "scenarios/lab/core/hasty_redis.hpp"
#include "scenarios/lab/core/helpers.hpp"
#include "scenarios/lab/core/jobs.hpp"
#include "scenarios/lab/core/memo.hpp"
#include "scenarios/lab/core/merged_reads.hpp"
#include "scenarios/lab/core/page.hpp"
#include "scenarios/lab/core/release.hpp"
#include "scenarios/lab/core/sessions.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/core/usage.hpp"
#include "scenarios/lab/core/validators.hpp"
#include "scenarios/lab/core/webhooks.hpp"
#include "scenarios/lab/mis/tenant.hpp"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::lab::mis {

/// Where the X04 defect keeps "the" tenant: one for the whole process.
class global_tenant {
public:
    void set(std::shared_ptr<tenant const> t)
    {
        std::lock_guard const lock{mutex_};
        current_ = std::move(t);
    }

    std::shared_ptr<tenant const> get() const
    {
        std::lock_guard const lock{mutex_};
        return current_;
    }

private:
    mutable std::mutex mutex_;
    std::shared_ptr<tenant const> current_;
};

/// What was put aside of tenants. Shared by all cores.
class backup_book {
public:
    struct backup {
        std::string id;
        std::string tenant_id;
        /// A JSON array.
        std::string rows;
    };

    void keep(backup b)
    {
        std::lock_guard const lock{mutex_};
        kept_[b.id] = std::move(b);
    }

    std::optional<backup> find(std::string const& id) const
    {
        std::lock_guard const lock{mutex_};
        auto const at = kept_.find(id);
        return at == kept_.end() ? std::nullopt : std::optional{at->second};
    }

    void erase_all_of(std::string const& tenant_id)
    {
        std::lock_guard const lock{mutex_};
        std::erase_if(kept_, [&](auto const& one) { return one.second.tenant_id == tenant_id; });
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, backup> kept_;
};

/// What all cores share. Its parts are constant or guard themselves.
struct process_state {
    options const& asked;
    fault_set const& faults;
    token_office tokens;
    std::string master_key;
    std::string admin_token;
    std::string files_folder;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    tenant_directory tenants{};
    usage_book usages{};
    release_switch release{};
    /// Each so many requests to the classic system's release with tenants, one fails; 0: none does.
    std::atomic<unsigned> failing_every{0};
    std::atomic<unsigned> failing_turn{0};
    global_tenant current{};
    /// What the K19 defect asks before it asks whose an object is.
    version_book versions{};
    /// What the K20 defect remembers of media: by the id, for everybody.
    memo media{};
    job_book jobs{faults};
    event_bus events{};
    webhook_book webhooks{faults};
    backup_book backups{};
};

/// What a defect keeps between requests: for whom a worker last worked.
struct leftover {
    std::shared_ptr<tenant const> on{};
    std::string user_id{};
    std::string role{};
};

/// What requests of one core share, if they share too much: defects alone use it.
struct shared_too_much {
    shared_too_much(asio::any_io_executor core, std::string redis_url)
        : flights(core), batch(core), helpers(core, 4), hasty(core, std::move(redis_url))
    {
    }

    merged_reads flights;
    batch_loader batch;
    helper_pool<std::shared_ptr<tenant const>> helpers;
    hasty_redis hasty;
    std::string buffer{};
    leftover last{};
    std::uint64_t jobs = 0;
};

/// What one core has.
struct core_state {
    process_state& process;
    database main;
    database classic;
    cache redis;
    shared_too_much shared;
};

/// One request while it is answered: what came, who sends it, for which tenant.
struct call : arrival {
    core_state& core;

    bool by_platform = false;
    /// The tenant whose data this is about: the sender's own, or the one that the platform's
    /// administrator names in the path.
    std::shared_ptr<tenant const> on{};
    std::string user_id{};
    std::string role{};

    process_state& process() const noexcept { return core.process; }
    fault_set const& faults() const noexcept { return core.process.faults; }
    bool is_admin() const noexcept { return by_platform || role == "admin"; }
    std::string actor() const { return by_platform ? "platform" : user_id; }
};

using handler = asio::awaitable<response> (*)(call&);

/// Who may call an endpoint.
enum class access {
    anyone,
    /// The platform's administrator, by the administration token.
    platform,
    /// Any user with a valid token, for the user's own tenant.
    user,
    /// An administrator of the tenant, for that tenant.
    admin,
    /// The path names the tenant: its users, or the platform's administrator.
    own_tenant,
    /// The path names the tenant: its administrators, or the platform's.
    own_tenant_admin,
};

struct endpoint {
    access who = access::user;
    handler run = nullptr;
};

/// The tenant with this id as it is now, or null.
asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id);
/// The same by slug or subdomain.
asio::awaitable<std::shared_ptr<tenant const>>
find_tenant_by_label(core_state& core, std::string label);

/// SQL that sets the tenant for the row policies, for the rest of the transaction.
std::string set_tenant_sql(std::string_view tenant_id);
/// A transaction in which the policies admit the call's tenant.
asio::awaitable<transaction> begin(call& c, std::string then = {});

/// Records what the transaction does, if and when it commits.
void audit(transaction& tx, call const& c, std::string_view action, std::string_view resource);
/// Records something that changes no row.
asio::awaitable<void> audit_now(
    core_state& core,
    std::string tenant_id,
    std::string actor,
    std::string action,
    std::string resource
);

/// The page that the request asks for, read where the policies admit the call's tenant.
asio::awaitable<response> read_page(call& c, page_query what);

} // namespace watertight::lab::mis
