#pragma once

#include "harness/probe/read_back.hpp"

namespace watertight::probes::api::alternate_route {

/// A way to an operation that the scenario does not describe, derived by convention from one that
/// it does: the same place under another version, spelt in another way, by another verb.
struct route {
    /// "version 2", "a slash at the end", for people.
    std::string how{};
    /// Makes its target of the described one; nothing where it would be the same. `pattern` has
    /// the slots of its segments.
    std::optional<std::string> (*change
    )(std::string_view target, std::string_view pattern) = nullptr;
    /// Replaces the verb; the header or parameter then says the described one.
    std::string method{};
    std::string verb_header{};
    std::string verb_parameter{};
    /// Says the target, while the request goes to "/".
    std::string target_header{};
    /// A read is asked for with it, at its own address: what asks for a part, or for another form,
    /// may be served by another piece of code.
    std::string header{};
    std::string header_value{};
};

/// All derived routes to an operation of this verb.
std::vector<route> const& routes();

/// The place of the last segment of a path pattern that is no slot, counted from the end.
std::size_t name_place(std::string_view path_pattern);

/// What the route changes in a request to `target`; nothing where it is no other route.
std::optional<target::overrides>
changes_for(route const& by, target::operation const& op, std::string_view target);

/// "GET /api/v2/users/{id}", "POST /users/{id} (X-HTTP-Method-Override: DELETE)".
std::string channel_of(route const& by, target::operation const& op);

/// A read by a derived route: by the owner, which shows that it is there, and by the intruder.
struct read_trial {
    std::string how{};
    std::string_view way{};
    probe::exchange control{};
    probe::exchange hostile{};
};

/// HEAD for a foreign object, and for one that nobody has, before and after.
struct head_trial {
    probe::exchange control{};
    probe::exchange hostile{};
    probe::exchange absent{};
    probe::exchange absent_again{};
    /// Whether the intruder's GET shows the object, by a rule of the scenario or not: then HEAD
    /// tells nothing more.
    bool is_open = false;
};

/// A write by a derived route that works for the owner, and the owner's view after it.
struct write_trial {
    std::string how{};
    std::string_view way{};
    /// The intruder's canary; a removal carries none.
    probe::marks planted{};
    bool removes = false;
    probe::exchange before{};
    probe::exchange hostile{};
    std::vector<probe::exchange> after{};
};

/// Derived routes were looked for from this operation; without its own answer that proves nothing.
struct survey {
    probe::exchange plain{};
    /// Whether it showed, or did, what it is for.
    bool works = false;
};

struct evidence_found {
    std::vector<survey> surveys{};
    std::vector<read_trial> reads{};
    std::vector<head_trial> heads{};
    std::vector<write_trial> writes{};
};

/// Whether the answer shows its asker a canary of their own.
bool shows_own(probe::exchange const& e);

probe::conclusion judge(evidence_found const& all);

/// The part of `run` that writes.
asio::awaitable<void> try_writes(probe::context& ctx, evidence_found& out);

probe::unit unit();

} // namespace watertight::probes::api::alternate_route
