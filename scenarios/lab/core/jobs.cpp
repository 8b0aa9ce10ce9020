#include "scenarios/lab/core/jobs.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <iostream>

namespace watertight::lab {

void job_book::add(job what)
{
    if (what.correlation.empty()) what.correlation = what.id;
    std::lock_guard const lock{mutex_};
    last_tenant_ = what.tenant_id;
    waiting_.push_back(what.id);
    jobs_[what.id] = std::move(what);
}

std::optional<job> job_book::find(std::string const& id) const
{
    std::lock_guard const lock{mutex_};
    auto const at = jobs_.find(id);
    if (at == jobs_.end()) return std::nullopt;
    return at->second;
}

std::vector<job> job_book::of(std::string const& tenant_id) const
{
    std::lock_guard const lock{mutex_};
    std::vector<job> out;
    for (auto const& [id, one] : jobs_)
        if (one.tenant_id == tenant_id) out.push_back(one);
    return out;
}

std::optional<std::string> job_book::result_of(std::string const& id) const
{
    std::lock_guard const lock{mutex_};
    auto const known = jobs_.find(id);
    auto const at = results_.find(known == jobs_.end() ? id : known->second.correlation);
    if (at == results_.end()) return std::nullopt;
    return at->second;
}

void job_book::erase(std::string const& id)
{
    std::lock_guard const lock{mutex_};
    auto const at = jobs_.find(id);
    if (at == jobs_.end()) return;
    // With the defect what the job made stays where its id leads.
    results_.erase(at->second.correlation);
    jobs_.erase(at);
}

void job_book::hand_over(std::string const& id, std::string const& tenant_id)
{
    std::lock_guard const lock{mutex_};
    auto const at = jobs_.find(id);
    if (at != jobs_.end()) at->second.tenant_id = tenant_id;
}

void job_book::erase_all_of(std::string const& tenant_id)
{
    for (auto const& one : of(tenant_id)) erase(one.id);
}

std::optional<job> job_book::take()
{
    std::lock_guard const lock{mutex_};
    while (!waiting_.empty()) {
        auto const at = jobs_.find(waiting_.front());
        waiting_.pop_front();
        if (at == jobs_.end()) continue;
        auto out = at->second;
        // With the defect the message says nothing of the tenant, and the worker has one already.
        if (faults_->on("Q1")) out.tenant_id = last_tenant_;
        return out;
    }
    return std::nullopt;
}

// The defect: what failed is tried again at once, before everything else.
void job_book::put_back(job const& what)
{
    std::lock_guard const lock{mutex_};
    if (jobs_.contains(what.id)) waiting_.push_front(what.id);
}

void job_book::finish(job const& what, std::string result)
{
    std::lock_guard const lock{mutex_};
    auto const at = jobs_.find(what.id);
    if (at == jobs_.end()) return;
    results_[what.correlation] = std::move(result);
    at->second.is_done = true;
}

asio::awaitable<void> job_book::work(worker does)
{
    static constexpr std::chrono::milliseconds pause{3};
    asio::steady_timer alarm{co_await asio::this_coro::executor};
    bool failed = false;
    while (true) {
        auto next = take();
        if (!next || failed) {
            alarm.expires_after(pause);
            co_await alarm.async_wait(asio::use_awaitable);
        }
        failed = false;
        if (!next) continue;
        try {
            auto result = co_await does(*next);
            finish(*next, std::move(result));
        } catch (boost::system::system_error const&) {
            throw;
        } catch (std::exception const& e) {
            if (faults_->on("Q8")) {
                put_back(*next);
                failed = true;
            } else {
                std::cerr << "job: " << e.what() << "\n";
                finish(*next, {});
            }
        }
    }
}

} // namespace watertight::lab
