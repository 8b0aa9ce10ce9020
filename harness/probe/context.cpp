#include "harness/probe/context.hpp"

#include "harness/net/task_group.hpp"
#include "harness/probe/forecast.hpp"
#include "harness/target/session.hpp"
#include "harness/tenants/jobs.hpp"

#include <algorithm>

namespace watertight::probe {

static constexpr auto store_timeout = std::chrono::seconds{5};

static std::vector<tenant_index> ready_tenants(target::population const& made)
{
    std::vector<tenant_index> out;
    for (auto const& t : made.tenants) {
        if (t.state == target::tenant_state::ready && !t.actors.empty()) out.push_back(t.index);
    }
    return out;
}

context::context(asio::any_io_executor core, parts p)
    : core_{std::move(core)}, parts_{std::move(p)}, random_{parts_.shop.seed, 0x70726f6265}
{
    parts_.shop.made.settle();
    auto const ready = ready_tenants(parts_.shop.made);
    pairs_ = choose_pairs(ready.size(), parts_.pairs_max, parts_.shop.seed);
    for (auto& pair : pairs_) {
        pair = {ready[pair.victim.value], ready[pair.intruder.value]};
    }
}

context::~context() = default;

std::vector<tenant_index> context::tenants() const
{
    return ready_tenants(parts_.shop.made);
}

std::vector<tenant_pair> context::few_pairs(std::size_t n) const
{
    return {
        pairs_.begin(), pairs_.begin() + static_cast<std::ptrdiff_t>(std::min(n, pairs_.size()))};
}

target::promises const& context::promised() const noexcept
{
    static target::promises const none;
    return parts_.promised == nullptr ? none : *parts_.promised;
}

asio::awaitable<result<void>> context::log_in(target::actor& who)
{
    auto const& shop = parts_.shop;
    co_return co_await target::log_in(shop.client, shop.model, tenant(who.tenant), who);
}

asio::awaitable<result<target::object*>>
context::create_object(target::resource const& r, tenant_index t)
{
    return create_object(r, actor(t));
}

asio::awaitable<result<target::object*>>
context::create_object(target::resource const& r, target::actor& by)
{
    co_await pace();
    ++sent_;
    auto made = co_await tenants::create_object(parts_.shop, r, tenant(by.tenant), by);
    if (made.has_value()) co_await tenants::await_job(parts_.shop, r, **made);
    tick();
    co_return made;
}

object_serial context::next_serial(tenant_index t)
{
    // Serials of writes that are no objects count down from the top, where objects never come.
    return object_serial{evidence::serial_of_tenants.value - ++serials_used_[t]};
}

std::string context::fresh_canary(tenant_index t)
{
    return parts_.shop.mint.text({t, actor(t).index, next_serial(t)});
}

std::uint64_t context::fresh_number(tenant_index t)
{
    return parts_.shop.mint.number({t, actor(t).index, next_serial(t)});
}

void context::plants(std::string const& canary, std::uint64_t number)
{
    planted_.insert(canary);
    planted_.insert(std::to_string(number));
}

static asio::awaitable<void> work_through(
    std::size_t& next, std::size_t n, std::function<asio::awaitable<void>(std::size_t)> const& work
)
{
    while (next < n) {
        auto const i = next++;
        co_await work(i);
    }
}

asio::awaitable<void>
context::for_each(std::size_t n, std::function<asio::awaitable<void>(std::size_t)> const& work)
{
    std::size_t next = 0;
    auto const lanes = std::max<std::size_t>(1, std::min(n, parts_.concurrency));
    net::task_group group{core_, lanes};
    // `next` and `work` live in this frame, which joins every lane before it ends.
    for (std::size_t lane = 0; lane < lanes; ++lane) group.try_spawn(work_through(next, n, work));
    co_await group.join();
}

bool context::has_postgres() const noexcept
{
    return parts_.postgres && !parts_.postgres->url.empty();
}

bool context::has_app_postgres() const noexcept
{
    return parts_.postgres && !parts_.postgres->app_role_url.empty();
}

bool context::has_redis() const noexcept
{
    return parts_.redis && !parts_.redis->url.empty();
}

asio::awaitable<result<stores::postgres*>> context::postgres()
{
    if (postgres_ && postgres_->is_open()) co_return postgres_.get();
    auto made = co_await stores::postgres::connect(core_, parts_.postgres->url, store_timeout);
    if (made.has_error()) co_return made.error();
    postgres_ = std::make_unique<stores::postgres>(std::move(*made));
    co_return postgres_.get();
}

asio::awaitable<result<stores::postgres>> context::app_postgres()
{
    co_return co_await stores::postgres::connect(
        core_, parts_.postgres->app_role_url, store_timeout
    );
}

asio::awaitable<result<stores::redis*>> context::redis()
{
    if (redis_ && redis_->is_open()) co_return redis_.get();
    auto made = co_await stores::redis::connect(core_, parts_.redis->url, store_timeout);
    if (made.has_error()) co_return made.error();
    redis_ = std::make_unique<stores::redis>(std::move(*made));
    co_return redis_.get();
}

asio::awaitable<result<stores::mongo*>> context::mongo()
{
    if (mongo_ && mongo_->is_open()) co_return mongo_.get();
    auto made = co_await stores::mongo::connect(core_, parts_.mongo->url, store_timeout);
    if (made.has_error()) co_return made.error();
    mongo_ = std::make_unique<stores::mongo>(std::move(*made));
    co_return mongo_.get();
}

void context::tick()
{
    static constexpr std::uint64_t enough = 100;
    auto& display = parts_.shop.display;
    display.update(sent_, {});
    if (!begun_) begun_ = steady::now();
    if (expected_ == 0 || sent_ < enough) return;
    auto const told = forecast({sent_, expected_, steady::now() - *begun_});
    if (!told.empty()) display.note(told);
    expected_ = 0;
}

} // namespace watertight::probe
