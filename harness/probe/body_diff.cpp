#include "harness/probe/body_diff.hpp"

#include "harness/base/text.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probe {

std::map<std::string, std::string> flatten(std::string_view body)
{
    std::map<std::string, std::string> out;
    auto const json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_structured()) {
        out.emplace("", body);
        return out;
    }
    auto const flat = json.flatten();
    for (auto const& [pointer, value] : flat.items()) out.emplace(pointer, value.dump());
    return out;
}

std::set<std::string> volatile_parts(std::vector<std::string> const& readings)
{
    std::set<std::string> out;
    for (std::size_t i = 1; i < readings.size(); ++i) {
        for (auto& part : changed_parts(readings[0], readings[i], {})) out.insert(std::move(part));
    }
    return out;
}

std::vector<std::string>
changed_parts(std::string_view before, std::string_view after, std::set<std::string> const& ignored)
{
    auto const old_parts = flatten(before);
    auto const new_parts = flatten(after);
    std::vector<std::string> out;
    for (auto const& [part, value] : old_parts) {
        auto const now = new_parts.find(part);
        if (ignored.contains(part)) continue;
        if (now == new_parts.end() || now->second != value) out.push_back(part);
    }
    for (auto const& [part, value] : new_parts) {
        if (!old_parts.contains(part) && !ignored.contains(part)) out.push_back(part);
    }
    return out;
}

std::string without_tokens(std::string body, std::vector<std::string> const& tokens)
{
    for (auto const& token : tokens) {
        if (!token.empty()) body = replace_all(std::move(body), token, "{}");
    }
    return body;
}

} // namespace watertight::probe
