#pragma once

#include "harness/net/asio.hpp"
#include "scenarios/lab/core/faults.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace watertight::lab {

/// A piece of work that a request leaves for later.
struct job {
    std::string id;
    /// Whose data it is about.
    std::string tenant_id;
    /// What is asked for, in the dialect's own words.
    std::string payload;
    bool is_done = false;
    /// By which the worker's answer finds its way back: the id, but for a defect.
    std::string correlation{};
};

/// The jobs of a process and what came of them. Shared by all cores.
class job_book {
public:
    /// What a worker does: from the job to its result.
    using worker = std::function<asio::awaitable<std::string>(job)>;

    explicit job_book(fault_set const& faults) : faults_(&faults) {}

    /// Leaves it for the worker.
    void add(job what);
    std::optional<job> find(std::string const& id) const;
    std::vector<job> of(std::string const& tenant_id) const;
    /// Of a finished job.
    std::optional<std::string> result_of(std::string const& id) const;
    void erase(std::string const& id);
    /// From now on it is another tenant's.
    void hand_over(std::string const& id, std::string const& tenant_id);
    void erase_all_of(std::string const& tenant_id);

    /// Does what was left, one after another, until it is cancelled. For one core.
    asio::awaitable<void> work(worker does);

private:
    std::optional<job> take();
    void put_back(job const& what);
    void finish(job const& what, std::string result);

    fault_set const* faults_;
    mutable std::mutex mutex_;
    std::map<std::string, job> jobs_;
    std::map<std::string, std::string> results_;
    std::deque<std::string> waiting_;
    /// Whose job was left last: what the worker of the Q1 defect goes by.
    std::string last_tenant_;
};

} // namespace watertight::lab
