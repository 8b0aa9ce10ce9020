#pragma once

#include "harness/target/model.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace watertight::target {

/// How a throw-away tenant departs from what the run's tenants are.
struct tenant_shape {
    /// Empty: as the mix has it.
    std::string plan;
    /// In place of the values that `tenants.attributes` gives.
    std::vector<std::pair<std::string, std::string>> attributes;
    /// Sent once it is made: settings that make its limits small enough to be reached.
    std::vector<operation> prepare;
};

/// Where an answer tells how much of a limit is used. Places are JSON pointers, or
/// "header X-RateLimit-Remaining"; empty where the target does not tell.
struct quota_reading {
    /// The request that tells it; none: each answer of what uses the quota up does.
    std::string operation;
    std::string used;
    std::string limit;
    std::string remaining;
    std::string percent;

    bool tells() const noexcept { return !used.empty() || !remaining.empty(); }
};

/// A limit on what one tenant may make, or on how much it may ask.
struct quota {
    std::string name;
    /// "users.create": creations count. Any other operation: requests count, and so do those of
    /// the further ones.
    std::vector<std::string> consume;
    template_text limit;
    tenant_shape tenant;
    /// What is used before the probe begins; nothing if neither this nor a reading says.
    std::optional<std::uint64_t> already;
    quota_reading reading;
    std::vector<status_range> refused{{429, 429}};
    /// Where a refusal says what is used up, and how; empty: not promised.
    std::string says_at;
    std::string says;
    bool tells_retry_after = false;
    source_place place;
};

/// What each plan allows: a request that tenants of some plans may send and all others may not.
struct plan_feature {
    std::string name;
    operation request;
    std::vector<std::string> plans;
    std::vector<status_range> refused{{402, 404}, {413, 413}, {422, 422}};
    source_place place;
};

/// A number that an answer holds for tenants of a plan.
struct plan_limit {
    std::string name;
    operation request;
    std::string at;
    std::map<std::string, std::int64_t> by_plan;
    source_place place;
};

/// The way from one plan to another.
struct plan_change {
    operation request;
    std::string from;
    std::string to;
};

struct plan_promises {
    std::vector<plan_feature> features;
    std::vector<plan_limit> limits;
    std::optional<plan_change> change;

    bool empty() const noexcept { return features.empty() && limits.empty(); }
};

/// What an audit log records, and for whom.
struct audit_promise {
    /// The operation that lists it.
    std::string list;
    /// Operations whose success leaves an entry.
    std::vector<std::string> records;
    /// Which refused attempts on another tenant leave an entry in the log of who made them: by an
    /// identity channel that names the other, by a path that does.
    bool records_identity = false;
    bool records_path = false;
    source_place place;
};

/// A figure of a usage page that can be compared with what was done.
struct usage_figure {
    std::string name;
    std::string operation;
    /// Where it stands in the answer.
    std::string at;
    /// "requests", or the resource whose objects it counts.
    std::string counts;
    source_place place;
};

/// A tenant's subscription to what happens in it: the target delivers it to a URL.
struct webhook {
    std::string name;
    /// Names the URL by {sink.url}. What it captures may stand in `remove`.
    operation subscribe;
    std::optional<operation> remove;
    /// The resource whose creations are delivered.
    std::string follows;
    /// How long a delivery may take.
    std::chrono::nanoseconds within{};
    /// A delivery that was answered by an error is sent again, within the same time.
    bool retries = false;
    source_place place;
};

/// A file of the target's to which requests leave lines.
struct log_file {
    std::string name;
    std::string file;
    /// Where a line names its tenant: a JSON pointer, or a regular expression whose first group
    /// does.
    std::string tenant_at;
    /// How it names it.
    template_text tenant;
    /// How long a line may take.
    std::chrono::nanoseconds within{};
    source_place place;
};

/// One tenant's data, put aside and brought back.
struct backup_promise {
    /// What it captures may stand in `restore`.
    operation take;
    operation restore;
    source_place place;
};

/// Work that the target does for all tenants in turn.
struct sweep {
    std::string name;
    /// Sets it going.
    operation run;
    /// The operation in whose list it leaves something for each tenant.
    std::string leaves_in;
    source_place place;
};

/// What the target promises beyond its operations: limits, plans, records.
struct promises {
    std::vector<quota> quotas;
    plan_promises plans;
    std::optional<audit_promise> audit;
    std::vector<usage_figure> usage;
    std::vector<webhook> webhooks;
    std::vector<log_file> logs;
    std::optional<backup_promise> backup;
    std::vector<sweep> sweeps;
    /// Opens a session in the name of the user that {user.*} names; captures what of the user the
    /// log-in would have captured.
    std::optional<operation> impersonate;
};

} // namespace watertight::target
