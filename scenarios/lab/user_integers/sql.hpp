#pragma once

namespace watertight::lab::user_integers {

/// schema.sql and classic.sql, embedded by the build.
extern char const* const schema_sql;
extern char const* const classic_sql;

} // namespace watertight::lab::user_integers
