#pragma once

#include "harness/probe/exchange.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::probe {

/// A URL that an answer gave, as it can be asked for.
struct link {
    /// "host:port" of an absolute one; empty: the target's own.
    std::string host{};
    /// Path and query.
    std::string target{};
};

/// The values of a JSON body, a page's href and src, and a Location header that are URLs: absolute
/// ones, and paths from the root with two segments or more. Each once. None that ends a session.
std::vector<link> links_in(exchange const& e);

/// Whether whoever has the link must have been given it: something long and unguessable is left of
/// it when `known` (ids, names, and whatever else of the owner's gets around) is taken out, as it
/// is, in base 64 or hashed without a key.
bool is_capability(link const& l, std::vector<std::string> const& known);

/// Whether an answer shows its owner no canary, but a link with a secret in it: what that opens is
/// examined by itself, and there is nothing here that a leak could show. What the request said is
/// no secret.
bool gives_link_alone(exchange const& e);

/// Links that must not open if this one's secret is looked at: with all of it another of the same
/// form, and for each parameter that is called a signature with that one another or left out.
std::vector<link> without_secret(link const& l, std::vector<std::string> const& known);

/// The link to another object that whoever has this one can write: with the other's id for its own.
/// Nothing where the id does not stand in it by itself.
std::optional<link> with_other_id(link const& l, std::string_view own, std::string_view other);

} // namespace watertight::probe
