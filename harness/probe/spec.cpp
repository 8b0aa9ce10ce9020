#include "harness/probe/spec.hpp"

namespace watertight::probe {

std::string_view to_string(layer l)
{
    switch (l) {
    case layer::api:
        return "api";
    case layer::identity:
        return "identity";
    case layer::token:
        return "token";
    case layer::cache:
        return "cache";
    case layer::postgres:
        return "postgres";
    case layer::mongo:
        return "mongo";
    case layer::files:
        return "files";
    case layer::quota:
        return "quota";
    case layer::lifecycle:
        return "lifecycle";
    case layer::interference:
        return "interference";
    case layer::performance:
        return "performance";
    case layer::audit:
        return "audit";
    }
    return "unknown";
}

} // namespace watertight::probe
