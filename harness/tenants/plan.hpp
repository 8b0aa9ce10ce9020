#pragma once

#include "harness/target/model.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace watertight::tenants {

/// What to do when a tenant cannot be provisioned.
enum class on_failure { stop, go_on };

/// Users of one role within each tenant. The first entry's first user is the tenant's default
/// actor.
struct user_plan {
    std::string role = "user";
    std::size_t count = 1;
    /// How such a user is made; nothing if creation of the tenant made them.
    std::optional<target::operation> create;
    /// Further requests that complete what `create` made, in order: an invitation accepted.
    std::vector<target::operation> create_then;
    /// Attributes given to each before creation: email, password, ... (slots allowed).
    std::vector<std::pair<std::string, target::template_text>> attributes;
    /// The user that the tenant's creation already made (its administrator, say).
    bool made_with_tenant = false;
};

/// Statements on a store in place of an API call; rows of the answer become attributes.
struct sql_step {
    std::string store;
    target::template_text statement;
    /// Column names of the first row that are kept as attributes.
    std::vector<std::string> capture;
};

/// A command whose standard output is one JSON object; its members become attributes.
struct command_step {
    std::vector<target::template_text> arguments;
    std::chrono::nanoseconds timeout = std::chrono::seconds{30};
};

/// How the run's tenants come to be, from the scenario.
struct plan {
    std::size_t count = 2;
    /// Slots: {run}, {tenant.index}. The slug must be unique in the target.
    target::template_text slug;
    target::template_text name;
    /// Attributes rendered before creation.
    std::vector<std::pair<std::string, target::template_text>> attributes;
    /// (plan name, share); assigned so that the shares hold exactly, in seeded order.
    std::vector<std::pair<std::string, double>> mix;

    std::optional<target::operation> create;
    /// Further requests that complete what `create` made, in order.
    std::vector<target::operation> create_then;
    std::optional<sql_step> create_sql;
    std::optional<command_step> create_command;
    /// Tenants that exist: a JSON or YAML file of {slug, id, users: [{...}]}.
    std::string from_file;

    /// How a tenant's attributes are looked up by its slug, for a clean-up after a crash between
    /// its creation and the answer. 404 means that it was not made.
    std::optional<target::operation> find;

    std::optional<target::operation> remove;
    std::vector<target::operation> remove_then;
    std::optional<sql_step> remove_sql;
    std::optional<command_step> remove_command;

    /// Takes a tenant out of service until further notice, for the probe that looks whether it is.
    std::optional<target::operation> suspend;
    /// Ends its contract, where that is something else than to suspend or to remove it.
    std::optional<target::operation> cancel;
    /// Puts a suspended tenant back into service.
    std::optional<target::operation> reactivate;

    std::vector<user_plan> users;
    on_failure failure_policy = on_failure::stop;
    std::size_t concurrency = 16;
};

/// One plan name a tenant, so that each share of `mix` holds to the tenant (largest remainder), in
/// an order that `seed` fixes. Shares need not add up to 1; all empty if `mix` is.
std::vector<std::string> assign_plans(
    std::vector<std::pair<std::string, double>> const& mix, std::size_t count, std::uint64_t seed
);

} // namespace watertight::tenants
