#pragma once

#include "harness/drill/catalogue.hpp"
#include "harness/drill/fingerprint.hpp"
#include "harness/drill/learner.hpp"
#include "harness/drill/live_traffic.hpp"
#include "harness/drill/run.hpp"
#include "harness/evidence/finding.hpp"

#include <map>
#include <string>
#include <vector>

namespace watertight::drill {

/// Looks at what the forward steps did, by what the stores hold and not by what the steps say:
/// nothing lost, everything owned, what was promised is there, and a second run changes nothing.
class validator {
public:
    /// The arguments outlive the object. The plan has a validation.
    validator(plan const& p, surroundings& s, live_traffic const& traffic, learner const& learnt);

    /// Before the first step: what there is, less the columns that are meant to go.
    asio::awaitable<result<void>> look_before(std::vector<contents> const& all);
    /// After the forward steps. @param before  by the fingerprint's place in the plan.
    /// @param shapes  of before, by store.
    asio::awaitable<void>
    look(std::vector<contents> const& before, std::map<std::string, catalogue> const& shapes);
    /// After their second run.
    asio::awaitable<void> look_again();

    std::vector<evidence::finding> take_findings() { return std::move(found_); }
    /// What was seen, for the report: "public.users: 5000 rows, all of tenant x".
    std::vector<std::string> take_notes() { return std::move(notes_); }

private:
    lore lore_of(std::size_t site) const;
    contents as_promised(std::size_t site, contents before);
    asio::awaitable<void> compare_data(std::size_t site, contents before);
    void judge_default(std::string const& store, contents const& before, contents const& now);
    asio::awaitable<void> judge_owners(std::string store, std::string tenant);
    void judge_references(
        std::string const& store,
        catalogue const& now,
        std::map<std::string, catalogue> const& before
    );
    asio::awaitable<void> judge_promises(std::map<std::string, catalogue> const& before);
    asio::awaitable<void> take_shapes(std::map<std::string, catalogue>& shapes);
    asio::awaitable<void> take_all(std::vector<contents>& data, std::map<std::string, catalogue>&);
    void
    add(std::string channel, std::string title, std::string detail, std::string what = "validation"
    );

    plan const& plan_;
    validation const& asked_;
    surroundings& around_;
    live_traffic const& traffic_;
    learner const& learnt_;
    /// By the fingerprint's place in the plan: tables that lose columns, without these.
    std::vector<contents> narrowed_;
    std::vector<contents> once_;
    std::map<std::string, catalogue> shapes_once_;
    std::vector<evidence::finding> found_;
    std::vector<std::string> notes_;
};

} // namespace watertight::drill
