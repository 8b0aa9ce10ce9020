#pragma once

#include "harness/net/wait_list.hpp"

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace watertight::lab {

/// Merges reads of the same key that overlap into one, so that a cache that expires does not send
/// everybody to the database. Lives on one core. The key must tell apart what answers differ by.
class merged_reads {
public:
    using read = std::function<asio::awaitable<std::string>()>;

    explicit merged_reads(asio::any_io_executor core) : core_(std::move(core)) {}

    /// What `what` gives, or what it is giving to somebody else; its exception likewise.
    asio::awaitable<std::string> run(std::string key, read what)
    {
        auto const at = flights_.find(key);
        if (at != flights_.end()) {
            auto const flight = at->second;
            while (!flight->has_landed) co_await flight->waiting.wait();
            if (flight->error) std::rethrow_exception(flight->error);
            co_return flight->value;
        }
        auto const flight = std::make_shared<one>(core_);
        flights_.emplace(key, flight);
        try {
            flight->value = co_await what();
        } catch (...) {
            flight->error = std::current_exception();
        }
        flights_.erase(key);
        flight->has_landed = true;
        flight->waiting.wake_all();
        if (flight->error) std::rethrow_exception(flight->error);
        co_return flight->value;
    }

private:
    struct one {
        explicit one(asio::any_io_executor core) : waiting(std::move(core)) {}

        std::string value;
        std::exception_ptr error;
        bool has_landed = false;
        net::wait_list waiting;
    };

    asio::any_io_executor core_;
    std::map<std::string, std::shared_ptr<one>> flights_;
};

/// Collects the ids that requests of the same moment ask for into one query. Lives on one core.
class batch_loader {
public:
    using found = std::map<std::string, std::string>;
    /// Ids to what was found of them, asked for as the one whose request came first.
    using load = std::function<asio::awaitable<found>(std::vector<std::string> ids)>;

    explicit batch_loader(asio::any_io_executor core) : core_(std::move(core)) {}

    /// @param how  used if this is the first request of its batch.
    asio::awaitable<std::optional<std::string>> get(std::string id, load how)
    {
        auto const leads = !open_;
        if (leads) open_ = std::make_shared<batch>(core_);
        auto const mine = open_;
        mine->ids.push_back(id);
        if (leads) co_await run(mine, std::move(how));
        while (!mine->is_loaded) co_await mine->waiting.wait();
        if (mine->error) std::rethrow_exception(mine->error);
        auto const at = mine->all.find(id);
        if (at == mine->all.end()) co_return std::nullopt;
        co_return at->second;
    }

private:
    struct batch {
        explicit batch(asio::any_io_executor core) : waiting(std::move(core)) {}

        std::vector<std::string> ids;
        found all;
        std::exception_ptr error;
        bool is_loaded = false;
        net::wait_list waiting;
    };

    asio::awaitable<void> run(std::shared_ptr<batch> mine, load how)
    {
        // As long as loaders of this kind collect.
        co_await mine->waiting.wait(steady::now() + std::chrono::milliseconds{1});
        open_.reset();
        try {
            mine->all = co_await how(mine->ids);
        } catch (...) {
            mine->error = std::current_exception();
        }
        mine->is_loaded = true;
        mine->waiting.wake_all();
    }

    asio::any_io_executor core_;
    std::shared_ptr<batch> open_;
};

} // namespace watertight::lab
