#pragma once

#include "scenarios/lab/core/body.hpp"
#include "scenarios/lab/zoptal/call.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab::zoptal {

using nlohmann::json;

asio::awaitable<response> admit(call& c, endpoint to);
asio::awaitable<response> authorise(call& c);

// One file a subject.
void add_auth(routes& to);
void add_tenants(routes& to);
void add_projects(routes& to);
void add_users(routes& to);
void add_files(routes& to);
void add_operations(routes& to);
void add_original(routes& to);
void add_migration(routes& to);

// What the default host's requests come to in either release.
asio::awaitable<response> health(call& c);
asio::awaitable<response> list_projects(call& c);
asio::awaitable<response> create_project(call& c);
asio::awaitable<response> get_project(call& c);
asio::awaitable<response> change_project(call& c);
/// Answers a request to the default host by `run` or its counterpart, whichever release is on;
/// waits while the data is moved from one to the other. @throws refusal 404.
asio::awaitable<response> serve_default(call& c, handler run);

/// A document as the API shows it: `id` for `_id`, without what is the service's own business.
json shown(mongo_document const& from);

/// The tenant's documents of a kind, newest first, those with ?q= in their name; as a page.
asio::awaitable<response> list_records(call& c, std::string_view kind);
/// The tenant's document of this id. @throws refusal 404.
asio::awaitable<mongo_document> read_record(call& c, std::string_view kind, std::string id);
/// Stores a new document with id, tenant and time. @throws store_error.
asio::awaitable<mongo_document>
create_record(call& c, std::string_view kind, mongo_document fields);
/// Changes fields of the tenant's document. @throws refusal 404. @return it as it is now.
asio::awaitable<mongo_document>
change_record(call& c, std::string_view kind, std::string id, mongo_document fields);
/// @throws refusal 404.
asio::awaitable<void> remove_record(call& c, std::string_view kind, std::string id);

/// Takes one, or so much, of what the plan allows. @throws refusal 402 if nothing is left.
asio::awaitable<void>
take_of_plan(call& c, std::string_view what, std::uint64_t limit, std::uint64_t amount = 1);
asio::awaitable<void> give_back(call& c, std::string_view what, std::uint64_t amount = 1);

/// @throws refusal for a first user that could not be made.
void check_first_admin(nlohmann::json const& admin);
/// The first user of a tenant, its administrator. @return the id.
asio::awaitable<std::string> create_first_admin(core_state& core, tenant const& t, json admin);

/// Makes the tenant's own account in Redis: it reads the tenant's keys and hears its channels.
/// @return {"user": ..., "password": ...}.
asio::awaitable<json> open_cache_account(core_state& core, tenant const& t);
asio::awaitable<void> close_cache_account(core_state& core, tenant const& t);
/// Tells the tenant's tools, on the channel of this name.
asio::awaitable<void> tell(call& c, std::string_view what, std::string text);
/// What the defects change of the server itself.
asio::awaitable<void> prepare_cache(cache& redis, fault_set const& faults);

/// Holds the original system's requests while its data is moved, and lets them go on.
class hold {
public:
    explicit hold(process_state& process) : process_{process} { process_.is_held = true; }
    hold(hold const&) = delete;
    hold& operator=(hold const&) = delete;
    ~hold() { process_.is_held = false; }

private:
    process_state& process_;
};

} // namespace watertight::lab::zoptal
