#pragma once

#include "scenarios/lab/dittofeed/call.hpp"

#include <nlohmann/json_fwd.hpp>

namespace watertight::lab::dittofeed {

void add_auth(routes& to);
void add_workspaces(routes& to);
void add_resources(routes& to);
void add_exports(routes& to);
void add_live(routes& to);
void add_reports(routes& to);
void add_switches(routes& to);

/// Makes the exports that requests left, until it is cancelled.
asio::awaitable<void> work_on_exports(core_state& core);

/// Makes a member inside a transaction. @return the member's id.
asio::awaitable<std::string>
insert_member(transaction& tx, std::string workspace_id, nlohmann::json member, std::string role);

} // namespace watertight::lab::dittofeed
