#pragma once

#include "scenarios/lab/core/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace watertight::lab {

/// Finds what serves a method and a path. Patterns hold parameters: "/api/v1/users/{id}".
///
/// Literal segments win over parameters, whatever the order of registration.
template <class Handler>
class router {
public:
    struct match {
        Handler const* handler = nullptr;
        /// Values of the pattern's parameters, decoded.
        name_values parameters;
        /// The pattern that matched, for logs and metrics.
        std::string_view pattern;
        /// If there is no handler: the methods that this path has, for the Allow header.
        std::string allowed;
    };

    void add(std::string method, std::string pattern, Handler handler);

    match find(std::string_view method, std::string_view path) const;

private:
    struct route {
        std::string method;
        std::string pattern;
        std::vector<std::string> segments;
        Handler handler;
    };

    std::vector<route> routes_;
};

/// Matches a path's segments with a pattern's. @return the parameters, or nothing.
std::optional<name_values>
match_segments(std::vector<std::string> const& pattern, std::vector<std::string_view> const& path);
std::vector<std::string_view> path_segments(std::string_view path);

template <class Handler>
void router<Handler>::add(std::string method, std::string pattern, Handler handler)
{
    std::vector<std::string> segments;
    for (auto const s : path_segments(pattern)) segments.emplace_back(s);
    routes_.push_back(
        {std::move(method), std::move(pattern), std::move(segments), std::move(handler)}
    );
}

template <class Handler>
auto router<Handler>::find(std::string_view method, std::string_view path) const -> match
{
    auto const segments = path_segments(path);
    match best;
    for (auto const& r : routes_) {
        auto parameters = match_segments(r.segments, segments);
        if (!parameters) continue;
        if (r.method != method) {
            if (best.allowed.find(r.method) == std::string::npos)
                best.allowed += (best.allowed.empty() ? "" : ", ") + r.method;
            continue;
        }
        if (best.handler != nullptr && parameters->size() >= best.parameters.size()) continue;
        best.handler = &r.handler;
        best.parameters = std::move(*parameters);
        best.pattern = r.pattern;
    }
    return best;
}

} // namespace watertight::lab
