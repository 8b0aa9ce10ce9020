#include "scenarios/lab/core/documents.hpp"

#include <chrono>

namespace watertight::lab {

using namespace std::chrono_literals;

static constexpr auto connect_budget = 15s;

static asio::awaitable<result<stores::mongo>> open(asio::any_io_executor core, std::string url)
{
    return stores::mongo::connect(std::move(core), std::move(url), connect_budget);
}

documents::documents(asio::any_io_executor core, std::string url, std::size_t connections_max)
    : pool_(core, connections_max, [core, url] { return open(core, url); })
{
}

asio::awaitable<documents::mongo_pool::lease> documents::borrow()
{
    auto lease = co_await pool_.acquire();
    if (!lease) throw store_error{lease.error()};
    co_return std::move(*lease);
}

asio::awaitable<std::optional<document>> documents::find_one(mongo_place at, mongo_query q)
{
    auto const connection = co_await borrow();
    auto found = co_await connection->find_one(std::move(at), std::move(q));
    if (!found) throw store_error{found.error()};
    co_return std::move(*found);
}

asio::awaitable<std::vector<document>>
documents::find(mongo_place at, mongo_query q, std::size_t documents_max)
{
    auto const connection = co_await borrow();
    auto cursor = co_await connection->find(std::move(at), std::move(q));
    if (!cursor) throw store_error{cursor.error()};
    std::vector<document> out;
    while (true) {
        auto const batch = co_await cursor->next();
        if (!batch) throw store_error{batch.error()};
        if (batch->empty()) co_return out;
        for (auto const& text : *batch) out.push_back(document::parse(text));
        if (out.size() > documents_max) {
            throw store_error{failure{errc::exhausted, "a collection is too large to list", {}}};
        }
    }
}

asio::awaitable<void> documents::insert(mongo_place at, document one)
{
    auto const connection = co_await borrow();
    std::vector<document> all;
    all.push_back(std::move(one));
    auto const done = co_await connection->insert(std::move(at), std::move(all));
    if (!done) throw store_error{done.error()};
}

asio::awaitable<mongo_changed> documents::update(mongo_place at, mongo_change change)
{
    auto const connection = co_await borrow();
    auto done = co_await connection->update(std::move(at), std::move(change));
    if (!done) throw store_error{done.error()};
    co_return *done;
}

asio::awaitable<std::uint64_t> documents::remove(mongo_place at, document filter, bool many)
{
    auto const connection = co_await borrow();
    auto const done = co_await connection->remove(std::move(at), std::move(filter), many);
    if (!done) throw store_error{done.error()};
    co_return *done;
}

asio::awaitable<std::uint64_t> documents::count(mongo_place at, document filter)
{
    auto const connection = co_await borrow();
    auto const n = co_await connection->count(std::move(at), std::move(filter));
    if (!n) throw store_error{n.error()};
    co_return *n;
}

asio::awaitable<document> documents::command(std::string database, document words)
{
    auto const connection = co_await borrow();
    auto reply = co_await connection->command(std::move(database), std::move(words));
    if (!reply) throw store_error{reply.error()};
    co_return std::move(*reply);
}

} // namespace watertight::lab
