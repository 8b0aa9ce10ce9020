#pragma once

#include "harness/base/clock.hpp"
#include "harness/base/ids.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::target {

/// A few named values; look-up is linear, for they are few.
class values {
public:
    std::optional<std::string_view> find(std::string_view name) const;
    void set(std::string_view name, std::string value);
    void erase(std::string_view name);
    std::vector<std::pair<std::string, std::string>> const& all() const noexcept { return all_; }

private:
    std::vector<std::pair<std::string, std::string>> all_;
};

/// A user of a tenant. `attributes`: email, password, name, and what creation and log-in captured
/// (id, token, ...).
struct actor {
    actor_index index;
    tenant_index tenant;
    /// "user" unless the scenario names roles.
    std::string role = "user";
    values attributes;
    /// "name=value; name=value" when the session uses cookies.
    std::string cookies;
    /// When the token must have been renewed; nothing if it does not expire.
    std::optional<steady::time_point> expires;
    bool logged_in = false;
    /// The run created this user on its own, so that it may also remove it.
    bool made_by_run = false;
};

enum class tenant_state { planned, creating, ready, failed, removed };

/// A tenant of the run. `attributes`: id and whatever else creation captured.
struct tenant {
    tenant_index index;
    std::string slug;
    std::string name;
    std::string plan;
    values attributes;
    tenant_state state = tenant_state::planned;
    /// Existed before the run: never removed by it.
    bool is_foreign = false;
    /// Set before its creation is sent; cleared when that was definitely refused, or it is removed.
    /// Clean-up goes by this, not by `state`: a failed tenant may well be there.
    bool may_exist = false;
    std::deque<actor> actors;
};

/// An object that the run created (or was told of), with its canary.
struct object {
    object_serial serial;
    tenant_index tenant;
    actor_index creator;
    std::string resource;
    /// "id" and other captures; "parent.id" and so on, so that a nested object can be addressed
    /// without its parent at hand.
    values attributes;
    /// What it held when it was created, in both forms.
    std::string canary;
    std::uint64_t canary_number = 0;
    /// Serial of the parent object, if the resource has a parent.
    std::optional<object_serial> parent;
    /// Also true while its creation is under way, and for good if that failed: the place of a
    /// serial is never given to another object.
    bool removed = false;
};

/// Everything that the run made. Deques: references stay valid while it grows.
struct population {
    std::string run_id;
    std::deque<tenant> tenants;
    /// objects[tenant index]: serial n stands at place n.
    std::deque<std::deque<object>> objects;

    tenant& at(tenant_index t) { return tenants[t.value]; }
    tenant const& at(tenant_index t) const { return tenants[t.value]; }
    /// The tenant's living objects of a resource.
    std::vector<object const*> living(tenant_index t, std::string_view resource) const;

    /// What is made from now on comes and goes.
    void settle();
    /// Those of the living that were there before, if there are any: nobody removes them while
    /// they are looked at, or something lives under them.
    std::vector<object const*> lasting(tenant_index t, std::string_view resource) const;

private:
    /// By tenant, the number of its objects then.
    std::vector<std::size_t> settled_;
};

} // namespace watertight::target
