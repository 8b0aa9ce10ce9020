#pragma once

#include "harness/evidence/finding.hpp"
#include "harness/evidence/ledger.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/evidence/redaction.hpp"
#include "harness/traffic/request_source.hpp"

#include <string>
#include <string_view>

namespace watertight::traffic {

/// One exchange at the moment it was seen. Points into the connection's buffers.
struct observed {
    target::model const& model;
    target::population const& tenants;
    intent const& what;
    target::actor const& who;
    std::string_view request;
    std::string_view head;
    std::string_view body;
    /// Other requests under way on the same core.
    std::size_t in_flight = 0;
    evidence::redactor const& secrets;
};

/// Who the request acts as, for sharing rules: "user", "admin", ...
std::string_view role_of(observed const& x) noexcept;
/// What the request concerns, for sharing rules: the resource, or the operation's name.
std::string_view subject_of(intent const& i) noexcept;

/// Another tenant's token in an answer.
/// @param full  with exchange and reproduction; without them it only counts, at a fraction of the
///              cost.
evidence::finding leak(observed const& x, evidence::sighting const& seen, bool in_head, bool full);

/// A tenant's own object that is not as its writes left it: lost, altered or, though removed,
/// there.
/// @pre x.what.object is set.
evidence::finding violated(observed const& x, evidence::read_judgement j);

/// At most `bytes_max` of `text` around [at, at + length), with marks where it is cut.
std::string excerpt(std::string_view text, std::size_t at, std::size_t bytes_max);

} // namespace watertight::traffic
