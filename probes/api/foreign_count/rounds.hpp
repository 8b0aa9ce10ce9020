#pragma once

#include "probes/api/foreign_count/probe.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::probes::api::foreign_count {

/// The numbers of an answer by place, and how much it lists.
std::map<std::string, std::int64_t> counts_in(probe::exchange const& e);

/// The intruder's views while the victim makes some objects of one resource: a trial per view.
asio::awaitable<void> look_beside_each(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    target::resource const& made_of,
    probe::tenant_pair pair,
    std::vector<trial>& out
);

/// The same with some objects of every resource, and one of each by the intruder: a view that is
/// kept until its owner writes is renewed by then, and so is one that takes as long as its `within`
/// says.
asio::awaitable<void> look_beside_all(
    probe::context& ctx,
    std::vector<probe::target_operation> const& reads,
    std::vector<target::resource const*> const& resources,
    probe::tenant_pair pair,
    std::vector<trial>& out
);

} // namespace watertight::probes::api::foreign_count
