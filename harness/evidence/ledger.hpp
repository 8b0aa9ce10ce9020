#pragma once

#include "harness/base/clock.hpp"
#include "harness/evidence/canary.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::evidence {

enum class write_kind { create, update, remove };

/// What is known of a write, as in Jepsen's histories.
enum class outcome {
    /// Acknowledged by the target.
    ok,
    /// Refused by the target: it certainly did not happen.
    failed,
    /// No answer: it may or may not have happened.
    unknown,
};

/// Names one object of one tenant across its life.
struct object_key {
    tenant_index tenant;
    std::string resource;
    object_serial serial;

    auto operator<=>(object_key const&) const = default;
};

struct write_record {
    object_key object;
    write_kind kind{};
    outcome result{};
    /// The canary that the write carried; empty for a removal.
    std::string canary;
    steady::time_point invoked{};
    steady::time_point completed{};
};

/// What a read-back says about an object's acknowledged history.
enum class read_judgement {
    /// The last acknowledged (or a still possible) value.
    current,
    /// A value that an acknowledged later write had replaced, or a removed object still there.
    stale,
    /// Absent, though created and never removed.
    lost,
    /// A value that none of the owner's writes carried, the refused ones aside: someone else
    /// changed it, or a refusal was not one.
    altered,
    /// Absent, as it should be.
    absent,
};

/// The history of what each tenant wrote and had acknowledged. One per core; merged by object.
///
/// Grows with the number of objects, not of writes: of an object that was written to very often,
/// writes that can certainly not be read any more are forgotten. A value that none of the others
/// carried is then taken for one of those, hence stale rather than altered.
class ledger {
public:
    /// How many writes of an object are kept whatever their fate.
    static constexpr std::size_t writes_kept = 64;

    void record(write_record w);

    /// @param seen  the object's canary as read back, nothing if the object was absent.
    /// An unanswered write is possible at any later time, though not beyond an acknowledged removal
    /// that began after it was given up. Without case, as a target may change it.
    ///
    /// @param asked when the read was invoked: writes that overlap it are allowed either way.
    read_judgement judge(
        object_key const& object, std::optional<std::string_view> seen, steady::time_point asked
    ) const;

    /// The canary that must be readable now, nothing if the object must be absent or is unknown.
    /// Valid until the object is written to again.
    std::optional<std::string_view> expected(object_key const& object) const;
    std::vector<object_key> objects() const;
    std::size_t size() const noexcept;
    void merge(ledger const& other);

private:
    struct object_history {
        std::vector<write_record> writes;
        bool is_shortened = false;
    };

    static void shorten(object_history& h);

    std::map<object_key, object_history> history_;
};

} // namespace watertight::evidence
