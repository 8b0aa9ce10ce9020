#pragma once

#include "scenarios/lab/core/arrival.hpp"
#include "scenarios/lab/core/dialect.hpp"
#include "scenarios/lab/core/directory.hpp"
#include "scenarios/lab/core/documents.hpp"
#include "scenarios/lab/core/release.hpp"
#include "scenarios/lab/core/router.hpp"
#include "scenarios/lab/core/sessions.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab::proptech {

/// What the migration gives to whatever belongs to nobody yet.
inline constexpr char const* default_tenant_id = "tenant-default";
inline constexpr char const* default_tenant_name = "Main portfolio";

/// Where the system with tenants keeps its documents, and the one from before it had any.
inline constexpr char const* main_database = "proptech";
inline constexpr char const* classic_database = "proptech_classic";
inline constexpr char const* backup_database = "proptech_backup";

struct tenant {
    std::string id;
    std::string slug;
    std::string name;
    std::string status;

    std::vector<std::string> labels() const { return {slug}; }
    bool is_active() const noexcept { return status == "active"; }
};

/// What a role may do within its tenant.
enum class scope { read, write, manage };

/// True if the role has it. An unknown role has nothing.
bool has_scope(std::string_view role, scope wanted) noexcept;
bool is_role(std::string_view role) noexcept;

/// The classic system's maintenance window: while it is open, writes are refused.
class window {
public:
    /// One write on its way; false if it may not begin.
    class write {
    public:
        explicit write(window& home) : home_(home)
        {
            ++home_.writing_;
            admitted_ = !home_.open_;
        }
        write(write const&) = delete;
        write& operator=(write const&) = delete;
        ~write() { --home_.writing_; }

        bool admitted() const noexcept { return admitted_; }

    private:
        window& home_;
        bool admitted_;
    };

    void set(bool open) { open_ = open; }
    bool is_open() const { return open_; }
    /// True once no write that began before is left.
    bool quiet() const { return writing_ == 0; }

private:
    std::atomic<bool> open_{false};
    std::atomic<int> writing_{0};
};

/// What a CDN keeps of the frontend until it is purged.
class asset_cache {
public:
    std::string get_or(std::string const& fresh)
    {
        std::lock_guard const lock{mutex_};
        if (held_.empty()) held_ = fresh;
        return held_;
    }
    void purge()
    {
        std::lock_guard const lock{mutex_};
        held_.clear();
    }

private:
    std::mutex mutex_;
    std::string held_;
};

/// Where defects keep something of a user (K06 the role, J11 the tenant): by the user, and not by
/// the tenant.
class user_memory {
public:
    explicit user_memory(std::chrono::milliseconds lifetime) : lifetime_{lifetime} {}

    void keep(std::string const& user_id, std::string what)
    {
        std::lock_guard const lock{mutex_};
        kept_[user_id] = {std::move(what), std::chrono::steady_clock::now() + lifetime_};
    }
    /// Empty if there is nothing, or no longer.
    std::string find(std::string const& user_id) const
    {
        std::lock_guard const lock{mutex_};
        auto const at = kept_.find(user_id);
        if (at == kept_.end() || at->second.until < std::chrono::steady_clock::now()) return {};
        return at->second.what;
    }

private:
    struct entry {
        std::string what;
        std::chrono::steady_clock::time_point until;
    };
    std::chrono::milliseconds lifetime_;
    mutable std::mutex mutex_;
    std::map<std::string, entry> kept_;
};

/// What all cores share. Its parts are constant or guard themselves.
struct process_state {
    options const& asked;
    fault_set const& faults;
    token_office tokens;
    std::string admin_token;
    directory<tenant> tenants{};
    release_switch release{};
    window maintenance{};
    asset_cache assets{};
    user_memory roles{std::chrono::hours{1}};
    user_memory workplaces{std::chrono::milliseconds{500}};
};

/// What one core has.
struct core_state {
    process_state& process;
    documents store;
};

/// One request while it is answered.
struct call : arrival {
    core_state& core;

    bool by_platform = false;
    std::string user_id{};
    /// The tenant of the header, of which the user is a member; null where none is needed.
    std::shared_ptr<tenant const> on{};
    std::string role{};

    process_state& process() const noexcept { return core.process; }
    fault_set const& faults() const noexcept { return core.process.faults; }
    std::string actor() const { return by_platform ? "platform" : user_id; }
};

using handler = asio::awaitable<response> (*)(call&);

/// Who may call an endpoint.
enum class access {
    anyone,
    /// The platform's administrator, by the administration token.
    platform,
    /// Whoever is signed in, for no tenant in particular.
    account,
    /// A member of the tenant that X-Tenant-Id names, whose role has the endpoint's scope.
    member,
};

struct endpoint {
    access who = access::member;
    scope needs = scope::read;
    handler run = nullptr;
};

using routes = router<endpoint>;

/// Establishes who asks for which tenant, refuses what the endpoint does not admit, and runs it.
asio::awaitable<response> admit(call& c, endpoint to);

mongo_place main_place(char const* collection);
/// {field: value}.
document matching(char const* field, std::string value);
/// What clients see of a document: `id` instead of `_id`, and no password.
nlohmann::json public_view(document const& from);
std::string text_field(document const& from, char const* name);
/// Milliseconds since the epoch.
std::int64_t now_ms();

/// The tenant with this id as it is now, or null.
asio::awaitable<std::shared_ptr<tenant const>> find_tenant(core_state& core, std::string id);
/// The role of a member; empty if the user is none.
asio::awaitable<std::string> role_of(core_state& core, std::string tenant_id, std::string user_id);
/// Adds or changes a membership. `name` is what this tenant calls the user.
struct membership {
    std::string tenant_id;
    std::string user_id;
    std::string email;
    std::string name;
    std::string role;
};
asio::awaitable<void> bind(core_state& core, membership m);
/// The account with this e-mail address, made if there is none. @return its id.
asio::awaitable<std::string> account_for(core_state& core, std::string email, std::string password);

void add_accounts(routes& to);
void add_tenants(routes& to);
void add_items(routes& to);
void add_classic(routes& to);
void add_migration(routes& to);

/// Fills the classic system with what a few years of one tenant leave behind.
asio::awaitable<void> seed_classic(documents& store);

} // namespace watertight::lab::proptech
