#pragma once

#include "harness/base/error.hpp"
#include "harness/stores/postgres.hpp"

#include <libpq-fe.h>

#include <memory>
#include <string>
#include <string_view>

namespace watertight::stores {

using pg_result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// The rows of a statement that succeeded.
postgres_rows rows_of(PGresult const* answer);

/// The failure of a statement that did not; `where` begins its sentence.
failure failure_of(PGresult const* answer, std::string const& where);

/// Why no connection could be made. @param text  libpq's message at verbose verbosity.
failure connect_failure_of(std::string_view text, bool wants_password, std::string const& where);

/// "postgres host:port/database as user". @param named  the host, or hosts, that the caller named;
/// empty for libpq's own choice.
std::string describe(PGconn const* handle, std::string_view named);

} // namespace watertight::stores
