#pragma once

#include "harness/base/error.hpp"
#include "harness/net/asio.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace watertight::stores {

/// A document or a command in MongoDB's extended JSON. Its fields keep their order, for a command's
/// first field is its name.
using mongo_document = nlohmann::ordered_json;

/// A collection of a database.
struct mongo_place {
    std::string database{};
    std::string collection{};
};

struct mongo_query {
    mongo_document filter = mongo_document::object();
    /// Fields to return; empty: all.
    mongo_document projection = mongo_document::object();
    mongo_document sort = mongo_document::object();
    /// 0: no limit.
    std::int64_t limit = 0;
    /// Documents a batch.
    std::uint32_t batch = 500;
    /// Canonical extended JSON, from which the very same document can be made again; otherwise the
    /// relaxed form, in which numbers look like numbers.
    bool exact = false;
};

struct mongo_change {
    /// Documents that match this ...
    mongo_document filter = mongo_document::object();
    /// ... are replaced by this, or changed by its operators ($set, ...).
    mongo_document change{};
    bool many = false;
    bool upsert = false;
};

struct mongo_changed {
    std::uint64_t matched = 0;
    std::uint64_t modified = 0;
    /// Documents that an upsert made.
    std::uint64_t upserted = 0;
};

class mongo_link;
class mongo_reading;

/// The answer to a `find`: extended JSON, a batch at a time, so that memory stays bounded whatever
/// the collection's size. It may outlive its `mongo`.
class mongo_cursor {
public:
    mongo_cursor(mongo_cursor&&) noexcept;
    mongo_cursor& operator=(mongo_cursor&&) noexcept;
    ~mongo_cursor();

    /// @return the next batch as texts; empty at the end.
    asio::awaitable<result<std::vector<std::string>>>
    next(std::chrono::nanoseconds budget = std::chrono::seconds{20});

private:
    friend class mongo;
    explicit mongo_cursor(std::shared_ptr<mongo_reading> r) noexcept;
    std::shared_ptr<mongo_reading> reading_;
};

/// One MongoDB connection over libmongoc, whose blocking calls run on a few threads of their own.
///
/// One operation at a time, on one core. After `connection_lost` or `deadline_exceeded`, and after
/// a cancelled operation, the connection is gone; `reconnect` makes it anew. An operation that was
/// given up may still take effect. Failures carry the server's error code in `detail` ("11000");
/// messages hold no password.
class mongo {
public:
    /// @param url  mongodb://user:password@host:port/?options. One server: see mongo_address.
    /// @return `unreachable`, `unauthorised`, `malformed` or `deadline_exceeded`, with a sentence
    ///         that names host, port and user.
    static asio::awaitable<result<mongo>>
    connect(asio::any_io_executor core, std::string url, std::chrono::nanoseconds budget);

    mongo(mongo&&) noexcept;
    mongo& operator=(mongo&&) noexcept;
    ~mongo();

    static constexpr std::chrono::nanoseconds usual = std::chrono::seconds{20};

    /// Any command; the server's reply.
    asio::awaitable<result<mongo_document>>
    command(std::string database, mongo_document words, std::chrono::nanoseconds budget = usual);

    asio::awaitable<result<mongo_cursor>>
    find(mongo_place at, mongo_query q, std::chrono::nanoseconds budget = usual);
    /// The first document that `find` would return; nothing if there is none.
    asio::awaitable<result<std::optional<mongo_document>>>
    find_one(mongo_place at, mongo_query q, std::chrono::nanoseconds budget = usual);

    /// In portions, in order; stops at the first that is refused. @return how many were inserted.
    asio::awaitable<result<std::uint64_t>> insert(
        mongo_place at,
        std::vector<mongo_document> documents,
        std::chrono::nanoseconds budget = usual
    );
    asio::awaitable<result<mongo_changed>>
    update(mongo_place at, mongo_change change, std::chrono::nanoseconds budget = usual);
    /// @param many  false: one at most. @return how many were deleted.
    asio::awaitable<result<std::uint64_t>> remove(
        mongo_place at,
        mongo_document filter,
        bool many = true,
        std::chrono::nanoseconds budget = usual
    );
    asio::awaitable<result<std::uint64_t>>
    count(mongo_place at, mongo_document filter, std::chrono::nanoseconds budget = usual);
    asio::awaitable<result<std::vector<mongo_document>>> distinct(
        mongo_place at,
        std::string field,
        mongo_document filter,
        std::chrono::nanoseconds budget = usual
    );

    /// Sorted, without the server's own (admin, config, local).
    asio::awaitable<result<std::vector<std::string>>>
    databases(std::chrono::nanoseconds budget = usual);
    /// Sorted, without the server's own (system.*) and without views, which hold nothing
    /// themselves.
    asio::awaitable<result<std::vector<std::string>>>
    collections(std::string database, std::chrono::nanoseconds budget = usual);
    asio::awaitable<result<std::vector<std::string>>>
    views(std::string database, std::chrono::nanoseconds budget = usual);
    /// A collection that does not exist is no failure.
    asio::awaitable<result<void>> drop(mongo_place at, std::chrono::nanoseconds budget = usual);
    asio::awaitable<result<void>>
    drop_database(std::string database, std::chrono::nanoseconds budget = usual);

    asio::awaitable<result<void>> reconnect(std::chrono::nanoseconds budget);
    bool is_open() const noexcept;
    /// "mongodb host:port as user", for messages.
    std::string const& where() const noexcept;

private:
    struct state;
    explicit mongo(std::unique_ptr<state> s) noexcept;
    std::unique_ptr<state> state_;
};

} // namespace watertight::stores
