#pragma once

#include <set>
#include <string>
#include <string_view>

namespace watertight::probe {

/// What the members of a text (JSON, or an entry of a stream, a line each) that are called after a
/// tenant hold: {"tenantId": "7"}, {"org": {"id": "7"}}.
std::set<std::string> tenant_labels_in(std::string_view text);

} // namespace watertight::probe
