#pragma once

#include "harness/target/model.hpp"

#include <string>
#include <vector>

namespace watertight::probe {

/// What the target calls a tenant, in the singular, as its own requests tell: the part of a path
/// before a tenant's slot ("/organizers/{tenant.slug}" is "organizer") and the names of its
/// identity channels ("X-Organizer-Id", too). Letters, digits and '_' only; each once.
std::vector<std::string> tenant_words(target::model const& m);

/// Names that parameters and members for a tenant may have: each word alone, and with an ending:
/// "organizer", "organizer_id", "organizerId", "organizer_slug".
std::vector<std::string> tenant_names(target::model const& m);

} // namespace watertight::probe
