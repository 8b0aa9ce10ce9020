#include "harness/probe/event_text.hpp"

#include "harness/net/http.hpp"

#include <array>
#include <charconv>

namespace watertight::probe {

std::string_view head_in(std::string_view received)
{
    auto const end = received.find("\r\n\r\n");
    return end == std::string_view::npos ? std::string_view{} : received.substr(0, end + 4);
}

static std::string unchunked(std::string_view body)
{
    std::string out;
    while (true) {
        auto const line = body.find("\r\n");
        if (line == std::string_view::npos) return out;
        std::size_t size = 0;
        std::from_chars(body.data(), body.data() + line, size, 16);
        body.remove_prefix(line + 2);
        if (size == 0) return out;
        out += body.substr(0, size);
        if (body.size() < size + 2) return out;
        body.remove_prefix(size + 2);
    }
}

static std::uint64_t big_endian(std::string_view bytes)
{
    std::uint64_t out = 0;
    for (char const c : bytes) out = (out << 8U) | static_cast<unsigned char>(c);
    return out;
}

// Servers send unmasked. Frames of a message follow each other; each message ends a line.
static std::string unframed(std::string_view bytes)
{
    std::string out;
    while (bytes.size() >= 2) {
        auto const first = static_cast<unsigned char>(bytes[0]);
        auto const length = static_cast<unsigned char>(bytes[1]) & 0x7fU;
        auto const extra = length == 126 ? 2U : length == 127 ? 8U : 0U;
        if (bytes.size() < 2 + extra) break;
        auto const size = extra == 0 ? length : big_endian(bytes.substr(2, extra));
        if (bytes.size() - 2 - extra < size) break;
        auto const is_control = (first & 0x08U) != 0;
        if (!is_control) out += bytes.substr(2 + extra, static_cast<std::size_t>(size));
        if (!is_control && (first & 0x80U) != 0) out += '\n';
        bytes.remove_prefix(2 + extra + static_cast<std::size_t>(size));
    }
    return out;
}

std::string event_text(std::string_view received)
{
    auto const head = head_in(received);
    if (head.empty()) return {};
    auto const body = received.substr(head.size());
    if (head.starts_with("HTTP/1.1 101")) return unframed(body);
    auto const coding = net::find_header(head, "Transfer-Encoding");
    return coding && coding->find("chunked") != std::string_view::npos ? unchunked(body)
                                                                       : std::string{body};
}

std::string client_frame(std::string_view text, std::uint32_t key)
{
    static constexpr unsigned masked = 0x80;
    std::string out{static_cast<char>(0x81)};
    if (text.size() < 126) {
        out += static_cast<char>(masked | text.size());
    } else {
        // Messages that subscribe are short.
        out += static_cast<char>(masked | 126U);
        out += static_cast<char>(text.size() >> 8U);
        out += static_cast<char>(text.size());
    }
    std::array<char, 4> mask{};
    for (unsigned i = 0; i < 4; ++i) mask[i] = static_cast<char>(key >> (8 * (3 - i)));
    out.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += static_cast<char>(text[i] ^ mask[i % 4]);
    }
    return out;
}

} // namespace watertight::probe
