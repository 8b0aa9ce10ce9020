#include "harness/scenario/tree.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace watertight::scenario {

node const* node::find(std::string_view key) const
{
    auto const found = std::ranges::find(members, key, &member::key);
    return found == members.end() || found->value.is_bad ? nullptr : &found->value;
}

void problem_list::add(int line, int column, std::string_view pointer, std::string what)
{
    problems_.push_back({line, column, std::string{pointer}, std::move(what)});
}

std::vector<problem> problem_list::take()
{
    auto const place = [](problem const& p) { return std::tie(p.line, p.column, p.what); };
    std::ranges::stable_sort(problems_, {}, place);
    auto const same = std::ranges::unique(problems_, {}, place);
    problems_.erase(same.begin(), same.end());
    return std::move(problems_);
}

std::string dotted(std::string_view pointer)
{
    std::string out;
    while (!pointer.empty()) {
        auto const end = std::min(pointer.find('/', 1), pointer.size());
        auto const part = pointer.substr(1, end - 1);
        pointer.remove_prefix(end);
        if (!part.empty() && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; }))
        {
            out += fmt::format("[{}]", part);
            continue;
        }
        if (!out.empty()) out += '.';
        for (std::size_t i = 0; i < part.size(); ++i) {
            // RFC 6901: ~1 is '/', ~0 is '~'.
            auto const escaped = part[i] == '~' && i + 1 < part.size();
            out += escaped ? (part[++i] == '1' ? '/' : '~') : part[i];
        }
    }
    return out.empty() ? "the scenario" : out;
}

template <class Number>
static std::optional<Number> number(std::string_view text)
{
    if (text.starts_with('+')) text.remove_prefix(1);
    Number value{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

static nlohmann::ordered_json scalar_to_json(node const& n)
{
    switch (n.type) {
    case node::kind::null:
        return nullptr;
    case node::kind::boolean:
        return n.text == "true";
    case node::kind::integer:
        if (auto const value = number<std::int64_t>(n.text)) return *value;
        [[fallthrough]];
    case node::kind::number:
        if (auto const value = number<double>(n.text)) return *value;
        [[fallthrough]];
    default:
        return n.text;
    }
}

nlohmann::ordered_json to_json(node const& n)
{
    if (n.type == node::kind::map) {
        auto out = nlohmann::ordered_json::object();
        for (auto const& [key, line, column, value] : n.members) out[key] = to_json(value);
        return out;
    }
    if (n.type == node::kind::list) {
        auto out = nlohmann::ordered_json::array();
        for (auto const& item : n.items) out.push_back(to_json(item));
        return out;
    }
    return scalar_to_json(n);
}

} // namespace watertight::scenario
