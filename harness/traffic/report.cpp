#include "harness/traffic/report.hpp"

#include <numeric>

namespace watertight::traffic {

std::string_view to_string(error_kind e)
{
    switch (e) {
    case error_kind::connect:
        return "connect";
    case error_kind::timeout:
        return "timeout";
    case error_kind::reset:
        return "reset";
    case error_kind::malformed:
        return "malformed";
    case error_kind::redirect:
        return "redirect";
    case error_kind::status_4xx:
        return "status_4xx";
    case error_kind::status_5xx:
        return "status_5xx";
    case error_kind::throttled:
        return "throttled";
    }
    return "unknown";
}

std::uint64_t counts::failed() const noexcept
{
    return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
}

} // namespace watertight::traffic
