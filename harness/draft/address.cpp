#include "harness/draft/address.hpp"

#include <algorithm>

namespace watertight::draft {

static constexpr std::string_view scheme_end = "://";

// Where the path begins. "//host/path" is a URL too, "/path" and "path" are paths alone.
static std::size_t authority_end(std::string_view url)
{
    auto const slashes = url.find("//");
    if (slashes == url.npos) return 0;
    return std::min(url.find_first_of("/?#", slashes + 2), url.size());
}

std::string origin_of(std::string_view url)
{
    auto const scheme = url.find(scheme_end);
    if (scheme == url.npos || !url.starts_with("http")) return {};
    std::string out{url.substr(0, authority_end(url))};
    // "https://name:password@host": who they were is nobody's business.
    auto const from = scheme + scheme_end.size();
    if (auto const at = out.rfind('@'); at != out.npos) out.erase(from, at + 1 - from);
    return out;
}

std::string_view path_of(std::string_view url)
{
    auto const from = authority_end(url);
    return url.substr(from, url.find_first_of("?#", from) - from);
}

std::string_view host_of(std::string_view origin)
{
    auto const scheme = origin.find(scheme_end);
    auto out = scheme == origin.npos ? origin : origin.substr(scheme + scheme_end.size());
    auto const is_v6 = out.starts_with('[');
    return out.substr(0, is_v6 ? out.find(']') + 1 : out.find(':'));
}

bool is_on_this_machine(std::string_view origin)
{
    auto const host = host_of(origin);
    return host == "localhost" || host == "[::1]" || host == "127.0.0.1";
}

} // namespace watertight::draft
