#pragma once

#include "harness/draft/tree.hpp"

#include <string>
#include <unordered_map>
#include <vector>

namespace watertight::draft {

/// Follows $ref within one document. Those that lead out of it, to nothing or in a circle lead to
/// null, and are remembered.
class references {
public:
    explicit references(node const& root) : root_{root} {}

    /// What stands at the end; `from` itself if it is no reference. Null stays null.
    node const* follow(node const* from);
    node const& root() const noexcept { return root_; }
    /// Each once, as written.
    std::vector<std::string> const& broken() const noexcept { return broken_; }

private:
    node const* find(std::string const& reference);

    node const& root_;
    std::unordered_map<std::string, node const*> found_;
    std::vector<std::string> broken_;
};

} // namespace watertight::draft
