#include "harness/probe/keys.hpp"

#include "harness/tenants/bench.hpp"

#include <algorithm>

namespace watertight::probe {

bool is_key(target::template_text const& header)
{
    return std::ranges::any_of(header.pieces(), [](auto const& piece) {
        auto const is_someones =
            piece.slot.starts_with("tenant.") || piece.slot.starts_with("user.");
        return is_someones && tenants::is_secret_name(piece.slot);
    });
}

bool carries_key(target::operation const& op)
{
    return std::ranges::any_of(op.headers, [](auto const& h) { return is_key(h.second); });
}

} // namespace watertight::probe
