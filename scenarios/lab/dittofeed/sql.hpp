#pragma once

namespace watertight::lab::dittofeed {

/// schema.sql, embedded by the build.
extern char const* const schema_sql;

} // namespace watertight::lab::dittofeed
