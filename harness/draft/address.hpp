#pragma once

#include <string>
#include <string_view>

namespace watertight::draft {

/// "https://host:8443" of a URL, without name and password; empty if it is no http or https URL.
std::string origin_of(std::string_view url);

/// What comes behind the origin, without query and fragment: "/v1/users"; empty for none.
std::string_view path_of(std::string_view url);

/// "host", "[::1]" of an origin, without a port.
std::string_view host_of(std::string_view origin);

bool is_on_this_machine(std::string_view origin);

} // namespace watertight::draft
