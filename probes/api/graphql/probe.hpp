#pragma once

#include "harness/probe/reach.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probes::api::graphql {

/// Whether the request's JSON body holds a query of GraphQL.
bool is_query(target::operation const& op);

/// One way to ask for two objects at once.
struct variant {
    /// "under an alias", "in a batch".
    std::string how{};
    std::string body{};
};

/// A query for `own`, asking for `foreign` as well, by a second field under an alias. Nothing if
/// the query names no `own` that could be told from other values.
std::optional<std::string> with_alias(
    std::string_view body, std::string_view own, std::string_view foreign, bool foreign_first
);

/// All ways, in both orders. @param other  the same request for `foreign`.
std::vector<variant> variants(
    std::string_view body, std::string_view other, std::string_view own, std::string_view foreign
);

struct trial {
    tenant_index victim{};
    std::string how{};
    /// The intruder's query for its own object alone.
    probe::exchange control{};
    probe::exchange hostile{};
};

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::api::graphql
