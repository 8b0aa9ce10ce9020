#pragma once

#include "harness/probe/context.hpp"

#include <string>
#include <utility>
#include <vector>

namespace watertight::probe {

/// An operation and the resource that it belongs to; null for operations of none.
struct target_operation {
    target::resource const* of = nullptr;
    target::operation const* op = nullptr;
};

/// Sent by a tenant's own users, not by the platform or by nobody: what can cross tenants.
bool is_tenants_own(target::model const& m, target::operation const& op);

/// Changes nothing: a GET, or a POST whose name or path says that it only asks (search, report,
/// export, fetch, ...), or whose body does: a batch of requests that are GETs, a query of GraphQL.
bool is_read(target::operation const& op);

/// Whether path, headers or body name an attribute of the tenant: {tenant.id} and the like.
bool names_tenant(target::operation const& op);
/// Whether they name the object that the one in question lives under: {parent.id}.
bool names_parent(target::operation const& op);
/// The slots of path and body that tell one object from another: "id", "object.key".
std::vector<std::string> object_slots(target::operation const& op);
/// Takes what an object holds as its term, in query or body: {object.canary},
/// {object.canary.number}.
bool is_search(target::operation const& op);

/// Whether path, headers or body hold a canary of the write: {canary} or {canary.number}.
bool writes_canary(target::operation const& op);

/// Reads of one object: the read itself, every other read that names {id} or the object's parent.
/// Searches, shared resources and platform operations are left out.
std::vector<target_operation> object_reads(target::model const& m);

/// Whether it tells how far a job is and nothing that the job was given or made, which other reads
/// show: nothing of its owner's can stand in it.
bool tells_state_alone(target_operation const& read);

/// `object_reads` without those.
std::vector<target_operation> content_reads(target::model const& m);

/// Reads of what a tenant has: lists, and every other read that names no object; searches are left
/// out.
std::vector<target_operation> collection_reads(target::model const& m);

/// Reads that take a term: `is_search`.
std::vector<target_operation> searches(target::model const& m);

/// Resources with everything in `has` described, none of it the platform's own.
std::vector<target::resource const*> resources_with(
    target::model const& m,
    std::vector<std::optional<target::operation> target::resource::*> const& has
);

/// A template rendered with a tenant's values (and its first user's).
std::string render_for(context& ctx, target::template_text const& text, tenant_index t);

/// The default identity channels as this tenant fills them.
std::vector<std::pair<std::size_t, std::string>> identity_of(context& ctx, tenant_index t);

/// The first living object of the tenant, rotated by `turn` so that pairs do not all use one; null
/// if there is none.
target::object const*
pick_object(context& ctx, tenant_index t, target::resource const& r, std::size_t turn);

/// The object's parent; null if its resource has none.
target::object const* parent_of(context& ctx, target::object const& o);

/// Options for what concerns `o`.
request_options about(context& ctx, target::object const& o);

/// An identifier that looks like `id` and that nobody has: random where `id` is (hexadecimal
/// digits, letters), far beyond it where it is a number.
std::string absent_twin(std::string_view id, rng& random);

/// The canary that the object was created with.
marks marks_of(target::object const& o);

/// The object's id, or empty text.
std::string id_of(target::object const& o);

} // namespace watertight::probe
