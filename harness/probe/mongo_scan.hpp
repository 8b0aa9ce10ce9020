#pragma once

#include "harness/probe/context.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace watertight::probe {

/// "database.collection".
std::string display(stores::mongo_place const& at);

/// Every collection of the live catalogue, except those that the scenario excludes and the
/// server's own; of one database alone if the store's URL names one.
asio::awaitable<result<std::vector<stores::mongo_place>>>
list_collections(stores::mongo& db, target::mongo_store const& store);

/// Whose database or collection one is, by the scenario's patterns, filled in once.
class mongo_homes {
public:
    explicit mongo_homes(context& ctx);

    /// Empty: nobody's own, so that the documents themselves must say whose they are.
    std::set<tenant_index> owners_of(stores::mongo_place const& at) const;

private:
    struct home {
        std::string pattern;
        tenant_index whose;
    };
    std::vector<home> databases_;
    std::vector<home> collections_;
};

/// What the store's tenant field holds for this tenant.
std::string stored_mongo_value(context& ctx, tenant_index t);

/// What a document's field holds, as a URL would show it, each of an array's elements; nothing if
/// it is absent or null. Dots in the name lead to nested fields.
std::vector<std::string> field_texts(stores::mongo_document const& document, std::string_view name);

/// A collection's documents that carry canaries, grouped: memory does not grow with their number.
struct marked_documents {
    struct group {
        /// One of its tokens, and the _id of the document where it stood.
        evidence::sighting token{};
        std::string id{};
        std::uint64_t count = 0;
    };

    /// Documents read.
    std::uint64_t read = 0;
    /// Of a collection too large to be read whole: what was. Empty: all of it.
    std::string bound{};
    /// By what the tenant field holds (nothing: it is missing), and by the canary's tenant. Where
    /// the scenario names no field: by the slug or id of a tenant that stands in the document.
    std::map<std::pair<std::optional<std::string>, tenant_index>, group> groups{};
};

/// Reads the collection in batches and searches each document for canaries. Of one with more than
/// two million documents the first are read, those that name a tenant of the run or none, and the
/// newest.
asio::awaitable<result<marked_documents>>
find_marked(context& ctx, stores::mongo& db, stores::mongo_place at);

} // namespace watertight::probe
