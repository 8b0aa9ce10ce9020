#include "harness/net/content_coding.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace watertight::net {

static constexpr int gzip_window = MAX_WBITS + 16;
static constexpr int raw_window = -MAX_WBITS;
static constexpr std::size_t inflated_bytes_min = 4U << 10;

namespace {

// One inflation of one body into `into`.
class inflation {
public:
    inflation(std::string_view body, std::string& into, std::size_t bytes_max, int window)
        : body_{body}, into_{into}, bytes_max_{bytes_max}
    {
        ready_ = inflateInit2(&stream_, window) == Z_OK;
        // As much as was unpacked the last time is likely to be enough.
        into_.resize(std::min(bytes_max_, std::max(into_.capacity(), inflated_bytes_min)));
    }
    inflation(inflation const&) = delete;
    inflation& operator=(inflation const&) = delete;
    ~inflation() { inflateEnd(&stream_); }

    result<std::string_view> run(bool members);

private:
    int step();
    bool grow();

    z_stream stream_{};
    std::string_view body_;
    std::string& into_;
    std::size_t bytes_max_;
    std::size_t taken_ = 0;
    std::size_t made_ = 0;
    bool ready_ = false;
};

} // namespace

int inflation::step()
{
    static constexpr std::size_t most = std::numeric_limits<uInt>::max();
    auto const in = static_cast<uInt>(std::min(body_.size() - taken_, most));
    auto const out = static_cast<uInt>(std::min(into_.size() - made_, most));
    // zlib reads what it is given through a pointer to what it could change.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body_.data() + taken_));
    stream_.avail_in = in;
    // One past the end is never written, and zlib wants no null pointer.
    stream_.next_out = reinterpret_cast<Bytef*>(into_.data() + made_);
    stream_.avail_out = out;
    auto const state = inflate(&stream_, Z_NO_FLUSH);
    taken_ += in - stream_.avail_in;
    made_ += out - stream_.avail_out;
    return state;
}

bool inflation::grow()
{
    if (into_.size() == bytes_max_) return false;
    into_.resize(std::min(bytes_max_, std::max(into_.size() * 2, inflated_bytes_min)));
    return true;
}

result<std::string_view> inflation::run(bool members)
{
    auto const malformed = [](std::string why) {
        return failure{errc::malformed, std::move(why), {}};
    };
    if (!ready_) return failure{errc::exhausted, "no memory to unpack a body", {}};
    for (;;) {
        auto const state = step();
        if (state == Z_STREAM_END) {
            // RFC 1952: a file may hold several members, one after the other.
            if (members && taken_ < body_.size()) {
                if (inflateReset(&stream_) == Z_OK) continue;
            }
            if (taken_ < body_.size()) return malformed("bytes follow the end of a packed body");
            into_.resize(made_);
            return std::string_view{into_};
        }
        if (state != Z_OK && state != Z_BUF_ERROR) {
            auto const why = stream_.msg != nullptr ? stream_.msg : "it is damaged";
            return malformed(fmt::format("the body cannot be unpacked: {}", why));
        }
        if (made_ < into_.size()) {
            if (taken_ == body_.size()) return malformed("the packed body is cut short");
        } else if (!grow()) {
            // A stream that ends just here has its checksum still to be read: no room needed.
            if (state == Z_OK && taken_ < body_.size()) continue;
            return malformed(fmt::format("the body unpacks to more than {} bytes", bytes_max_));
        }
    }
}

// The two forms that servers send as "deflate": RFC 1950, as they should, and RFC 1951.
static bool has_zlib_header(std::string_view body) noexcept
{
    if (body.size() < 2) return false;
    auto const first = static_cast<unsigned char>(body[0]);
    auto const second = static_cast<unsigned char>(body[1]);
    return (first & 0x0f) == Z_DEFLATED && first >> 4 <= 7 && (first * 256 + second) % 31 == 0;
}

result<std::string_view>
decode(content_coding coding, std::string_view body, std::string& into, std::size_t bytes_max)
{
    // An answer without a body (HEAD, 304) may well say how it would have been packed.
    if (body.empty()) return body;
    if (coding == content_coding::gzip) {
        return inflation{body, into, bytes_max, gzip_window}.run(true);
    }
    if (coding == content_coding::deflate) {
        auto const window = has_zlib_header(body) ? MAX_WBITS : raw_window;
        return inflation{body, into, bytes_max, window}.run(false);
    }
    return body;
}

} // namespace watertight::net
