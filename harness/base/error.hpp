#pragma once

#include <boost/system/result.hpp>

#include <string>

namespace watertight {

/// What went wrong, for code that must choose what to do next.
///
/// A value exists only if some caller treats it differently from the others; everything else a
/// person might want to know is in `failure::message`.
enum class errc {
    /// The deadline passed. The operation may or may not have taken effect.
    deadline_exceeded = 1,
    /// The remote side refused the operation before doing anything. Definite.
    rejected,
    /// The connection broke. The operation may or may not have taken effect.
    connection_lost,
    /// No connection could be made (refused, unresolvable, TLS failure). Definite.
    unreachable,
    /// The credentials were refused. Definite.
    unauthorised,
    /// What was asked for does not exist. Definite.
    not_found,
    /// What came back, or what a person wrote, does not follow its grammar.
    malformed,
    /// The scenario does not allow it (a host outside `allow`). Nothing was sent. Definite.
    forbidden,
    /// A local resource ran out or could not be used (files, processes, memory limits).
    exhausted,
};

/// True if the operation certainly had no effect, so a retry cannot double it.
constexpr bool is_definite(errc e) noexcept
{
    return e != errc::deadline_exceeded && e != errc::connection_lost && e != errc::malformed;
}

/// An error as a value: what kind, and a sentence that names what and where.
struct failure {
    errc code{};
    /// For a person: no secrets, no trailing full stop.
    std::string message;
    /// Machine detail of the layer below: a SQLSTATE, a Redis error prefix. Often empty.
    std::string detail;
};

/// Either a value or the failure that prevented it; the caller deals with it on the next line.
template <class T>
using result = boost::system::result<T, failure>;

/// Lets `result::value()` throw something that reads well.
[[noreturn]] void throw_exception_from_error(failure const& f, boost::source_location const& where);

} // namespace watertight
