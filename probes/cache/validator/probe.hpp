#pragma once

#include "harness/probe/http_cache.hpp"

#include <string>
#include <vector>

namespace watertight::probes::cache::validator {

/// A validator of the owner's answer, and the request header that asks with it.
struct condition {
    /// "If-None-Match".
    std::string header{};
    std::string value{};
};

/// The validators that an answer has: its ETag, its Last-Modified.
std::vector<condition> conditions_of(probe::exchange const& e);

struct trial {
    tenant_index victim{};
    condition asked{};
    probe::exchange control{};
    /// The owner asks again with it: 304 where the target knows conditions.
    probe::exchange owners{};
    /// The intruder without it, with it, and with it for what nobody has.
    probe::exchange plain{};
    probe::exchange hostile{};
    probe::exchange absent{};
    std::string_view way{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::cache::validator
