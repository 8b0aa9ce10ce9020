#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace watertight::test {

enum class packing { gzip, zlib, raw };

/// `text` as a server packs it.
inline std::string pack(std::string_view text, packing how)
{
    auto const window = how == packing::gzip   ? MAX_WBITS + 16
                        : how == packing::zlib ? MAX_WBITS
                                               : -MAX_WBITS;
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 32, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

} // namespace watertight::test
