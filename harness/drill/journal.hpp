#pragma once

#include "harness/base/error.hpp"
#include "harness/drill/plan.hpp"
#include "harness/evidence/ledger.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::drill {

/// What a drill's journal begins with.
struct journal_head {
    std::string run_id;
    std::uint64_t seed = 0;
    std::string scenario_path;
    std::string target;
    std::string plan_digest;
    /// The target was the built-in lab, which ends with the run: nothing is left to bring back.
    bool lab = false;
};

/// How far a step got.
enum class step_state { untouched, begun, done, failed };

/// A write of the drill's traffic. Its canary is not kept: it is made again from the serial.
struct kept_write {
    /// The operation's name.
    std::string operation;
    /// Of the tenant that sent it, and which of its users did; an empty slug: it has no tenants.
    std::string tenant;
    std::uint32_t user = 0;
    std::uint32_t serial = 0;
    /// Serial of the object that it was for; that of a creation is its own.
    std::uint32_t object = 0;
    evidence::outcome result = evidence::outcome::unknown;
    /// Milliseconds since 1970 when it was sent.
    std::int64_t at_ms = 0;
    /// Of a creation: what the operations need of it to name it. No secrets.
    std::vector<std::pair<std::string, std::string>> captured{};
};

/// What a journal says of a drill that did not come to its end.
struct unfinished {
    journal_head head;
    /// Phase and the step's number in it, from 0, to how far it got.
    std::map<std::pair<std::string, std::size_t>, step_state> steps;
    /// What the drill kept for later by name: the fingerprint of before, the baseline.
    std::map<std::string, std::string> kept;
    /// The command that was under way: the process's id and when it was started, in the system's
    /// own clock ticks, so that a later process with the same id is not mistaken for it.
    std::optional<std::pair<pid_t, std::uint64_t>> process;
    /// In order; of one that was sent and answered, what it was answered.
    std::vector<kept_write> writes{};

    step_state state_of(std::string const& phase, std::size_t step) const;
    bool has_begun(std::string const& phase) const;
    std::string kept_as(std::string const& name) const;
};

/// Whether a drill that was killed may go on.
enum class way_on {
    /// With the forward step or injection after the last one that ended.
    forward,
    /// With its rollback and `finally` steps.
    back,
};

struct continuation {
    way_on way{};
    /// "forward step 2 of 3 ("Backfill") was under way".
    std::string state;
    /// Why it goes back; empty if it goes forward.
    std::string why_back;
};

/// What state the drill was in, and how `--resume` goes on: with the next forward step, unless a
/// step failed, was under way without being `idempotent`, or the way back has begun.
continuation continue_from(unfinished const& past, plan const& p);

/// A drill that was killed, and how it is gone on with.
struct takeover {
    unfinished past;
    continuation next;
};

/// When a process was started, in clock ticks since the machine was; nothing if there is none.
std::optional<std::uint64_t> start_of(pid_t process);

/// An append-only file, one JSON object a line, on disk before a step begins, so that the way back
/// can be taken after the process was killed. Locked while a drill holds it.
class journal {
public:
    /// Readable by its owner alone. @throws usage_error if the file exists: it belongs to a drill
    /// that goes on, or one that is unfinished. That of a lab which is gone is replaced.
    static journal create(std::string const& path, journal_head const& head);
    /// Goes on with the journal of a drill that was killed; a torn last line is cut off.
    /// @throws usage_error if another process holds it.
    static journal reopen(std::string const& path);
    /// Reads a journal back; a torn last line is ignored.
    static result<unfinished> read(std::string const& path);
    /// Throws the usage_error that `create` would throw; touches nothing.
    static void refuse_unfinished(std::string const& path);

    journal(journal&&) noexcept;
    journal& operator=(journal&&) noexcept;
    ~journal();

    /// Before a step. Returns after the line is on disk. @throws run_error.
    void begin(std::string_view phase, std::size_t step, std::string_view name);
    void end(std::string_view phase, std::size_t step, bool ok);
    /// The process of a command, which goes on when the drill is killed. @throws run_error.
    void started(pid_t process);
    /// Something that the way back will need. @throws run_error.
    void keep(std::string_view name, std::string_view text);
    /// A write before it is sent, and again with how it ended. Survives the end of this process,
    /// not that of the machine: nobody may wait for a disk with each request. @throws run_error.
    void wrote(kept_write const& w);
    /// Lines of writes that a journal takes; further ones are not written down.
    static constexpr std::size_t writes_max = 100'000;
    /// All is as it was: the file is deleted.
    void finish() noexcept;
    std::string const& path() const noexcept;

private:
    struct state;
    explicit journal(std::unique_ptr<state> s);
    std::unique_ptr<state> state_;
};

} // namespace watertight::drill
