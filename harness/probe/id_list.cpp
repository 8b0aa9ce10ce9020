#include "harness/probe/id_list.hpp"

#include "harness/base/text.hpp"

#include <nlohmann/json.hpp>

namespace watertight::probe {

using nlohmann::json;

// A pair of ids and the order in which they are to stand.
struct two_ids {
    std::string_view own;
    std::string_view foreign;
    id_order order;

    std::string joined() const
    {
        auto const is_own_first = order == id_order::own_first;
        return std::string{is_own_first ? own : foreign} + "," +
               std::string{is_own_first ? foreign : own};
    }
};

static bool holds(json const& value, std::string_view id)
{
    if (!value.is_primitive()) return false;
    return (value.is_string() ? value.get<std::string>() : value.dump()) == id;
}

// The foreign id in the type that one's own has.
static json like(json const& own, std::string_view foreign)
{
    auto const as_number = json::parse(foreign, nullptr, false);
    return own.is_number() && as_number.is_number() ? as_number : json(foreign);
}

// A copy of what speaks of `own` that speaks of `foreign`: {"path": "/users/7"}.
static json speaking_of(json value, two_ids const& ids)
{
    if (holds(value, ids.own)) return like(value, ids.foreign);
    if (value.is_string()) return replace_all(value.get<std::string>(), ids.own, ids.foreign);
    if (value.is_structured()) {
        for (auto& part : value) part = speaking_of(std::move(part), ids);
    }
    return value;
}

static void put_second(json& list, json second, id_order order)
{
    auto const at = order == id_order::own_first ? list.end() : list.begin();
    list.insert(at, std::move(second));
}

static bool add_to(json& value, two_ids const& ids)
{
    if (value.is_array() && value.size() == 1) {
        auto second = speaking_of(value[0], ids);
        if (second == value[0]) return false;
        put_second(value, std::move(second), ids.order);
        return true;
    }
    if (!value.is_structured()) return false;
    auto is_added = false;
    if (value.is_object()) {
        for (auto& [name, member] : value.items()) {
            if (!member.is_string() || !to_lower(name).ends_with("ids")) continue;
            if (!holds(member, ids.own)) continue;
            member = ids.joined();
            is_added = true;
        }
    }
    for (auto& part : value) is_added = add_to(part, ids) || is_added;
    return is_added;
}

std::optional<std::string> with_second_id(
    std::string_view body, std::string_view own, std::string_view foreign, id_order order
)
{
    auto value = json::parse(body, nullptr, false);
    if (value.is_discarded() || own.empty() || !add_to(value, {own, foreign, order})) {
        return std::nullopt;
    }
    return value.dump();
}

static void make_lists(json& value, std::string_view own)
{
    if (!value.is_object()) return;
    for (auto& member : value) {
        if (holds(member, own))
            member = json::array({member});
        else
            make_lists(member, own);
    }
}

std::optional<std::string> form_with_second_id(
    std::string_view fields, std::string_view own, std::string_view foreign, id_order order
)
{
    if (auto known = with_second_id(fields, own, foreign, order)) return known;
    auto value = json::parse(fields, nullptr, false);
    if (value.is_discarded() || own.empty()) return std::nullopt;
    make_lists(value, own);
    return with_second_id(value.dump(), own, foreign, order);
}

std::optional<std::string> body_with_second_id(
    target::body_kind kind,
    std::string_view body,
    std::string_view own,
    std::string_view foreign,
    id_order order
)
{
    return kind == target::body_kind::json ? with_second_id(body, own, foreign, order)
                                           : form_with_second_id(body, own, foreign, order);
}

std::vector<std::pair<std::string, std::string>>
targets_with_second_id(std::string_view target, std::string_view own, std::string_view foreign)
{
    std::vector<std::pair<std::string, std::string>> out;
    if (own.empty()) return out;
    auto const both = std::string{own} + "," + std::string{foreign};
    auto const question = target.find('?');
    std::string path;
    for (auto const segment : split(target.substr(0, question), '/')) {
        path += (path.empty() && segment.empty()) ? "" : "/";
        path += segment == own ? std::string_view{both} : segment;
    }
    auto const query =
        question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    auto const rest = query.empty() ? std::string{} : "?" + std::string{query};
    if (path.find(both) != std::string::npos) {
        out.emplace_back("a list in the path", path + rest);
    }
    std::string listed;
    std::string repeated;
    auto is_parameter = false;
    for (auto const pair : split(query, '&')) {
        auto const equals = pair.find('=');
        auto const is_own = equals != std::string_view::npos && pair.substr(equals + 1) == own;
        auto const name = std::string{pair.substr(0, equals)};
        auto const& separator = listed.empty() ? "?" : "&";
        listed += separator + (is_own ? name + "=" + both : std::string{pair});
        repeated += separator + std::string{pair};
        if (is_own) repeated += "&" + name + "=" + std::string{foreign};
        is_parameter = is_parameter || is_own;
    }
    if (is_parameter) {
        auto const before = std::string{target.substr(0, question)};
        out.emplace_back("a list in the parameter", before + listed);
        out.emplace_back("the parameter a second time", before + repeated);
    }
    return out;
}

std::vector<std::pair<std::string, std::string>>
targets_with_parameter_twice(std::string_view own, std::string_view foreign)
{
    std::vector<std::pair<std::string, std::string>> out;
    auto const mark = own.find('?');
    auto const other_mark = foreign.find('?');
    if (mark == std::string_view::npos || other_mark == std::string_view::npos) return out;
    auto const pairs = split(own.substr(mark + 1), '&');
    auto const others = split(foreign.substr(other_mark + 1), '&');
    if (pairs.size() != others.size()) return out;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        auto const name = pairs[i].substr(0, pairs[i].find('='));
        if (pairs[i] == others[i] || !others[i].starts_with(name)) continue;
        std::string before{own.substr(0, mark)};
        std::string after;
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            auto& side = k < i ? before : after;
            if (k == i) continue;
            side += (k == 0 ? "?" : "&") + std::string{pairs[k]};
        }
        auto const with = [&](std::string_view first, std::string_view second) {
            return before + (i == 0 ? "?" : "&") + std::string{first} + "&" + std::string{second} +
                   after;
        };
        out.emplace_back("the parameter a second time", with(pairs[i], others[i]));
        out.emplace_back("the parameter's first of two", with(others[i], pairs[i]));
    }
    return out;
}

} // namespace watertight::probe
