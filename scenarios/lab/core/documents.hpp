#pragma once

#include "harness/stores/mongo.hpp"
#include "scenarios/lab/core/database.hpp"
#include "scenarios/lab/core/pool.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

using document = stores::mongo_document;
using stores::mongo_change;
using stores::mongo_changed;
using stores::mongo_place;
using stores::mongo_query;

/// The error code of a unique index that refuses a document, in `store_error::detail`.
constexpr char const* duplicate_key = "11000";

/// MongoDB as one core sees it: a small pool; failures throw `store_error`.
class documents {
public:
    documents(asio::any_io_executor core, std::string url, std::size_t connections_max);

    asio::awaitable<std::optional<document>> find_one(mongo_place at, mongo_query q);
    /// @throws store_error where there are more than `documents_max`.
    asio::awaitable<std::vector<document>>
    find(mongo_place at, mongo_query q, std::size_t documents_max = 10'000);
    asio::awaitable<void> insert(mongo_place at, document one);
    asio::awaitable<mongo_changed> update(mongo_place at, mongo_change change);
    asio::awaitable<std::uint64_t> remove(mongo_place at, document filter, bool many = false);
    asio::awaitable<std::uint64_t> count(mongo_place at, document filter);
    asio::awaitable<document> command(std::string database, document words);

private:
    using mongo_pool = pool<stores::mongo>;
    asio::awaitable<mongo_pool::lease> borrow();

    mongo_pool pool_;
};

} // namespace watertight::lab
