#pragma once

#include "harness/drill/live_traffic.hpp"
#include "harness/drill/restored.hpp"
#include "harness/drill/run.hpp"
#include "harness/evidence/finding.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace watertight::drill {

/// What the plan's steps put aside, and whether what they bring back is that.
class backups {
public:
    /// The arguments outlive the object.
    backups(plan const& p, surroundings& s, live_traffic const& traffic);

    /// What a killed drill had put aside.
    void take_up(unfinished const& past);

    /// Why a step that brings something back has nothing to bring back; empty: it has.
    std::string reason_to_leave_out(step const& s) const;

    /// Around a step that puts something aside or brings it back, and that was done.
    asio::awaitable<void> look_before(step const& s);
    asio::awaitable<void> look_after(step const& s, verdict::drill_step& done);

    /// How long the looks have taken so far: no part of what a step takes.
    std::chrono::nanoseconds looked_for() const noexcept { return looked_for_; }

    std::vector<evidence::finding> take_findings() { return std::move(found_); }
    std::vector<std::string> take_notes();

private:
    struct kept {
        safekeeping what;
        backed_up was;
    };

    asio::awaitable<result<contents>> contents_at(fingerprint_site site, std::string into);
    asio::awaitable<result<catalogue>> shape_at(std::string const& store, std::string into);
    asio::awaitable<void> keep(safekeeping const& k, verdict::drill_step& done);
    asio::awaitable<void> judge(step const& s, kept const& from, verdict::drill_step& done);
    asio::awaitable<std::size_t>
    judge_shape(step const& s, kept const& from, fingerprint_site const& site);
    void add_unequal(
        step const& s, std::vector<verdict::drill_fingerprint> const& prints, std::string_view whose
    );
    void add_unseen(step const& s, std::string why);

    plan const& plan_;
    surroundings& around_;
    live_traffic const& traffic_;
    std::map<std::string, kept> kept_;
    std::set<std::string> restored_;
    /// Of the step under way.
    contents before_;
    std::string unseen_;
    std::chrono::nanoseconds looked_for_{};
    std::vector<evidence::finding> found_;
    std::vector<std::string> notes_;
};

} // namespace watertight::drill
