#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/census.hpp"
#include "harness/drill/fingerprint.hpp"
#include "harness/drill/learner.hpp"
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/run.hpp"
#include "harness/evidence/finding.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// Proves that what came back is what was there: data, shape and isolation, before and after.
class verifier {
public:
    /// The arguments outlive the object.
    verifier(plan const& p, surroundings& s, live_traffic const& traffic, learner const& learnt);

    /// What is there before the first step. A failure: the data cannot be fingerprinted.
    asio::awaitable<result<void>> look_before();
    /// What `look_before` saw, for a drill's journal, and back from there.
    std::string kept() const;
    /// @param has_written  the killed drill's traffic may have written.
    result<void> take_up(std::string const& kept, bool has_written);
    /// Looks again and again at whose the rows are, until it is cancelled: what stands in the new
    /// version has gone with it once the way back is done. Waits for no lock longer than a moment.
    asio::awaitable<void> watch_window();
    /// What is there at the end, compared; traffic has ended.
    asio::awaitable<void> look_after(verdict::drill_outcome& out);

    /// Rows, shapes and probes that are not what they were, data that was not to be verified.
    std::vector<evidence::finding> take_findings();
    /// What was not compared, and why.
    std::vector<std::string> take_notes() { return std::move(notes_); }
    /// Of what was there before; writes of the drill's own traffic that went astray aside.
    bool has_findings() const noexcept { return !found_.empty(); }
    /// Data or a catalogue could not be compared at the end.
    bool is_unverified() const noexcept { return unverified_; }
    std::size_t tables_before() const noexcept;
    /// By the fingerprint's place in the plan.
    std::vector<contents> const& before() const noexcept { return data_; }
    /// By store.
    std::map<std::string, catalogue> const& shapes_before() const noexcept { return shapes_; }

private:
    asio::awaitable<void> look_at_shapes(std::map<std::string, catalogue>& into);
    asio::awaitable<void> compare_shapes();
    asio::awaitable<void> compare_probes();
    asio::awaitable<void> compare_writes();
    stored_tenants expected_of(std::string const& store) const;
    void judge_window();
    void add_strays(
        std::string const& store, std::vector<stray_write> const& strays, std::string_view when
    );

    plan const& plan_;
    surroundings& around_;
    live_traffic const& traffic_;
    learner const& learnt_;
    /// By the site's place in the plan.
    std::vector<contents> data_;
    /// By store.
    std::map<std::string, catalogue> shapes_;
    std::vector<evidence::finding> probed_;
    bool unverified_ = false;
    /// Writes of the drill that was killed, at least.
    std::uint64_t writes_before_ = 0;
    /// The last whole look at each store in the new version.
    std::map<std::string, census> window_;
    std::vector<evidence::finding> found_;
    /// Of the drill's own writes.
    std::vector<evidence::finding> strays_;
    std::vector<std::string> notes_;
};

} // namespace watertight::drill
