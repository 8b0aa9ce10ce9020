#pragma once

#include "harness/net/http_client.hpp"
#include "harness/net/wait_list.hpp"
#include "harness/target/session.hpp"

#include <memory>
#include <optional>
#include <unordered_map>

namespace watertight::traffic {

/// One core's credentials: the population's, until a user had to be logged in again.
class sessions {
public:
    sessions(asio::any_io_executor core, target::model const& m, target::population const& tenants);

    /// The user as this core has renewed them; null if they are as the population has them. Valid
    /// until the next await.
    target::actor const* renewed(tenant_index t, actor_index a) const;
    /// The user with the credentials of this moment; valid until the next await.
    target::actor const& current(tenant_index t, actor_index a) const;
    /// True if the user has to be logged in before they can act.
    bool is_due(tenant_index t, actor_index a, steady::time_point now) const;

    /// True if a refused request of the user's may be repeated after a log-in.
    bool can_renew(tenant_index t, actor_index a, steady::time_point refused_at) const;
    /// Keeps what an answer sets, where users act by cookies.
    void take_cookies(tenant_index t, actor_index a, net::http_response_view const& view);

    /// Logs the user in again; those who ask at the same time share one log-in.
    ///
    /// @param refused_at  when the request that was refused had been sent: a log-in that ended
    /// after
    ///                    it is not repeated.
    /// @return false if the log-in failed; it is then not tried again for a while.
    asio::awaitable<bool> renew(tenant_index t, actor_index a, steady::time_point refused_at);

private:
    struct renewal {
        /// With what the last successful log-in gave.
        std::optional<target::actor> who;
        steady::time_point tried{};
        bool succeeded = false;
        bool under_way = false;
    };
    static std::uint64_t key(tenant_index t, actor_index a) noexcept;
    asio::awaitable<void> log_in(tenant_index t, actor_index a);

    target::model const& model_;
    target::population const& tenants_;
    net::http_client client_;
    net::wait_list ended_;
    std::unordered_map<std::uint64_t, renewal> renewed_;
};

} // namespace watertight::traffic
