#pragma once

#include "harness/drill/fingerprint.hpp"
#include "harness/stores/mongo.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// Of which database and which collections, and what names the tenant.
struct mongo_fingerprint_options {
    /// One alone; empty: all but the server's own.
    std::string database{};
    /// As "database.collection"; empty: all.
    std::vector<std::string> collections{};
    /// The field that names the tenant, with dots for a nested one; empty: found by convention.
    std::string tenant_field{};
    narrowed only{};
    /// Whether the text of a document shows that the drill's traffic wrote it; may be empty.
    std::function<bool(std::string_view)> is_own{};
};

/// The same for MongoDB: collections instead of tables, documents instead of rows. They are read
/// one after the other, not in one snapshot, so nothing should write meanwhile.
asio::awaitable<result<contents>> take_contents(stores::mongo& db, mongo_fingerprint_options o);

/// What the document's tenant field holds, as text; nothing if it is absent or null. `field` with
/// dots leads to nested ones; the document is canonical extended JSON.
tenant_value tenant_of(stores::mongo_document const& document, std::string const& field);

/// The first field of the document by whose name one calls a tenant; empty: none.
std::string tenant_field_of(stores::mongo_document const& document);

} // namespace watertight::drill
