#pragma once

#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/directory.hpp"
#include "scenarios/lab/core/documents.hpp"
#include "scenarios/lab/core/release.hpp"
#include "scenarios/lab/core/router.hpp"
#include "scenarios/lab/core/sessions.hpp"
#include "scenarios/lab/core/usage.hpp"
#include "scenarios/lab/core/validators.hpp"
#include "scenarios/lab/zoptal/gateway.hpp"
#include "scenarios/lab/zoptal/plans.hpp"

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace watertight::lab::zoptal {

using mongo_document = document;

/// The database that all tenants of the strategy "schema" and the original system share.
inline constexpr std::string_view common_database = "zoptal";

/// The collection of tenants in it.
mongo_place tenants_place();
/// What a tenant has: a collection each.
inline constexpr std::array<std::string_view, 3> kinds{"projects", "users", "files"};

/// A tenant and what holds for it now. Immutable: a change makes a new one.
struct tenant {
    std::string id;
    std::string slug;
    std::string name;
    std::string status;
    /// "database" or "schema".
    std::string strategy;
    std::string domain;
    plan const* on_plan = nullptr;
    /// The beginning of the names of its database or its collections.
    std::string prefix;
    /// The same for its projects, which only a defect makes another.
    std::string projects_prefix;

    std::array<std::string, 1> labels() const { return {slug}; }
    mongo_place place(std::string_view kind) const;
    std::string key(std::string_view rest) const;
};

/// What all cores share. Its parts are constant or guard themselves.
struct process_state {
    options const& asked;
    fault_set const& faults;
    token_office tokens;
    std::string admin_token;
    /// Shown by the gateway alone: whoever comes past it has none.
    std::string gateway_key;
    gateway& front;
    directory<tenant> tenants{};
    usage_book usages{};
    release_switch release{};
    /// Where the MG10 defect gathers everybody's projects: with the tenant that came first.
    std::mutex report_mutex{};
    std::shared_ptr<tenant const> report_owner{};
    /// While the original system's data is moved, its requests wait.
    std::atomic<bool> is_held{false};
    /// What the K19 defect asks before it asks whose a project is.
    version_book versions{};
};

/// What one core has.
struct core_state {
    process_state& process;
    documents mongo;
    cache redis;
};

/// One request while it is answered: what came, who sends it, for which tenant.
struct call : arrival {
    core_state& core;

    bool by_platform = false;
    std::shared_ptr<tenant const> on{};
    std::string user_id{};
    std::string role{};

    process_state& process() const noexcept { return core.process; }
    fault_set const& faults() const noexcept { return core.process.faults; }
    bool is_admin() const noexcept { return by_platform || role == "admin"; }
};

using handler = asio::awaitable<response> (*)(call&);

/// Who may call an endpoint.
enum class access {
    /// The gateway itself, for its own questions.
    gateway,
    /// The platform's administrator, whatever the host.
    platform,
    /// Anyone, for the tenant of the host.
    visitor,
    /// A user of the tenant, as the gateway found.
    user,
    /// One that administers it.
    admin,
    /// The administrator, of the system before it had tenants.
    original,
};

struct endpoint {
    access who = access::user;
    handler run = nullptr;
};

using routes = router<endpoint>;

/// The tenant of this name, or null if there is none.
asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string slug);
/// Its document as it stands in the store.
asio::awaitable<std::optional<mongo_document>> tenant_document(core_state& core, std::string id);
std::shared_ptr<tenant const> to_tenant(mongo_document const& from, fault_set const& faults);

/// Every tenant there is, from the store.
asio::awaitable<std::vector<std::shared_ptr<tenant const>>> all_tenants(core_state& core);

/// Milliseconds since the epoch, as documents are stamped.
std::int64_t now_ms();

/// "user", "project": who or what a session key is about.
std::string session_key(tenant const& t, std::string_view user_id);

} // namespace watertight::lab::zoptal
