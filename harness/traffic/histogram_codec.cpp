#include "harness/base/text.hpp"
#include "harness/traffic/histogram.hpp"
#include "harness/traffic/histogram_layout.hpp"

#include <zlib.h>

#include <bit>

namespace watertight::traffic {

// The low nibble tells the word size of older versions; V2 sets it to 1.
static constexpr std::uint32_t cookie_plain = 0x1c849303U | 0x10U;
static constexpr std::uint32_t cookie_compressed = 0x1c849304U | 0x10U;
static constexpr std::size_t plain_head = 40;
static constexpr std::size_t compressed_head = 8;
// Nine bytes are the most that one counter takes.
static constexpr std::size_t plain_bytes_max = plain_head + hdr::counters * 9;

template <class T>
static void put(std::string& out, T value)
{
    for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>((value >> shift) & 0xffU));
    }
}

template <class T>
static T get(std::string_view bytes, std::size_t at) noexcept
{
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = (value << 8U) | static_cast<unsigned char>(bytes[at + i]);
    }
    return value;
}

static std::string deflated(std::string_view plain)
{
    auto room = compressBound(static_cast<uLong>(plain.size()));
    std::string out(room, '\0');
    // Fails for want of memory only, and then the allocation above would have thrown.
    compress(
        reinterpret_cast<Bytef*>(out.data()),
        &room,
        reinterpret_cast<Bytef const*>(plain.data()),
        static_cast<uLong>(plain.size())
    );
    out.resize(room);
    return out;
}

std::string histogram::encode() const
{
    auto const counts = payload();
    std::string plain;
    put<std::uint32_t>(plain, cookie_plain);
    put<std::uint32_t>(plain, static_cast<std::uint32_t>(counts.size()));
    put<std::uint32_t>(plain, 0); // normalising index offset: buckets are never shifted
    put<std::uint32_t>(plain, hdr::digits);
    put<std::uint64_t>(plain, hdr::lowest);
    put<std::uint64_t>(plain, hdr::highest);
    put<std::uint64_t>(plain, std::bit_cast<std::uint64_t>(1.0)); // integer to double ratio
    plain += counts;

    auto const packed = deflated(plain);
    std::string out;
    put<std::uint32_t>(out, cookie_compressed);
    put<std::uint32_t>(out, static_cast<std::uint32_t>(packed.size()));
    return base64(out + packed);
}

static failure malformed(std::string_view what)
{
    return {errc::malformed, "not an HdrHistogram V2 of this layout: " + std::string{what}, {}};
}

static result<std::string> inflated(std::string_view text)
{
    auto const bytes = base64_decode(trim(text));
    if (!bytes) return malformed("no base64");
    if (bytes->size() < compressed_head || get<std::uint32_t>(*bytes, 0) != cookie_compressed) {
        return malformed("another cookie");
    }
    if (get<std::uint32_t>(*bytes, 4) != bytes->size() - compressed_head) {
        return malformed("the stated length is wrong");
    }
    uLong room = plain_bytes_max;
    std::string plain(room, '\0');
    int const status = uncompress(
        reinterpret_cast<Bytef*>(plain.data()),
        &room,
        reinterpret_cast<Bytef const*>(bytes->data() + compressed_head),
        static_cast<uLong>(bytes->size() - compressed_head)
    );
    if (status != Z_OK) return malformed("the compressed part is damaged");
    plain.resize(room);
    return plain;
}

result<histogram> histogram::decode(std::string_view text)
{
    auto const plain = inflated(text);
    if (!plain) return plain.error();
    if (plain->size() < plain_head || get<std::uint32_t>(*plain, 0) != cookie_plain) {
        return malformed("another inner cookie");
    }
    bool const same_layout = get<std::uint32_t>(*plain, 8) == 0 &&
                             get<std::uint32_t>(*plain, 12) == hdr::digits &&
                             get<std::uint64_t>(*plain, 16) == hdr::lowest &&
                             get<std::uint64_t>(*plain, 24) == hdr::highest;
    if (!same_layout) return malformed("other bounds or digits");
    if (get<std::uint32_t>(*plain, 4) != plain->size() - plain_head) {
        return malformed("the stated inner length is wrong");
    }
    return from_payload(std::string_view{*plain}.substr(plain_head));
}

} // namespace watertight::traffic
