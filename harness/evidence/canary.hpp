#pragma once

#include "harness/base/ids.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace watertight::evidence {

/// Who wrote a canary, and which of their objects it marks.
struct owner {
    tenant_index tenant;
    actor_index actor;
    object_serial serial;

    bool operator==(owner const&) const = default;
};

/// Of the canary that stands for a tenant itself and not for one of its objects.
inline constexpr object_serial serial_of_tenants{(1U << 30) - 1};

/// The run's secret: a canary of another run, or made up by anybody, does not verify under it.
struct canary_key {
    std::array<unsigned char, 16> bytes{};
};

/// Derived from the run's seed and id, so that all shards of one run agree.
canary_key derive_key(std::uint64_t seed, std::string_view run_id);

/// Text canaries begin with this; it is chosen to be rare in text, base64 and hex alike.
inline constexpr std::string_view canary_prefix = "zq7k";
/// 4 of prefix, 14 of payload (tenant 20 bits, actor 20, serial 30), 10 of MAC: base-32 digits.
inline constexpr std::size_t canary_length = 28;
/// Numeric canaries lie in [2^52, 2^53): always 16 digits, exact in a double, and above any
/// microsecond time stamp of this century.
inline constexpr std::uint64_t number_min = 1ULL << 52;
inline constexpr std::uint64_t number_max = (1ULL << 53) - 1;

/// Makes and verifies canaries. Pure and immutable: any thread may use one.
class canary_mint {
public:
    explicit canary_mint(canary_key key) noexcept;

    /// Lower-case letters and digits, `canary_length` of them.
    std::string text(owner const& who) const;
    /// Writes exactly `canary_length` characters at `out`, for use without allocation.
    void write_text(owner const& who, char* out) const noexcept;
    /// Carries tenant (14 bits), serial (16 bits, wrapping) and 22 bits of MAC; no actor. The
    /// number of a tenant beyond 14 bits does not verify: it is no evidence against anybody.
    std::uint64_t number(owner const& who) const noexcept;

    /// @param token  exactly `canary_length` characters, upper or lower case.
    std::optional<owner> verify_text(std::string_view token) const noexcept;
    std::optional<owner> verify_number(std::uint64_t number) const noexcept;

private:
    canary_key key_;
};

} // namespace watertight::evidence
