#pragma once

#include "harness/base/clock.hpp"
#include "harness/stores/mongo.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace watertight::drill {

/// A file that holds collections: each with its options and indexes, then its documents, in
/// canonical extended JSON, a line each.
struct document_copy {
    std::string file;
    /// One alone; empty: all but the server's own.
    std::string database{};
    /// As "database.collection"; empty: all.
    std::vector<std::string> collections{};
    /// When it is written back, the database that takes everything; empty: each its own.
    std::string into{};
    steady::time_point deadline{};
};

/// The file is readable by its owner alone. Collections are read one after the other, not in one
/// snapshot. @return how many documents were written.
asio::awaitable<result<std::uint64_t>> write_documents(stores::mongo& db, document_copy const& o);

/// Each collection of the file takes the place of the one that is there. A file that was cut off is
/// refused before anything is touched. @return how many documents were inserted.
asio::awaitable<result<std::uint64_t>> restore_documents(stores::mongo& db, document_copy const& o);

} // namespace watertight::drill
