#pragma once

#include <string>
#include <string_view>

namespace watertight::evidence {

/// `text` without what looks like a secret, whatever its value: JWTs, credentials in headers,
/// passwords in URLs, values of members and parameters that are named like secrets.
std::string redact_forms(std::string_view text);

} // namespace watertight::evidence
