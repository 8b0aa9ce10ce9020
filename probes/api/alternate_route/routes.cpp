#include "harness/probe/toolbox.hpp"
#include "probes/api/alternate_route/probe.hpp"

#include <algorithm>
#include <cctype>

namespace watertight::probes::api::alternate_route {

using changed = std::optional<std::string>;

// A target's path as segments, and its query with the question mark.
struct parts {
    std::vector<std::string> segments;
    std::string query;

    explicit parts(std::string_view target)
    {
        auto const question = std::min(target.find('?'), target.size());
        for (auto const s : split(target.substr(0, question), '/')) segments.emplace_back(s);
        query = target.substr(question);
    }

    std::string joined() const
    {
        std::string out;
        for (std::size_t i = 0; i < segments.size(); ++i) {
            out += (i == 0 ? "" : "/") + segments[i];
        }
        return out + query;
    }

    /// The segment that names the resource; null if there is none.
    std::string* named(std::size_t place)
    {
        return place >= segments.size() ? nullptr : &segments[segments.size() - 1 - place];
    }
};

static changed slash_at_end(std::string_view target, std::string_view)
{
    parts p{target};
    if (p.segments.back().empty()) return std::nullopt;
    p.segments.emplace_back();
    return p.joined();
}

static changed double_slash(std::string_view target, std::string_view)
{
    parts p{target};
    p.segments.insert(p.segments.end() - 1, "");
    return p.joined();
}

static changed upper_case(std::string_view target, std::string_view pattern)
{
    parts p{target};
    auto* const name = p.named(name_place(pattern));
    if (name == nullptr || name->empty()) return std::nullopt;
    for (auto& c : *name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return p.joined();
}

static changed encoded_letter(std::string_view target, std::string_view pattern)
{
    parts p{target};
    auto* const name = p.named(name_place(pattern));
    if (name == nullptr || name->empty()) return std::nullopt;
    *name = fmt::format("%{:02X}{}", static_cast<unsigned char>(name->front()), name->substr(1));
    return p.joined();
}

template <std::size_t Size>
struct literal {
    constexpr literal(char const (&text)[Size]) { std::copy_n(text, Size, value); }
    char value[Size];
};

template <literal Suffix>
static changed with_suffix(std::string_view target, std::string_view)
{
    parts p{target};
    if (p.segments.back().empty()) return std::nullopt;
    p.segments.back() += Suffix.value;
    return p.joined();
}

static bool is_version(std::string const& segment)
{
    return segment.size() >= 2 && segment.size() <= 3 && segment[0] == 'v' &&
           std::all_of(segment.begin() + 1, segment.end(), [](char c) {
               return c >= '0' && c <= '9';
           });
}

// Another version in the place of the present one; where there is none, after "api" or in front.
template <literal Version>
static changed version(std::string_view target, std::string_view)
{
    parts p{target};
    std::string const wanted{Version.value};
    auto const present = std::ranges::find_if(p.segments, is_version);
    if (present != p.segments.end()) {
        if (*present == wanted) return std::nullopt;
        if (wanted.empty())
            p.segments.erase(present);
        else
            *present = wanted;
        return p.joined();
    }
    if (wanted.empty()) return std::nullopt;
    auto const api = std::ranges::find(p.segments, "api");
    p.segments.insert(api == p.segments.end() ? p.segments.begin() + 1 : api + 1, wanted);
    return p.joined();
}

// A door beside the front one: before the whole path, or between "api" and the rest.
template <literal Door>
static changed in_front(std::string_view target, std::string_view)
{
    parts p{target};
    p.segments.insert(p.segments.begin() + 1, Door.value);
    return p.joined();
}

template <literal Door>
static changed within_api(std::string_view target, std::string_view)
{
    parts p{target};
    auto const api = std::ranges::find(p.segments, "api");
    if (api == p.segments.end()) return std::nullopt;
    p.segments.insert(api + 1, Door.value);
    return p.joined();
}

// "/v1/internal/things" beside "/v1/things".
template <literal Door>
static changed behind_version(std::string_view target, std::string_view)
{
    parts p{target};
    auto const present = std::ranges::find_if(p.segments, is_version);
    if (present == p.segments.end()) return std::nullopt;
    p.segments.insert(present + 1, Door.value);
    return p.joined();
}

static changed no_slash_at_end(std::string_view target, std::string_view)
{
    parts p{target};
    if (p.segments.size() < 3 || !p.segments.back().empty()) return std::nullopt;
    p.segments.pop_back();
    return p.joined();
}

// What the pattern says of each segment; it may lack those in front, a base path.
static std::vector<std::string> slots_beside(parts const& p, std::string_view pattern)
{
    parts const described{pattern};
    std::vector<std::string> out(p.segments.size());
    auto const common = std::min(out.size(), described.segments.size());
    std::copy_n(described.segments.rbegin(), common, out.rbegin());
    return out;
}

// "/things/7" beside "/orgs/acme/things/7".
static changed without_tenant(std::string_view target, std::string_view pattern)
{
    parts p{target};
    auto const slots = slots_beside(p, pattern);
    parts out{"/"};
    out.query = p.query;
    out.segments.clear();
    for (std::size_t i = 0; i < p.segments.size(); ++i) {
        auto const is_tenants = slots[i].find("{tenant.") != std::string::npos;
        // With what the target calls a tenant.
        auto const is_word = is_tenants && out.segments.size() > 1 &&
                             !is_version(out.segments.back()) && out.segments.back() != "api";
        if (is_word) out.segments.pop_back();
        if (!is_tenants) out.segments.push_back(p.segments[i]);
    }
    if (out.segments.size() == p.segments.size() || out.segments.size() < 2) return std::nullopt;
    return out.joined();
}

// "/api/tasks/7" beside "/api/orgs/acme/projects/3/tasks/7": by the object's own id alone.
static changed flat(std::string_view target, std::string_view pattern)
{
    parts p{target};
    auto const place = name_place(pattern);
    if (place >= p.segments.size()) return std::nullopt;
    auto const name = p.segments.size() - 1 - place;
    parts out{"/"};
    out.query = p.query;
    out.segments = {""};
    for (auto const& segment : p.segments) {
        if (segment == "api" || is_version(segment)) out.segments.push_back(segment);
    }
    out.segments.insert(
        out.segments.end(), p.segments.begin() + static_cast<std::ptrdiff_t>(name), p.segments.end()
    );
    if (out.segments.size() >= p.segments.size()) return std::nullopt;
    return out.joined();
}

static std::vector<route> make_routes()
{
    return {
        {.how = "a slash at the end", .change = slash_at_end},
        {.how = "no slash at the end", .change = no_slash_at_end},
        {.how = "no tenant in the path", .change = without_tenant},
        {.how = "its own id alone in the path", .change = flat},
        {.how = "a double slash", .change = double_slash},
        {.how = "upper case", .change = upper_case},
        {.how = "a letter in percent encoding", .change = encoded_letter},
        {.how = "a parameter of the segment", .change = with_suffix<";x">},
        {.how = "a file extension", .change = with_suffix<".json">},
        {.how = "version 0", .change = version<"v0">},
        {.how = "version 1", .change = version<"v1">},
        {.how = "version 2", .change = version<"v2">},
        {.how = "version 3", .change = version<"v3">},
        {.how = "no version", .change = version<"">},
        {.how = "/internal", .change = in_front<"internal">},
        {.how = "/legacy", .change = in_front<"legacy">},
        {.how = "/old", .change = in_front<"old">},
        {.how = "/admin", .change = in_front<"admin">},
        {.how = "/private", .change = in_front<"private">},
        {.how = "/mobile", .change = in_front<"mobile">},
        {.how = "/beta", .change = in_front<"beta">},
        {.how = "/internal behind the version", .change = behind_version<"internal">},
        {.how = "/admin behind the version", .change = behind_version<"admin">},
        {.how = "/legacy behind the version", .change = behind_version<"legacy">},
        {.how = "/api/internal", .change = within_api<"internal">},
        {.how = "/api/legacy", .change = within_api<"legacy">},
        {.how = "/api/admin", .change = within_api<"admin">},
        {.how = "/api/mobile", .change = within_api<"mobile">},
        {.how = "a verb in a header", .method = "POST", .verb_header = "X-HTTP-Method-Override"},
        {.how = "a verb in a header", .method = "POST", .verb_header = "X-HTTP-Method"},
        {.how = "a verb in a header", .method = "POST", .verb_header = "X-Method-Override"},
        {.how = "a verb in a parameter", .method = "POST", .verb_parameter = "_method"},
        {.how = "a verb in a parameter of a GET", .method = "GET", .verb_parameter = "_method"},
        {.how = "an address in a header", .target_header = "X-Original-URL"},
        {.how = "an address in a header", .target_header = "X-Rewrite-URL"},
        {.how = "a part of it", .header = "Range", .header_value = "bytes=0-65535"},
        {.how = "as a table", .header = "Accept", .header_value = "text/csv"},
        {.how = "as a page", .header = "Accept", .header_value = "text/html"},
        {.how = "as scripts ask", .header = "X-Requested-With", .header_value = "XMLHttpRequest"},
    };
}

std::vector<route> const& routes()
{
    static std::vector<route> const all = make_routes();
    return all;
}

std::size_t name_place(std::string_view path_pattern)
{
    parts const p{path_pattern};
    for (std::size_t i = 0; i < p.segments.size(); ++i) {
        auto const& segment = p.segments[p.segments.size() - 1 - i];
        if (!segment.empty() && segment.find('{') == std::string::npos) return i;
    }
    return p.segments.size();
}

std::optional<target::overrides>
changes_for(route const& by, target::operation const& op, std::string_view target)
{
    target::overrides out;
    if (by.change != nullptr) {
        out.path = by.change(target, op.path_pattern);
        if (!out.path) return std::nullopt;
        return out;
    }
    if (!by.target_header.empty()) {
        out.path = "/";
        out.headers.emplace_back(by.target_header, std::string{target});
        return out;
    }
    if (!by.header.empty()) {
        if (op.method != "GET") return std::nullopt;
        out.headers.emplace_back(by.header, by.header_value);
        return out;
    }
    if (by.method == op.method) return std::nullopt;
    out.method = by.method;
    if (!by.verb_header.empty()) out.headers.emplace_back(by.verb_header, op.method);
    if (!by.verb_parameter.empty()) out.query.emplace_back(by.verb_parameter, op.method);
    return out;
}

std::string channel_of(route const& by, target::operation const& op)
{
    if (by.change != nullptr) {
        auto const target = by.change(op.path_pattern, op.path_pattern);
        return op.method + " " + target.value_or(op.path_pattern);
    }
    if (!by.target_header.empty()) return fmt::format("{} ({})", op.channel(), by.target_header);
    if (!by.header.empty()) {
        return fmt::format("{} ({}: {})", op.channel(), by.header, by.header_value);
    }
    auto const& where = by.verb_header.empty() ? by.verb_parameter : by.verb_header;
    return fmt::format("{} {} ({}: {})", by.method, op.path_pattern, where, op.method);
}

} // namespace watertight::probes::api::alternate_route
