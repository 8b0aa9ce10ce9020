#include "harness/drill/live_traffic.hpp"

#include "harness/base/text.hpp"
#include "harness/drill/marks.hpp"
#include "harness/drill/version.hpp"
#include "harness/target/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace watertight::drill {

// Serials of the drill lie above all that population and load can reach.
static constexpr std::uint32_t serial_first = 1U << 29;
static constexpr std::size_t actors_per_tenant_max = 4;
static constexpr std::size_t in_flight_max = 4096;
// Objects that reads, updates and removals choose from: the last ones written.
static constexpr std::size_t recent_objects = 64;

static std::deque<sender> senders_of(target::population const& tenants)
{
    std::deque<sender> out;
    // Tenants in turn first, then their further users, so that neighbours differ in tenant.
    for (std::size_t n = 0; n < actors_per_tenant_max; ++n) {
        for (auto const& t : tenants.tenants) {
            if (t.state != target::tenant_state::ready || n >= t.actors.size()) continue;
            out.push_back({.where = &t, .who = t.actors[n]});
        }
    }
    if (out.empty()) out.emplace_back();
    return out;
}

live_traffic::live_traffic(plan const& p, surroundings& s, net::http_client& client)
    : plan_{p},
      around_{s},
      client_{client},
      mint_{evidence::derive_key(s.seed, s.tenants.run_id)},
      shapes_{shapes_of(p.traffic.empty() ? p.former_traffic : p.traffic, s.model)},
      senders_{senders_of(s.tenants)},
      serial_next_{serial_first},
      leaks_{s}
{
}

void live_traffic::stop() noexcept
{
    stopping_ = true;
    if (alarm_ != nullptr) alarm_->cancel();
}

std::optional<std::string> canary_of(written_object const& o, std::string_view mark)
{
    auto const it = std::ranges::find(o.marks, mark);
    if (it == o.marks.end()) return std::nullopt;
    // A number follows its canary.
    return (it - o.marks.begin()) % 2 == 0 ? *it : *std::prev(it);
}

bool live_traffic::shows_canary(target::operation const* read) const
{
    auto const it = shows_canary_.find(read);
    return it != shows_canary_.end() && it->second;
}

bool live_traffic::wrote(std::string_view text) const
{
    for (auto const& mark : marks_in(text)) {
        if (marks_.contains(mark)) return true;
    }
    return false;
}

std::string live_traffic::versions(steady::time_point since) const
{
    std::map<std::uint32_t, version_seen> last;
    std::set<std::uint32_t> users;
    for (auto const& a : answers_) {
        users.insert(a.user);
        if (a.intended >= since && a.version != version_seen::untold) last[a.user] = a.version;
    }
    if (last.empty() || last.size() < users.size()) return "none";
    auto const news = std::ranges::count_if(last, [](auto const& entry) {
        return entry.second == version_seen::new_one;
    });
    if (news == 0) return "all old";
    return static_cast<std::size_t>(news) == last.size() ? "all new" : "mixed";
}

asio::awaitable<void> live_traffic::drive(asio::any_io_executor core)
{
    asio::steady_timer alarm{core};
    alarm_ = &alarm;
    net::task_group in_flight{core, in_flight_max};
    auto const start = steady::now();
    auto const period = std::chrono::duration<double>(1.0 / std::max(plan_.rate_per_s, 0.001));
    std::exception_ptr ended_by;
    try {
        for (std::uint64_t n = 0; !stopping_; ++n) {
            auto const offset = period * static_cast<double>(n);
            auto const due = start + std::chrono::duration_cast<steady::duration>(offset);
            boost::system::error_code woken;
            alarm.expires_at(due);
            co_await alarm.async_wait(asio::redirect_error(asio::use_awaitable, woken));
            if (stopping_) break;
            shot s;
            s.intended = due;
            if (!aim(s)) continue;
            recent_.started(due);
            // Nothing may be dropped in silence: a target that holds this many requests has failed.
            if (!in_flight.try_spawn(send_one(s))) settle(s, failure{errc::exhausted, {}, {}});
        }
    } catch (...) {
        ended_by = std::current_exception();
    }
    alarm_ = nullptr;
    // However this ends, no request may outlive the loop.
    co_await asio::this_coro::throw_if_cancelled(false);
    if (ended_by) in_flight.cancel();
    co_await in_flight.join();
    if (ended_by) std::rethrow_exception(ended_by);
}

std::size_t sender_in_turn(std::size_t turn, std::size_t shapes, std::size_t senders) noexcept
{
    return (turn / shapes + turn % shapes) % senders;
}

// Who sends what next, and about which object.
bool live_traffic::aim(shot& s)
{
    for (std::size_t tries = 0; tries < shapes_.size(); ++tries) {
        auto const turn = turn_++;
        s.form = &shapes_[turn % shapes_.size()];
        auto const user = sender_in_turn(turn, shapes_.size(), senders_.size());
        s.from = &senders_[user];
        s.user = static_cast<std::uint32_t>(user);
        if (s.form->needs_id && !find_object(s)) continue;
        load_canary(s);
        return true;
    }
    return false;
}

static bool fits(written_object const& o, sender const& from, shape const& form)
{
    return !o.removed && o.owner->where == from.where &&
           (o.made_by->resource == form.about || o.made_by->twin == form.op);
}

// Those of other tenants wait for their turn.
bool live_traffic::find_old_object(shot& s)
{
    for (auto i = old_next_; i < old_objects_; ++i) {
        auto& o = objects_[i];
        if (i == old_next_ && (o.had_its_turn || o.removed)) ++old_next_;
        if (o.had_its_turn || !fits(o, *s.from, *s.form)) continue;
        o.had_its_turn = true;
        s.about = &o;
        return true;
    }
    return false;
}

bool live_traffic::find_object(shot& s)
{
    auto const is_update = s.form->is_write && s.form->does != effect::remove;
    if (is_update && old_next_ < old_objects_ && updates_++ % 2 == 0 && find_old_object(s)) {
        return true;
    }
    std::size_t looked_at = 0;
    for (auto it = objects_.rbegin(); it != objects_.rend() && looked_at < recent_objects; ++it) {
        ++looked_at;
        if (!fits(*it, *s.from, *s.form)) continue;
        s.about = &*it;
        return true;
    }
    if (s.form->is_write || s.from->where == nullptr) return false;
    auto const living = around_.tenants.living(s.from->index(), s.form->resource);
    if (living.empty()) return false;
    s.existing = living[turn_ % living.size()];
    return true;
}

void live_traffic::load_canary(shot& s)
{
    s.serial = serial_next_++;
    auto const owner = evidence::owner{s.from->index(), s.from->who.index, object_serial{s.serial}};
    s.canary = mint_.text(owner);
    s.canary_number = mint_.number(owner);
}

target::scope live_traffic::scope_of(shot const& s) const
{
    target::scope out;
    out.in_tenant = s.from->where;
    out.as_actor = s.from->where ? &s.from->who : nullptr;
    out.object_in_question = s.about ? &s.about->what : s.existing;
    out.canary = s.canary;
    out.canary_number = s.canary_number;
    out.serial = s.serial;
    out.run_id = around_.tenants.run_id;
    return out;
}

asio::awaitable<result<net::http_response>> live_traffic::exchange(shot& s)
{
    auto const& m = around_.model;
    if (s.from->where != nullptr && s.form->op->as.empty()) {
        auto const session =
            co_await target::ensure_session(client_, m, *s.from->where, s.from->who);
        if (session.has_error()) co_return session.error();
    }
    auto const scope = scope_of(s);
    // A few connections that stay open may lead to a few workers alone, and those that were left
    // on another version are never met.
    static constexpr std::size_t every_new_connection = 3;
    target::overrides changes;
    if (++exchanges_ % every_new_connection == 0) {
        changes.headers.emplace_back("Connection", "close");
    }
    auto request = target::render(m, *s.form->op, scope, changes);
    if (request.has_error()) {
        s.unsendable = true;
        unsendable_.emplace(s.form->op->name, around_.secrets.redact(request.error().message));
        co_return request.error();
    }
    s.sent = steady::now();
    if (s.form->is_write) {
        ++writes_sent_;
        auto const number = std::to_string(s.canary_number);
        for (auto const& mark : {s.canary, number}) {
            marks_.insert_or_assign(mark, written_mark{s.from, s.form});
            if (s.about != nullptr && changes_its_object(*s.form)) s.about->marks.push_back(mark);
        }
        // A creation that was not answered names nothing that could be read back.
        auto const is_of_object = s.about != nullptr && changes_its_object(*s.form);
        if (is_of_object) put_down(s, evidence::outcome::unknown, {});
    }
    s.wire = request->http.wire;
    co_return co_await client_.send(std::move(request->http), m.timeout);
}

asio::awaitable<void> live_traffic::send_one(shot s)
{
    auto const got = co_await exchange(s);
    settle(s, got);
}

void live_traffic::settle(shot const& s, result<net::http_response> const& got)
{
    // What could not be made into a request says nothing about the target.
    if (s.unsendable) {
        recent_.withdrawn(s.intended);
        return;
    }
    auto const ok = got.has_value() && s.form->op->accepts(got->status);
    answer a{s.from->index(), ok, s.intended, steady::now()};
    a.is_tenants = s.from->where != nullptr && s.form->op->as.empty();
    // Whoever sends as the operator is one user, whoever's turn it was.
    if (a.is_tenants) a.user = s.user + 1;
    a.operation = static_cast<std::uint32_t>(s.form - shapes_.data());
    if (got.has_value() && plan_.version) a.version = version_of(*got, *plan_.version);
    if (!ok) {
        auto const how = got.has_value() ? fmt::format("status {}", got->status)
                                         : around_.secrets.redact(got.error().message);
        ++failures_[s.form->op->channel() + ": " + how];
    }
    answers_.push_back(a);
    recent_.finished(a);
    affected_.finished(a);
    if (got.has_value() && s.from->where != nullptr && s.form->op->as.empty()) {
        auto const channel = s.form->op->channel();
        leaks_.look({channel, s.from->index(), s.from->who.role, s.wire}, *got);
    }
    if (s.form->is_write && s.sent != steady::time_point{}) keep_write(s, got, ok);
    if (ok && s.form->needs_id && !s.form->is_write && s.about != nullptr) {
        learn_from_read(s, got->body);
    }
}

std::vector<std::string> live_traffic::failures() const
{
    std::vector<std::pair<std::size_t, std::string>> all;
    for (auto const& [how, n] : failures_) all.emplace_back(n, how);
    std::ranges::stable_sort(all, std::greater{}, [](auto const& f) { return f.first; });
    std::vector<std::string> out;
    for (auto const& [n, how] : all) out.push_back(fmt::format("{} ({})", how, plural(n, "time")));
    return out;
}

} // namespace watertight::drill
