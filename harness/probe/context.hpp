#pragma once

#include "harness/base/progress.hpp"
#include "harness/base/random.hpp"
#include "harness/evidence/observer.hpp"
#include "harness/net/asio.hpp"
#include "harness/probe/asked_before.hpp"
#include "harness/probe/conclusion.hpp"
#include "harness/probe/coverage.hpp"
#include "harness/probe/spec.hpp"
#include "harness/stores/mongo.hpp"
#include "harness/stores/postgres.hpp"
#include "harness/stores/redis.hpp"
#include "harness/target/promises.hpp"
#include "harness/target/render.hpp"
#include "harness/target/stores.hpp"
#include "harness/tenants/provision.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace watertight::probe {

/// An ordered pair: what of the victim's does the intruder see, change or notice?
struct tenant_pair {
    tenant_index victim;
    tenant_index intruder;

    auto operator<=>(tenant_pair const&) const = default;
};

/// All ordered pairs if they are at most `pairs_max`; otherwise a seeded covering choice in which
/// each tenant is victim and intruder at least twice.
std::vector<tenant_pair>
choose_pairs(std::size_t tenants, std::size_t pairs_max, std::uint64_t seed);

/// How a probe departs from the way in which the scenario would send a request.
struct request_options {
    target::overrides changes{};
    /// The object in question ({id}, {object.*}) and its parent.
    target::object const* object = nullptr;
    target::object const* parent = nullptr;
    /// Fills the path's and body's slots from this tenant instead of the sender's own.
    target::tenant const* slots_of = nullptr;
    /// The canary that the request carries, if its template has a slot for one.
    std::string canary{};
    std::uint64_t canary_number = 0;
    /// {serial} where there is no object yet.
    std::uint32_t serial = 0;
    /// Further slots.
    target::values const* extra = nullptr;
    /// While the target answers 429, wait and repeat. False for those who want to see that answer.
    bool waits = true;
    /// The probe alone judges what the answer shows, such as one to a link that opens for whoever
    /// was given it: it is no stray.
    bool judged_alone = false;
};

/// What the run gives to its probes. Lives on the control core; probes run one after another.
class context {
public:
    struct parts {
        tenants::workshop& shop;
        /// Null: nothing beyond the operations.
        target::promises const* promised = nullptr;
        evidence::observer const& eye;
        std::optional<target::postgres_store> postgres{};
        std::optional<target::redis_store> redis{};
        std::optional<target::mongo_store> mongo{};
        std::string files_root{};
        /// Names and values of the scenario's `${VAR}`s: reproductions use the names.
        std::vector<std::pair<std::string, std::string>> variables{};
        std::size_t pairs_max = 0;
        std::size_t concurrency = 16;
        double rate_per_s = 0;
    };

    context(asio::any_io_executor core, parts p);
    ~context();

    target::model const& model() const noexcept { return parts_.shop.model; }
    target::promises const& promised() const noexcept;
    target::population& population() noexcept { return parts_.shop.made; }
    target::tenant& tenant(tenant_index t) { return population().at(t); }
    /// The tenant's user who acts by default: the first of the first role.
    target::actor& actor(tenant_index t) { return tenant(t).actors.front(); }
    tenants::workshop& shop() noexcept { return parts_.shop; }
    evidence::observer const& eye() const noexcept { return parts_.eye; }
    std::uint64_t seed() const noexcept { return parts_.shop.seed; }
    std::size_t concurrency() const noexcept { return parts_.concurrency; }
    std::string const& files_root() const noexcept { return parts_.files_root; }
    std::vector<std::pair<std::string, std::string>> const& variables() const noexcept
    {
        return parts_.variables;
    }

    /// Ordered pairs of ready tenants.
    std::vector<tenant_pair> const& pairs() const noexcept { return pairs_; }
    /// At most `n` of them, each tenant as early as possible: for probes that create objects.
    std::vector<tenant_pair> few_pairs(std::size_t n) const;
    std::vector<tenant_index> tenants() const;

    /// Sends `op` as `who`, within the probes' rate; waits and repeats (three times at most) while
    /// the target answers 429, and slows all others down meanwhile. Never throws for what the
    /// target does.
    asio::awaitable<exchange>
    send(target::operation const& op, target::actor& who, request_options options);
    asio::awaitable<exchange> send(target::operation const& op, target::actor& who);

    /// The same twice on a connection of its own: once to the end, and once more until `share` of
    /// the time that this took is over; then the connection is closed.
    /// @return whether the second answer was still missing.
    asio::awaitable<bool>
    abandon(target::operation const& op, target::actor& who, request_options options, double share);

    /// `op` as it would be sent; without `wire`, and with the reason in `failure`, if it can't be.
    asio::awaitable<exchange>
    written(target::operation const& op, target::actor& who, request_options options);
    /// The exchange with the tokens that its answer shows and its request did not hold.
    exchange observed(exchange e);

    /// A new session for `who`, whatever it has; nothing to do where there is no log-in.
    asio::awaitable<result<void>> log_in(target::actor& who);

    /// A new object of the tenant's default user, entered into ledger and population.
    asio::awaitable<result<target::object*>>
    create_object(target::resource const& r, tenant_index t);
    /// The same, of the user in question.
    asio::awaitable<result<target::object*>>
    create_object(target::resource const& r, target::actor& by);

    /// A canary for a write by this tenant that is no object of its own.
    std::string fresh_canary(tenant_index t);
    std::uint64_t fresh_number(tenant_index t);
    /// These tokens are written into other tenants' data, if they let it happen: whoever sees them
    /// there sees what was done, not what leaked.
    void plants(std::string const& canary, std::uint64_t number);

    /// Whether the tenant itself has named another's token in a write that succeeded: its data may
    /// hold it from then on.
    bool has_supplied(tenant_index who, std::string const& token) const;

    /// Exchanges that showed another tenant's token, whatever they were sent for; one for each
    /// channel and pair.
    std::vector<exchange> const& strays() const noexcept { return strays_; }

    /// Runs `work(i)` for i in [0, n), `concurrency` at a time. `work` must outlive the call: name
    /// the function object before awaiting this.
    asio::awaitable<void>
    for_each(std::size_t n, std::function<asio::awaitable<void>(std::size_t)> const& work);

    bool has_postgres() const noexcept;
    bool has_app_postgres() const noexcept;
    bool has_redis() const noexcept;
    bool has_mongo() const noexcept { return parts_.mongo.has_value(); }
    target::postgres_store const& postgres_store() const { return *parts_.postgres; }
    target::redis_store const& redis_store() const { return *parts_.redis; }
    target::mongo_store const& mongo_store() const { return *parts_.mongo; }
    /// The store's privileged connection; connects on first use, reconnects when lost.
    asio::awaitable<result<stores::postgres*>> postgres();
    /// A new connection in the application's own role.
    asio::awaitable<result<stores::postgres>> app_postgres();
    asio::awaitable<result<stores::redis*>> redis();
    asio::awaitable<result<stores::mongo*>> mongo();

    /// True once: whoever is told so finds out by what the database itself calls the tenants.
    bool begins_learning() noexcept { return !std::exchange(has_learnt_, true); }
    void learn_stored_values(std::map<tenant_index, std::string> values)
    {
        stored_values_ = std::move(values);
    }
    /// What was learnt; empty: the scenario's `tenant_value` holds.
    std::map<tenant_index, std::string> const& stored_values() const noexcept
    {
        return stored_values_;
    }

    coverage& covered() noexcept { return coverage_; }
    /// Progress of the probe at hand.
    void tick();
    /// About how many requests there will be: whoever is told so warns of a slow target.
    void expect(std::uint64_t requests) noexcept { expected_ = requests; }
    asio::any_io_executor const& core() const noexcept { return core_; }
    std::uint64_t requests_sent() const noexcept { return sent_; }
    std::uint64_t throttled() const noexcept { return throttled_; }
    /// Requests whose last answer was 429 all the same.
    std::uint64_t given_up() const noexcept { return given_up_; }
    /// Requests a second to which throttling has slowed the probes down at most; 0: it has not.
    double slowest_per_s() const noexcept;
    rng& random() noexcept { return random_; }

private:
    struct parcel;
    asio::awaitable<parcel>
    prepare(target::operation const& op, target::actor& who, request_options const& options);
    asio::awaitable<void> pace();
    object_serial next_serial(tenant_index t);
    void remember_supplied(exchange const& e);
    void look_at(exchange& e, std::string_view asked);
    asio::awaitable<std::optional<net::http_response>>
    ask_with_word(std::string const& wire, std::string_view token, std::string_view word);
    /// @return the request as it is to be taken: without a name that its answer holds by itself
    asio::awaitable<std::optional<std::string>> asked_but_not_echoed(
        target::operation const& op, request_options const& options, exchange const& e
    );
    void note_strays(exchange const& e);
    asio::awaitable<bool> repeats_what_was_asked(
        target::operation const& op,
        target::actor& who,
        request_options const& options,
        exchange const& e
    );
    asio::awaitable<void> drop_repetitions(
        target::operation const& op, target::actor& who, request_options const& options, exchange& e
    );
    asio::awaitable<void> deliver(exchange& e, net::http_request const& request, bool waits);
    void slow_down(std::chrono::nanoseconds pause);
    void speed_up() noexcept;

    asio::any_io_executor core_;
    parts parts_;
    std::vector<tenant_pair> pairs_;
    std::unique_ptr<stores::postgres> postgres_;
    std::unique_ptr<stores::redis> redis_;
    std::unique_ptr<stores::mongo> mongo_;
    coverage coverage_;
    rng random_;
    std::map<tenant_index, std::uint32_t> serials_used_;
    std::set<std::string, std::less<>> planted_;
    /// Others' identifiers, and names of objects, that a tenant has named in a write of its own:
    /// met again in its own data, log or history, they tell what it did.
    std::set<std::pair<tenant_index, std::string>> supplied_;
    asked_before asked_;
    std::vector<exchange> strays_;
    std::map<tenant_index, std::string> stored_values_;
    bool has_learnt_ = false;
    std::set<std::tuple<std::string, tenant_index, tenant_index>> stray_places_;
    steady::time_point next_slot_{};
    std::optional<steady::time_point> begun_{};
    std::uint64_t expected_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t throttled_ = 0;
    std::uint64_t given_up_ = 0;
    /// Between two requests, by what the target's refusals ask for.
    std::chrono::nanoseconds interval_{};
    std::chrono::nanoseconds interval_max_{};
    steady::time_point slowed_{};
};

/// Runs a probe: collects through the context, judges, concludes.
using run_function = asio::awaitable<conclusion> (*)(context&);

/// A probe as the catalogue lists it.
struct unit {
    spec const* what = nullptr;
    run_function run = nullptr;
};

} // namespace watertight::probe
