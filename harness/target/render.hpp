#pragma once

#include "harness/base/error.hpp"
#include "harness/net/http_client.hpp"
#include "harness/target/model.hpp"
#include "harness/target/population.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace watertight::target {

/// What a request's slots are filled from. Pointers may be null; they must outlive the rendering.
///
/// Slots: tenant.* (index, slug, name, plan, attributes), user.* (index, role, attributes), id and
/// object.* (attributes of `object_in_question`), parent.* , canary, canary.number, serial, run,
/// and `extra` by its own names, which wins over all others.
struct scope {
    tenant const* in_tenant = nullptr;
    actor const* as_actor = nullptr;
    /// Whose session the request is sent with, where that is another user of the tenant.
    actor const* sender = nullptr;
    object const* object_in_question = nullptr;
    object const* parent = nullptr;
    std::string_view canary{};
    std::uint64_t canary_number = 0;
    std::uint64_t serial = 0;
    std::string_view run_id{};
    values const* extra = nullptr;
};

std::optional<std::string_view>
find_value(scope const& s, std::string_view name, std::string& hold);

/// The name of a slot whose value is `text` itself, for texts made of slots alone.
std::string fixed_slot(std::string_view text);

/// Departures from how the scenario would send a request; what probes are made of.
struct overrides {
    /// Which identity channels to send: nothing means the defaults; names by index in
    /// model::identity, each with the value to give it (already rendered).
    std::optional<std::vector<std::pair<std::size_t, std::string>>> identity{};
    /// Replaces the user's credential headers; an empty vector sends none.
    std::optional<std::vector<std::pair<std::string, std::string>>> credentials{};
    std::optional<std::string> method{};
    /// Replaces the rendered request target: path with base path, and query; or in absolute form,
    /// "http://host/path", which changes nothing of where it is sent. Default query channels are
    /// appended unless it has them.
    std::optional<std::string> path{};
    /// Appended to the query, percent-encoded here.
    std::vector<std::pair<std::string, std::string>> query{};
    /// Put in place of all headers of the same name; the same name twice is sent twice.
    std::vector<std::pair<std::string, std::string>> headers{};
    /// Headers of the operation's own that are left out.
    std::vector<std::string> dropped{};
    /// Replaces the rendered body.
    std::optional<std::string> body{};
    std::optional<std::string> host{};
};

/// One request as bytes, and the parts that evidence and reproduction speak of.
struct rendered {
    net::http_request http;
    std::string method;
    /// The whole request target: base path, path and query.
    std::string path;
};

using header_list = std::vector<std::pair<std::string, std::string>>;

/// Renders `op` as it is sent for `s`: base path, default headers, identity channels, credentials
/// (per operation::as), body, Content-Length.
/// @return `malformed` naming the slot that has no value and the operation.
result<rendered>
render(model const& m, operation const& op, scope const& s, overrides const& o = {});

/// The headers (Cookie among them) by which `who` acts, as every request of theirs has them.
/// @return `malformed` naming what is missing, before they are logged in for instance.
result<header_list> credentials_of(model const& m, tenant const& where, actor const& who);

/// The same for one who is still logging in: without the headers that need what is yet to come.
header_list credentials_so_far(model const& m, tenant const& where, actor const& who);

/// Runs the captures of `op` over a response; a missing one is `malformed`, naming it.
result<values> run_captures(operation const& op, net::http_response const& response);

/// The strings at a JSON pointer's array, or whatever the pointer names: for ids in lists.
std::vector<std::string>
ids_in_list(operation const& list, std::string_view id_member, std::string_view body);

/// An id that was found without a capture, and where ("/data/id", "header Location").
struct learned_id {
    std::string id;
    std::string from;
};

/// The id in a creation's answer, where conventions put it: member id, _id or uuid at the top or
/// within "data", "item", "result" or the resource's singular; else what follows the collection in
/// Location's path, or its end where that is not the collection itself.
/// @param resource  its name.
std::optional<learned_id>
learn_id(net::http_response const& response, operation const& creation, std::string_view resource);

} // namespace watertight::target
