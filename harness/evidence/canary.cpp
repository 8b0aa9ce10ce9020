#include "harness/evidence/canary.hpp"

#include "harness/base/assert.hpp"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_shorthash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace watertight::evidence {

// Without i, l, o and u: nothing that a person or a font confuses, and no decoding that is not
// the one inverse of the encoding.
static constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
static constexpr unsigned char not_a_digit = 0xff;

static constexpr unsigned tenant_bits = 20;
static constexpr unsigned actor_bits = 20;
static constexpr unsigned serial_bits = 30;
static constexpr std::size_t payload_digits = (tenant_bits + actor_bits + serial_bits) / 5;
static constexpr std::size_t mac_digits = 10;
static_assert(canary_prefix.size() + payload_digits + mac_digits == canary_length);

static constexpr unsigned number_tenant_bits = 14;
static constexpr unsigned number_serial_bits = 16;
static constexpr unsigned number_mac_bits = 22;
static_assert(number_tenant_bits + number_serial_bits + number_mac_bits == 52);

static constexpr std::array<unsigned char, 256> make_digit_values() noexcept
{
    std::array<unsigned char, 256> out{};
    out.fill(not_a_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        auto const c = static_cast<unsigned char>(alphabet[i]);
        out[c] = static_cast<unsigned char>(i);
        if (c >= 'a') out[c - 'a' + 'A'] = static_cast<unsigned char>(i);
    }
    return out;
}

static constexpr auto digit_values = make_digit_values();

static constexpr std::uint64_t low_bits(std::uint64_t value, unsigned count) noexcept
{
    return value & ((1ULL << count) - 1);
}

static void put_little_endian(unsigned char* out, std::uint32_t value) noexcept
{
    out[0] = static_cast<unsigned char>(value);
    out[1] = static_cast<unsigned char>(value >> 8);
    out[2] = static_cast<unsigned char>(value >> 16);
    out[3] = static_cast<unsigned char>(value >> 24);
}

// `form` separates the two kinds of canary, so that the one's MAC says nothing about the other's.
static std::uint64_t mac(canary_key const& key, unsigned char form, owner const& who) noexcept
{
    std::array<unsigned char, 13> message{form};
    put_little_endian(message.data() + 1, who.tenant.value);
    put_little_endian(message.data() + 5, who.actor.value);
    put_little_endian(message.data() + 9, who.serial.value);
    std::array<unsigned char, crypto_shorthash_BYTES> digest{};
    crypto_shorthash(digest.data(), message.data(), message.size(), key.bytes.data());
    std::uint64_t out = 0;
    std::memcpy(&out, digest.data(), sizeof out);
    return std::endian::native == std::endian::little ? __builtin_bswap64(out) : out;
}

static char* put_digits(char* out, std::uint64_t value, std::size_t count) noexcept
{
    for (auto at = count; at-- > 0; value >>= 5) out[at] = alphabet[low_bits(value, 5)];
    return out + count;
}

namespace {

// Reads digits from front to back; what is none is noticed once, at the end.
class digit_reader {
public:
    explicit digit_reader(char const* at) noexcept : at_{at} {}

    template <std::size_t Count>
    std::uint64_t take() noexcept
    {
        return take(std::make_index_sequence<Count>{});
    }

    bool sound() const noexcept { return seen_ < alphabet.size(); }

private:
    // Written out for each digit: there are as many of these as own canaries in all answers.
    template <std::size_t... I>
    std::uint64_t take(std::index_sequence<I...>) noexcept
    {
        std::array<unsigned, sizeof...(I)> const values{
            digit_values[static_cast<unsigned char>(at_[I])]...};
        at_ += sizeof...(I);
        seen_ |= (values[I] | ...);
        std::uint64_t out = 0;
        ((out = out << 5 | values[I]), ...);
        return out;
    }

    char const* at_;
    unsigned seen_ = 0;
};

} // namespace

static bool has_prefix(char const* token) noexcept
{
    // Bit 5 folds the letters; the digit among them has to be itself.
    static constexpr std::array<char, canary_prefix.size()> fold{0x20, 0x20, 0, 0x20};
    static_assert(canary_prefix[2] == '7');
    std::uint32_t folding = 0;
    std::memcpy(&folding, fold.data(), sizeof folding);
    std::uint32_t here = 0;
    std::uint32_t wanted = 0;
    std::memcpy(&here, token, sizeof here);
    std::memcpy(&wanted, canary_prefix.data(), sizeof wanted);
    return (here | folding) == wanted;
}

canary_key derive_key(std::uint64_t seed, std::string_view run_id)
{
    std::string message = "watertight canary key 1:";
    for (unsigned shift = 0; shift < 64; shift += 8) message += static_cast<char>(seed >> shift);
    message += run_id;
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
    crypto_hash_sha256(
        digest.data(), reinterpret_cast<unsigned char const*>(message.data()), message.size()
    );
    canary_key key;
    std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
    return key;
}

canary_mint::canary_mint(canary_key key) noexcept : key_{key}
{
}

std::string canary_mint::text(owner const& who) const
{
    std::string out(canary_length, '\0');
    write_text(who, out.data());
    return out;
}

void canary_mint::write_text(owner const& who, char* out) const noexcept
{
    WT_ASSERT(who.tenant.value < 1U << tenant_bits);
    WT_ASSERT(who.actor.value < 1U << actor_bits);
    WT_ASSERT(who.serial.value < 1U << serial_bits);
    out = std::ranges::copy(canary_prefix, out).out;
    out = put_digits(out, who.tenant.value, tenant_bits / 5);
    out = put_digits(out, who.actor.value, actor_bits / 5);
    out = put_digits(out, who.serial.value, serial_bits / 5);
    put_digits(out, mac(key_, 't', who) >> (64 - 5 * mac_digits), mac_digits);
}

std::uint64_t canary_mint::number(owner const& who) const noexcept
{
    owner const marked{who.tenant, {}, {static_cast<std::uint16_t>(who.serial.value)}};
    // The MAC covers the whole tenant: one beyond 14 bits gets a number that does not verify,
    // rather than one that accuses somebody else.
    auto const tag = mac(key_, 'n', marked) >> (64 - number_mac_bits);
    auto const tenant = low_bits(marked.tenant.value, number_tenant_bits);
    return number_min | tenant << (number_serial_bits + number_mac_bits) |
           std::uint64_t{marked.serial.value} << number_mac_bits | tag;
}

std::optional<owner> canary_mint::verify_text(std::string_view token) const noexcept
{
    if (token.size() != canary_length || !has_prefix(token.data())) return std::nullopt;
    digit_reader digits{token.data() + canary_prefix.size()};
    auto const tenant = digits.take<tenant_bits / 5>();
    auto const actor = digits.take<actor_bits / 5>();
    auto const serial = digits.take<serial_bits / 5>();
    auto const tag = digits.take<mac_digits>();
    if (!digits.sound()) return std::nullopt;
    owner const who{
        {static_cast<std::uint32_t>(tenant)},
        {static_cast<std::uint32_t>(actor)},
        {static_cast<std::uint32_t>(serial)}};
    if (mac(key_, 't', who) >> (64 - 5 * mac_digits) != tag) return std::nullopt;
    return who;
}

std::optional<owner> canary_mint::verify_number(std::uint64_t number) const noexcept
{
    if (number < number_min || number > number_max) return std::nullopt;
    auto const tenant =
        low_bits(number >> (number_serial_bits + number_mac_bits), number_tenant_bits);
    auto const serial = low_bits(number >> number_mac_bits, number_serial_bits);
    owner const who{{static_cast<std::uint32_t>(tenant)}, {}, {static_cast<std::uint32_t>(serial)}};
    if (mac(key_, 'n', who) >> (64 - number_mac_bits) != low_bits(number, number_mac_bits)) {
        return std::nullopt;
    }
    return who;
}

} // namespace watertight::evidence
