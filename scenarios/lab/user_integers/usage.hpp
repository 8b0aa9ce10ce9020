#pragma once

#include "scenarios/lab/core/database.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace watertight::lab::user_integers {

/// "2026-11", by UTC.
std::string month_of(std::int64_t epoch_s);

/// The calls of a month by tenant, on their way from Redis, which counts them, to tenant_usage,
/// which keeps them. Shared by all cores.
class call_book {
public:
    /// The count that the last request saw. Counts never go down within a month.
    void note(std::string const& tenant_id, std::uint64_t count);
    /// What was noted since the last time.
    std::map<std::string, std::uint64_t> take();
    void forget(std::string const& tenant_id);

private:
    std::mutex mutex_;
    std::map<std::string, std::uint64_t> noted_;
};

struct core_state;
/// Writes the book to tenant_usage, again and again; ends when cancelled.
asio::awaitable<void> keep_usage(core_state& core);

} // namespace watertight::lab::user_integers
