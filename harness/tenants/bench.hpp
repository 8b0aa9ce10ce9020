#pragma once

#include "harness/target/exchange.hpp"
#include "harness/tenants/intents.hpp"
#include "harness/tenants/provision.hpp"
#include "harness/tenants/sql.hpp"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::tenants {

/// A workshop with what one call works with besides: connections, intents, what was noted.
struct bench {
    explicit bench(workshop& of) : w{of}, stores{of.store_urls}, intents{of.log} {}

    workshop& w;
    store_pool stores;
    intent_queue intents;
    /// Secrets that the redactor was told already.
    std::set<std::string, std::less<>> told;
    /// Existing tenants whose users came with them: none is made.
    std::set<target::tenant const*> with_users;
};

/// Why something could not be made or removed; nothing if it could.
using setback = std::optional<provisioning_failure>;

/// True for names whose values must not be shown or journaled: token, password, api_key, ...
bool is_secret_name(std::string_view name);

/// Tells redactor and identifier index of one attribute, by its name.
/// @param resource  what an id identifies: "tenants", "users", or a resource.
void note_value(
    bench& b,
    std::pair<std::string, std::string> const& attribute,
    evidence::owner who,
    std::string_view resource
);

/// Tells the identifier index what the tenant's users are called: their addresses and names are
/// nobody else's to see. Not the first one, where there are others: whoever acts may stand in the
/// logs of those acted upon. What two tenants' users are called is nobody's.
void note_names(bench& b, target::tenant const& t);

/// Whom captured values belong to: names beginning with "tenant." go to `tenant`, with "user." to
/// `user`, all others to `own`.
struct recipients {
    target::tenant* tenant = nullptr;
    target::actor* user = nullptr;
    target::values* own = nullptr;
    evidence::owner who;
    /// What an own id identifies.
    std::string_view resource;
};

void distribute(bench& b, target::values const& captured, recipients const& to);

/// Runs the captures of `op` over a creation's answer and hands them out. Without a capture named
/// id, takes the id from where conventions put it and says so once.
result<void> take_captures(
    bench& b, target::operation const& op, net::http_response const& answer, recipients const& to
);

/// The report of an exchange that failed, redacted and cut to a readable length.
provisioning_failure report_of(
    bench const& b, target::tenant const& t, target::exchange const& x, std::string_view what
);
provisioning_failure
report_of(bench const& b, target::tenant const& t, failure const& error, std::string_view what);

/// What the journal keeps of a tenant, a user or an object: all but secrets.
journal_entry entry_of(target::tenant const& t);
journal_entry entry_of(target::tenant const& t, target::actor const& a);
journal_entry entry_of(target::tenant const& t, target::object const& o);

/// True if removing the tenant removes all that is in it.
bool goes_with_tenant(plan const& how, target::tenant const& t);

/// The scope in which a tenant's own templates are rendered.
target::scope scope_of(
    workshop const& w,
    target::tenant const& t,
    target::actor const* a = nullptr,
    target::object const* o = nullptr
);

/// One step of work on one tenant.
using tenant_step = asio::awaitable<std::vector<provisioning_failure>> (*)(bench&, target::tenant&);

struct phase {
    std::string_view name;
    tenant_step step;
    on_failure policy = on_failure::go_on;
};

/// Carries a step out on many tenants, `plan::concurrency` at a time, and displays how it goes.
asio::awaitable<std::vector<provisioning_failure>>
for_each_tenant(bench& b, std::vector<target::tenant*> todo, phase what);

} // namespace watertight::tenants
