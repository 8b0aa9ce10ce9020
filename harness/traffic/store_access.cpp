#include "harness/traffic/store_access.hpp"

#include "harness/base/fatal.hpp"
#include "harness/net/wait_list.hpp"
#include "harness/stores/redis_link.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace watertight::traffic {

using kind = target::store_operation::kind;

// What the phases send to one store, each once.
static std::vector<target::store_operation const*>
used(kind store, operation_table const& operations, std::vector<phase> const& phases)
{
    auto const& entries = operations.entries();
    std::vector<double> all(entries.size(), 0);
    for (auto const& p : phases) {
        auto const weights = operations.weights(p);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] += weights[i];
    }
    std::vector<target::store_operation const*> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto const* const op = entries[i].store;
        if (op != nullptr && op->on == store && all[i] > 0) out.push_back(op);
    }
    return out;
}

static std::string title_of(target::store_operation const& op)
{
    auto const& at = op.place;
    auto const name = "stores." + op.store() + ".operations." + op.name;
    if (at.line == 0) return name;
    return fmt::format("{}:{}:{}: {}", at.file, at.line, at.column, name);
}

store_access access_to_stores(
    target::model const& m, operation_table const& operations, std::vector<phase> const& phases
)
{
    store_access out;
    if (auto const all = used(kind::postgres, operations, phases); !all.empty()) {
        auto address = stores::complete_postgres_address(m.postgres->traffic_url());
        if (address.has_error()) throw usage_error{address.error().message};
        stores::postgres_plan plan{std::move(*address), m.postgres->context, {}};
        for (auto const* const op : all) {
            plan.statements.push_back({op->name, op->sql, op->words.size(), title_of(*op)});
        }
        out.postgres = std::make_shared<stores::postgres_plan const>(std::move(plan));
    }
    if (!used(kind::redis, operations, phases).empty()) {
        auto address = stores::parse_redis_address(m.redis->url);
        if (address.has_error()) throw usage_error{address.error().message};
        out.redis = std::move(*address);
    }
    return out;
}

static std::shared_ptr<stores::link>
make_link(asio::any_io_executor const& core, store_access const& access, kind store, bool is_shared)
{
    return store == kind::postgres ? stores::make_postgres_link(core, access.postgres, is_shared)
                                   : stores::make_redis_link(core, *access.redis, is_shared);
}

// The frame that awaits this owns what is referred to.
static asio::awaitable<void>
check_one(store_access const& access, kind store, std::chrono::nanoseconds budget)
{
    auto const core = co_await asio::this_coro::executor;
    net::wait_list ended{core};
    std::optional<result<void>> how;
    auto const made = make_link(core, access, store, false);
    auto tell = [&how, &ended](result<void> r) {
        how.emplace(std::move(r));
        ended.wake_all();
    };
    made->open(steady::now() + budget, std::move(tell));
    while (!how) {
        co_await ended.wait();
        // Throws if it was a cancellation that ended the wait.
        co_await asio::post(core, asio::use_awaitable);
    }
    if (how->has_value()) co_return;
    auto const& why = how->error();
    if (why.code == errc::rejected) throw usage_error{why.message};
    throw run_error{why.message};
}

asio::awaitable<void> check_access(store_access const& access, std::chrono::nanoseconds budget)
{
    if (access.postgres) co_await check_one(access, kind::postgres, budget);
    if (access.redis) co_await check_one(access, kind::redis, budget);
}

static bool begins_with_any(std::string_view text, std::span<std::string_view const> prefixes)
{
    return std::ranges::any_of(prefixes, [text](auto p) { return text.starts_with(p); });
}

int status_of(stores::store_answer const& answer) noexcept
{
    // Redis: another node has the key.
    static constexpr std::array<std::string_view, 2> elsewhere{"MOVED", "ASK"};
    // SQLSTATE classes of limits, operators, the system and the server itself; Redis's own words.
    static constexpr std::array<std::string_view, 15> unable{
        "53",
        "54",
        "57",
        "58",
        "XX",
        "LOADING",
        "BUSY",
        "MASTERDOWN",
        "CLUSTERDOWN",
        "TRYAGAIN",
        "OOM",
        "MISCONF",
        "READONLY",
        "NOREPLICAS",
        "UNKILLABLE",
    };
    static constexpr std::array<std::string_view, 4> forbidden{"28", "42501", "NOPERM", "NOAUTH"};
    auto const said = answer.refusal;
    if (said.empty()) return 200;
    if (begins_with_any(said, elsewhere)) return 307;
    if (begins_with_any(said, unable)) return 503;
    return begins_with_any(said, forbidden) ? 403 : 400;
}

std::shared_ptr<stores::pipe>
make_pipe(asio::any_io_executor const& core, store_access const& access, kind store, bool is_shared)
{
    auto make = [core, &access, store, is_shared] {
        return make_link(core, access, store, is_shared);
    };
    return std::make_shared<stores::pipe>(std::move(make));
}

} // namespace watertight::traffic
