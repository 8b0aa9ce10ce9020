#pragma once

#include "harness/base/error.hpp"
#include "harness/drill/fingerprint.hpp"

#include <map>
#include <set>
#include <string>

namespace watertight::drill {

/// What the drill's traffic does to a table by itself, as it was before the first step: counters,
/// times of a last visit, entries of a log. That it goes on doing so is no difference.
struct table_lore {
    /// Keys of rows of before that changed.
    std::set<std::string> changed{};
    /// Whose they are, where rows name tenants: others of theirs will change, too.
    std::set<tenant_value> changed_of{};
    /// Rows came that bear no mark of the traffic.
    bool adds = false;
    /// Keys of rows that the forward steps made: the traffic alone made none of the kind, neither
    /// before them nor after.
    std::set<std::string> made_by_steps{};

    bool explains(std::string const& key, kept_row const& was) const;
};
using lore = std::map<std::string, table_lore>;

/// @param before  when nothing had been sent yet.
/// @param now     after a time in which nothing but the traffic went on; its rows are marked.
lore learn(contents const& before, contents const& now);

/// What came between the two in tables to which the traffic adds nothing unmarked.
void learn_steps(lore& all, contents const& before_steps, contents const& after_steps);

/// Takes that back of tables to which, as it turns out, the new version adds such rows as well.
void learn_window(lore& all, contents const& after_steps, contents const& now);

std::string to_json(lore const& all);
result<lore> lore_from_json(std::string const& text);

} // namespace watertight::drill
