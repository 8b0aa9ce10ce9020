#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/stores/mongo.hpp"

#include <string>
#include <vector>

namespace watertight::drill {

/// The same for MongoDB: collections instead of tables, documents instead of rows. They are read
/// one after the other, not in one snapshot, so nothing should write meanwhile.
///
/// @param database     one alone; empty: all but the server's own.
/// @param collections  as "database.collection"; empty: all.
asio::awaitable<result<contents>>
take_contents(stores::mongo& db, std::string database, std::vector<std::string> collections);

} // namespace watertight::drill
