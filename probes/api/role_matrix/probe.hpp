#pragma once

#include "harness/probe/planting.hpp"
#include "harness/probe/roles.hpp"

#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::api::role_matrix {

/// What came of a role's attempt, by what was shown or changed, never by the status alone.
enum class effect {
    /// It was shown what the privileged sender is shown, or its change is in the owner's view.
    served,
    /// A success of which no effect could be seen.
    accepted,
    /// A success that neither shows nor changes anything.
    nothing,
    refused,
    undecided,
};

/// Who may send an operation.
struct expectation {
    /// Roles of the tenant; empty: nobody said.
    std::vector<std::string> roles{};
    /// The platform's own: no role of any tenant may.
    bool is_platform = false;
    /// From the `as` of an operation that manages users, not from `roles`.
    bool is_derived = false;

    bool is_known() const noexcept { return is_platform || !roles.empty(); }
    bool permits(std::string_view role) const;
};

/// One role's attempt at one operation.
struct trial {
    /// "users.create": the row.
    std::string operation{};
    std::string channel{};
    std::string role{};
    expectation may{};
    effect came{};
    /// Whose data was shown or changed.
    tenant_index victim{};
    bool is_write = false;
    /// Makes a tenant: where anybody may, it is a sign-up and nobody's privilege.
    bool may_be_sign_up = false;
    /// Shown by a token; without one an answer that anybody gets proves nothing.
    std::string token{};
    /// The privileged sender's own attempt, or the owner's view of the effect.
    probe::exchange control{};
    bool control_worked = false;
    probe::exchange hostile{};
};

/// What a read's answer is, held against the privileged sender's.
effect effect_of_read(probe::exchange const& control, probe::exchange const& hostile);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

/// Attempts of each role of the tenant at what its users may do.
asio::awaitable<void>
try_tenants_operations(probe::context& ctx, tenant_index t, std::vector<trial>& out);

/// Attempts of each role of the tenant at what is the platform's: reads, and making, suspending and
/// removing a tenant that was made for it.
asio::awaitable<void>
try_platform_operations(probe::context& ctx, tenant_index t, std::vector<trial>& out);

} // namespace watertight::probes::api::role_matrix
