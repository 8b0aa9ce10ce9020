#pragma once

#include "harness/base/progress.hpp"
#include "harness/evidence/canary.hpp"
#include "harness/evidence/ledger.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/net/http_client.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/target/population.hpp"
#include "harness/tenants/journal.hpp"
#include "harness/tenants/plan.hpp"

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace watertight::tenants {

/// A tenant (or an object) that could not be made, with what was sent and what came back, redacted.
struct provisioning_failure {
    std::string tenant;
    std::string what;
    std::string request;
    std::string response;
};

/// What provisioning works with and on. Everything outlives it.
struct workshop {
    target::model const& model;
    plan const& how;
    net::http_client& client;
    /// Store name ("postgres") to URL, for sql_step.
    std::map<std::string, std::string> const& store_urls;
    evidence::canary_mint const& mint;
    evidence::redactor& secrets;
    journal& log;
    progress& display;
    std::uint64_t seed = 0;

    target::population& made;
    evidence::ledger& history;
    evidence::identifier_index& identifiers;
    /// Lines that the display was told, for what each of many creations has to say again.
    std::set<std::string, std::less<>> told{};
};

/// Makes all tenants and their users, `concurrency` at a time, and logs the users in.
/// @return failures; with `on_failure::stop` the first one ends provisioning.
asio::awaitable<std::vector<provisioning_failure>> provision(workshop& w);

/// Creates each resource's objects with canaries, parents before children, and enters them into
/// ledger and identifier index.
asio::awaitable<std::vector<provisioning_failure>> populate(workshop& w);

/// Creates one more object of `r` for `who`; the object is in the population when it succeeded.
asio::awaitable<result<target::object*>>
create_object(workshop& w, target::resource const& r, target::tenant& where, target::actor& who);

/// A place in population and journal for an object whose creation the caller sends in a way of its
/// own, with the canary that stands there. Marked removed until `conclude_object` knows better.
asio::awaitable<target::object*>
announce_object(workshop& w, target::resource const& r, target::tenant& where, target::actor& who);

/// What became of an announced object. A null answer leaves open whether it was made; an answer
/// that the creation accepts and whose captures succeed makes it one that clean-up removes; where
/// the scenario captures from `read`, too, its creator reads it.
asio::awaitable<void> conclude_object(
    workshop& w,
    target::resource const& r,
    target::object& announced,
    net::http_response const* answer
);

/// What a further tenant is to be like.
struct further_tenant {
    /// Empty: as the mix has it.
    std::string plan{};
    /// In place of what `tenants.attributes` gives.
    std::vector<std::pair<std::string, std::string>> attributes{};
    /// In place of the scenario's: for one that takes another's place.
    std::string slug{};
    /// At most so many users of the role that makes up the number.
    std::size_t last_role_max = std::numeric_limits<std::size_t>::max();
};

/// One more tenant with its users, for probes that destroy theirs. Journaled like the others.
asio::awaitable<result<target::tenant*>> provision_extra(workshop& w, further_tenant like);
asio::awaitable<result<target::tenant*>> provision_extra(workshop& w);

/// A tenant that the caller is about to ask for in a way of its own: drafted, in the journal, and
/// not ready, so that nothing else takes it for one of the run's. Null where the scenario makes no
/// tenants by a request.
asio::awaitable<target::tenant*> announce_tenant(workshop& w);

/// What became of an announced tenant. A refusal means that it is not there; an answer that the
/// creation accepts has its captures kept; whatever else leaves it to clean-up.
/// @return whether the answer was that of a creation, with what is to be captured from it.
bool conclude_tenant(workshop& w, target::tenant& announced, net::http_response const* answer);

/// True if removing this tenant removes all that is in it.
bool goes_with_tenant(workshop const& w, tenant_index t);

/// Removes one tenant (API, SQL or command), as the scenario says; a tenant without a way to be
/// removed has its objects removed one by one.
asio::awaitable<result<void>> remove_tenant(workshop& w, target::tenant& t);

/// Puts what a journal says is left into an empty population, with users as the plan would have
/// made them, so that `remove_all` can remove it.
void restore(workshop& w, journal::leftovers const& left);

/// Removes everything that is left. @return what could not be removed; if nothing, the caller ends
/// the journal with `finish`.
asio::awaitable<std::vector<provisioning_failure>> remove_all(workshop& w);

} // namespace watertight::tenants
