#pragma once

#include "harness/drill/leak_watch.hpp"
#include "harness/drill/run.hpp"
#include "harness/drill/shapes.hpp"
#include "harness/drill/watch.hpp"
#include "harness/evidence/canary.hpp"
#include "harness/evidence/ledger.hpp"
#include "harness/net/http_client.hpp"
#include "harness/net/task_group.hpp"
#include "harness/target/render.hpp"

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// A tenant of the traffic with one of its users; both absent where the system has no tenants yet.
struct sender {
    target::tenant const* where = nullptr;
    /// Its own copy: tokens are renewed while the drill lasts.
    target::actor who;

    tenant_index index() const noexcept { return where ? where->index : tenant_index{0}; }
    std::string slug() const { return where ? where->slug : std::string{}; }
};

/// An object that the traffic created and had acknowledged.
struct written_object {
    target::object what;
    sender* owner = nullptr;
    shape const* made_by = nullptr;
    evidence::object_key key;
    bool removed = false;
    /// Chosen for an update since the old system's time ended.
    bool had_its_turn = false;
    /// When its last acknowledged write was sent.
    steady::time_point written{};
    /// Canaries and their numbers of all that was written to it, acknowledged or not: a canary and
    /// its number in turn.
    std::vector<std::string> marks{};
};

/// How often a text shows the one write that this object had; nothing if it had several.
std::optional<std::size_t> places_of(written_object const& o, std::string_view text);

/// The canary that a mark of this object stands for: its own, or that of its number.
std::optional<std::string> canary_of(written_object const& o, std::string_view mark);

/// A canary, or a canary's number, that the traffic sent.
struct written_mark {
    sender const* from = nullptr;
    shape const* by = nullptr;
};

/// Who of `senders` sends in a turn, in which the operation `turn % shapes` is sent: each of them
/// every operation within `senders` rounds of all, whatever their numbers have in common.
std::size_t sender_in_turn(std::size_t turn, std::size_t shapes, std::size_t senders) noexcept;

/// The load under which a drill runs: an open loop over the plan's operations with the tenants in
/// turn, which remembers every acknowledged write.
///
/// Updates and removals go to objects that this traffic has created, so that what was there before
/// the drill stays as it was. Lives on one core; `drive` must have ended before it is destroyed.
class live_traffic {
public:
    /// The arguments outlive the object.
    live_traffic(plan const& p, surroundings& s, net::http_client& client);
    live_traffic(live_traffic const&) = delete;
    live_traffic& operator=(live_traffic const&) = delete;

    /// What a killed drill wrote is this one's, too; serials go on behind its own.
    void take_up(std::vector<kept_write> const& writes);
    /// Why writes were not put down in the journal; empty: they were.
    std::string const& unkept() const noexcept { return unkept_; }

    /// Sends until `stop`, then waits for the last answers. Cancelling the caller abandons the
    /// requests under way.
    asio::awaitable<void> drive(asio::any_io_executor core);
    void stop() noexcept;
    bool is_running() const noexcept { return alarm_ != nullptr && !stopping_; }

    /// What was made so far belongs to the old system. From now on every second update goes to such
    /// an object that has had none yet: what the old system keeps of it elsewhere, in a cache say,
    /// is out of date when it serves again.
    void old_system_ends() noexcept
    {
        old_objects_ = objects_.size();
        is_old_systems_time_ = false;
    }

    /// In order of their end.
    std::vector<answer> const& answers() const noexcept { return answers_; }
    sliding_window& recent() noexcept { return recent_; }
    std::deque<written_object> const& objects() const noexcept { return objects_; }
    evidence::ledger const& history() const noexcept { return history_; }
    std::uint64_t writes_sent() const noexcept { return writes_sent_; }
    std::uint64_t writes_acknowledged() const noexcept { return writes_acknowledged_; }
    /// Of those: the ones that no operation can read back.
    std::uint64_t writes_unreadable() const noexcept;
    /// Whether a text holds a canary, or a canary's number, that this traffic sent.
    bool wrote(std::string_view text) const;
    std::map<std::string, written_mark> const& marks() const noexcept { return marks_; }
    /// True if a read of this operation showed a canary, or its number, of what it read.
    bool shows_canary(target::operation const* read) const;
    /// In how many places the old system showed what a creation of this kind had written, in each
    /// of several reads; nothing if that is not known, or varied.
    std::optional<std::size_t> places_shown(shape const* made_by) const;
    /// Other tenants' data that answers showed.
    std::vector<evidence::finding> leaks() const { return leaks_.findings(); }
    std::size_t leak_count() const noexcept { return leaks_.count(); }
    affected_users& affected() noexcept { return affected_; }
    /// "all old", "all new" or "mixed" of the users' last answers to requests sent since; "none"
    /// where one has none yet.
    std::string versions(steady::time_point since) const;
    /// How requests failed, the most frequent first: "GET /items: status 401 (12 times)".
    std::vector<std::string> failures() const;
    /// Operation name to why it could not be sent.
    std::map<std::string, std::string> const& unsendable() const noexcept { return unsendable_; }

private:
    /// One request on its way from schedule to answer.
    struct shot {
        shape const* form = nullptr;
        sender* from = nullptr;
        std::uint32_t user = 0;
        written_object* about = nullptr;
        target::object const* existing = nullptr;
        std::uint32_t serial = 0;
        std::string canary;
        std::uint64_t canary_number = 0;
        steady::time_point intended;
        steady::time_point sent;
        /// As it was sent.
        std::string wire;
        /// It could not be made into a request.
        bool unsendable = false;
    };

    /// A write below an object, which may or may not have changed it.
    struct unproven_write {
        written_object* about = nullptr;
        std::uint64_t number = 0;
        evidence::write_record record;
    };

    bool aim(shot& s);
    bool find_object(shot& s);
    bool find_old_object(shot& s);
    void load_canary(shot& s);
    target::scope scope_of(shot const& s) const;
    asio::awaitable<void> send_one(shot s);
    asio::awaitable<result<net::http_response>> exchange(shot& s);
    void settle(shot const& s, result<net::http_response> const& got);
    void keep_write(shot const& s, result<net::http_response> const& got, bool ok);
    bool changes_its_object(shape const& form) const;
    void count_places(written_object const& o, std::string_view body);
    void learn_from_read(shot const& s, std::string_view body);
    void keep_object(shot const& s, net::http_response const& response);
    sender* find_sender(kept_write const& w);
    void take_up_object(kept_write const& w, shape const& form, sender& from, written_object& o);
    void put_down(shot const& s, evidence::outcome result, target::values const& captured);

    plan const& plan_;
    surroundings& around_;
    net::http_client& client_;
    evidence::canary_mint mint_;
    std::vector<shape> shapes_;
    std::deque<sender> senders_;
    std::size_t turn_ = 0;
    std::uint32_t serial_next_;
    bool stopping_ = false;
    asio::steady_timer* alarm_ = nullptr;
    std::vector<answer> answers_;
    sliding_window recent_;
    affected_users affected_;
    std::deque<written_object> objects_;
    /// The first of `objects_` that were made before the way there, and the next to be updated.
    std::size_t old_objects_ = 0;
    bool is_old_systems_time_ = true;
    std::size_t old_next_ = 0;
    std::size_t updates_ = 0;
    evidence::ledger history_;
    leak_watch leaks_;
    std::map<std::string, written_mark> marks_;
    std::map<target::operation const*, bool> shows_canary_;
    /// By the operation; null once a read has shown that it changes the object.
    std::map<shape const*, std::optional<std::vector<unproven_write>>> unproven_;
    /// How often what was created was shown, to in how many reads.
    std::map<shape const*, std::map<std::size_t, std::size_t>> places_;
    std::map<std::string, std::string> unsendable_;
    std::map<std::string, std::size_t> failures_;
    std::size_t exchanges_ = 0;
    std::uint64_t writes_sent_ = 0;
    std::uint64_t writes_acknowledged_ = 0;
    std::uint64_t writes_unreadable_ = 0;
    std::string unkept_;
};

} // namespace watertight::drill
