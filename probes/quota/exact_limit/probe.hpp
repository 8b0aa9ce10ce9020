#pragma once

#include "harness/probe/guests.hpp"
#include "harness/probe/toolbox.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace watertight::probes::quota::exact_limit {

/// An answer that tells of the quota, and how much must be used by then; nothing if that is not
/// known.
struct figure {
    probe::exchange told{};
    std::optional<std::uint64_t> used{};
};

/// Uses that were sent at once, with room for so many of them.
struct burst {
    std::uint64_t room = 0;
    std::vector<probe::exchange> uses{};
};

/// One quota, filled to its end on a tenant of its own while another tenant looks on.
struct trial {
    target::quota const* what = nullptr;
    tenant_index filled{};
    tenant_index other{};
    std::uint64_t limit = 0;
    /// Used before the first of `one_by_one`; nothing if nobody says.
    std::optional<std::uint64_t> already{};
    /// Why it could not be filled; empty if it was.
    std::string failure{};
    /// Each of them has room.
    std::vector<probe::exchange> one_by_one{};
    std::vector<burst> at_once{};
    /// When nothing is left.
    std::optional<probe::exchange> beyond{};
    std::vector<figure> figures{};
    /// A removal, and the use after it.
    std::optional<probe::exchange> removal{};
    std::optional<probe::exchange> freed{};
    /// The other tenant's own use before, and when the first has nothing left.
    probe::exchange other_before{};
    probe::exchange other_after{};
    /// Its figure before and after, without a use of its own in between.
    std::optional<probe::exchange> other_told_before{};
    std::optional<probe::exchange> other_told_after{};
    /// "3 users in 4 ways": how requests were sent.
    std::string ways{};
};

/// Whether this is the refusal of a tenant that has used the quota up, and not that of one that
/// sends too fast.
bool is_refusal(target::quota const& q, probe::exchange const& e);

/// What is wrong with the figures of one answer; empty if nothing is.
std::string wrong_figures(target::quota const& q, figure const& f, std::uint64_t limit);

probe::conclusion judge(std::vector<trial> const& trials);
probe::unit unit();

} // namespace watertight::probes::quota::exact_limit
