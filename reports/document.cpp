#include "reports/document.hpp"

#include "harness/base/text.hpp"

#include <algorithm>

namespace watertight::reports {

std::string dump(document const& d)
{
    return d.dump(2, ' ', false, document::error_handler_t::replace) + "\n";
}

std::string cut(std::string_view text, std::size_t bytes_max)
{
    static constexpr std::string_view mark = " [cut]";
    auto out = visible(text);
    if (out.size() <= bytes_max) return out;
    auto end = bytes_max - std::min(bytes_max, mark.size());
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
    out.resize(end);
    return out + std::string{mark};
}

std::string cwe_number(std::string_view cwe)
{
    static constexpr std::string_view prefix = "CWE-";
    if (!cwe.starts_with(prefix)) return {};
    cwe.remove_prefix(prefix.size());
    bool const is_number = std::ranges::all_of(cwe, [](char c) { return c >= '0' && c <= '9'; });
    return is_number ? std::string{cwe} : std::string{};
}

std::string uuid_of(std::string_view text)
{
    auto hex = sha256_hex(text).substr(0, 32);
    hex[12] = '8';
    hex[16] = "89ab"[static_cast<std::size_t>(hex[16]) % 4];
    for (auto const at : {20, 16, 12, 8}) hex.insert(static_cast<std::size_t>(at), "-");
    return hex;
}

} // namespace watertight::reports
