#pragma once

#include "scenarios/lab/core/access_log.hpp"
#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/cache.hpp"
#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/memo.hpp"
#include "scenarios/lab/core/release.hpp"
#include "scenarios/lab/core/router.hpp"
#include "scenarios/lab/core/sessions.hpp"
#include "scenarios/lab/core/time.hpp"
#include "scenarios/lab/user_integers/tenant.hpp"
#include "scenarios/lab/user_integers/tenant_connections.hpp"
#include "scenarios/lab/user_integers/usage.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace watertight::lab::user_integers {

/// Where the J09 defect keeps whose an API key is: the user, and not the tenant.
class key_memory {
public:
    struct holder {
        std::string user_id;
        std::string role;
    };

    void keep(std::string const& digest, holder h)
    {
        std::lock_guard const lock{mutex_};
        holders_[digest] = std::move(h);
    }

    std::optional<holder> find(std::string const& digest) const
    {
        std::lock_guard const lock{mutex_};
        auto const at = holders_.find(digest);
        return at == holders_.end() ? std::nullopt : std::optional{at->second};
    }

private:
    mutable std::mutex mutex_;
    std::unordered_map<std::string, holder> holders_;
};

/// What all cores share. Its parts are constant or guard themselves.
struct process_state {
    options const& asked;
    fault_set const& faults;
    token_office tokens;
    std::string key_secret;
    std::string admin_token;
    tenant_directory tenants{};
    call_book calls{};
    release_switch release{};
    key_memory keys{};
    /// What the K21 defect keeps of results: by the statement, which names no tenant.
    memo results{};
    access_log log;
};

/// What one core has.
struct core_state {
    process_state& process;
    /// For what happens before a tenant is known, and for transactions.
    database main;
    /// For what users do: a pool of connections per tenant.
    tenant_connections pools;
    database classic;
    cache redis;
    /// Whose request the core works on, as the X10 defect knows it.
    std::string logged_tenant{};
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

/// Who may call an endpoint.
enum class access {
    anyone,
    /// The platform's operator, by the administration token.
    platform,
    /// Any user, for the user's own tenant.
    user,
    /// An administrator of the tenant, for that tenant.
    admin,
};

struct endpoint {
    access who = access::user;
    asio::awaitable<response> (*run)(call&) = nullptr;
};

using routes = router<endpoint>;

/// The tenant with this id as it is now, or null.
asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id);
/// The same by subdomain.
asio::awaitable<std::shared_ptr<tenant const>>
find_tenant_by_subdomain(core_state& core, std::string label);

/// One statement on a connection of the call's tenant.
asio::awaitable<stores::postgres_rows> query(call& c, std::string sql, sql_values values = {});

/// SQL that sets the tenant for the row policies, for the rest of the transaction.
std::string set_tenant_sql(std::string_view tenant_id);

/// The prefix of all keys of a tenant.
std::string key_prefix(std::string_view tenant_id);
/// The key of the word for a user's sessions.
std::string session_key(std::string_view tenant_id, std::string_view user_id);

inline constexpr std::uint32_t session_s_default = 3'600;
std::uint32_t session_s(process_state const& process);

} // namespace watertight::lab::user_integers
