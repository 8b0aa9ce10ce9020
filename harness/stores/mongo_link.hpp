#pragma once

#include "harness/base/error.hpp"
#include "harness/stores/mongo.hpp"
#include "harness/stores/mongo_address.hpp"

#include <mongoc/mongoc.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace watertight::stores {

/// One libmongoc client. Everything here blocks and belongs on a thread that may. Calls from
/// several threads take turns: one that its caller gave up may still be under way when the next
/// comes.
class mongo_link {
public:
    /// Connects, logs in and asks once.
    static result<std::shared_ptr<mongo_link>>
    open(mongo_address const& address, std::chrono::milliseconds budget);

    mongo_link(mongo_link const&) = delete;
    mongo_link& operator=(mongo_link const&) = delete;
    ~mongo_link();

    /// Sends a command; what it reports of single writes counts as a failure.
    result<mongo_document> command(std::string const& database, mongo_document const& words);
    result<std::vector<std::string>> databases();
    /// @param type  what listCollections says of them: "view", or a condition.
    result<std::vector<std::string>>
    collections(std::string const& database, mongo_document const& type);

    failure failed(bson_error_t const& error) const;
    /// Whoever uses the client, or what was made from it, holds its turn meanwhile.
    std::unique_lock<std::mutex> turn() { return std::unique_lock{turn_}; }
    mongoc_client_t* client() const noexcept { return client_; }

private:
    mongo_link(mongoc_client_t* client, std::string where);

    mongoc_client_t* client_;
    std::string where_;
    std::mutex turn_;
};

/// The answer to a `find`, read in batches; keeps its client alive.
class mongo_reading {
public:
    static result<std::shared_ptr<mongo_reading>>
    begin(std::shared_ptr<mongo_link> const& link, mongo_place const& at, mongo_query const& q);

    mongo_reading(mongo_reading const&) = delete;
    mongo_reading& operator=(mongo_reading const&) = delete;
    ~mongo_reading();

    /// At most as many documents as a batch holds; none at the end.
    result<std::vector<std::string>> next();

private:
    mongo_reading(std::shared_ptr<mongo_link> link, mongoc_collection_t* from);

    std::shared_ptr<mongo_link> link_;
    mongoc_collection_t* from_;
    mongoc_cursor_t* cursor_ = nullptr;
    std::size_t documents_max_ = 0;
    bool exact_ = false;
    bool ended_ = false;
};

} // namespace watertight::stores
